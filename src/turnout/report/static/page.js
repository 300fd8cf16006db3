// The timelines of each group, and their buttons.
const redraws = [];
function tools(group, several) {
  const bar = make("div", "tools");
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Timelines");
  const button = (text, label, act) => {
    const one = make("button", "", text);
    one.type = "button";
    one.setAttribute("aria-label", label);
    one.title = label;
    one.addEventListener("click", act);
    return one;
  };
  const views = () => [...new Map(group.tracks.map((one) => [one.view, one])).values()];
  const moves = make("div", "group");
  moves.append(
    button("+", "Zoom in", () => views().forEach((one) => zoom(group, one, 0.6))),
    button("\u2212", "Zoom out", () => views().forEach((one) => zoom(group, one, 1 / 0.6))),
    button("\u2190", "Earlier", () => views().forEach((one) => pan(group, one, -0.25))),
    button("\u2192", "Later", () => views().forEach((one) => pan(group, one, 0.25))),
    button("All", "Show all", () => reset(group)),
  );
  const scales = make("div", "group");
  const choices = [["Common scale", true], ["Own scale", false]].map(([text, common]) => {
    const one = button(text, text, () => {
      group.common = common;
      choices.forEach((other) => other.setAttribute("aria-pressed", String(other === one)));
      reset(group);
    });
    one.setAttribute("aria-pressed", String(common));
    return one;
  });
  scales.append(...choices);
  bar.append(moves);
  if (several) bar.append(scales);
  return bar;
}

const groups = JSON.parse(document.getElementById("timelines").textContent);
document.querySelectorAll(".tracks").forEach((host) => {
  const contenders = groups[Number(host.dataset.group)];
  const group = { common: true, tracks: [], reach: Math.max(1, ...contenders.map((one) => one.wall_ns)) };
  host.append(tools(group, new Set(contenders.map((one) => one.wall_ns)).size > 1));
  contenders.forEach((one) => {
    const made = track(one, group);
    group.tracks.push(made);
    host.append(made.box);
  });
  reset(group);
  redraws.push(() => group.tracks.forEach((one) => one.draw()));
});
const redraw = () => redraws.forEach((one) => one());
let pending = 0;
addEventListener("resize", () => {
  cancelAnimationFrame(pending);
  pending = requestAnimationFrame(redraw);
});
dark.addEventListener("change", redraw);
addEventListener("beforeprint", () => { document.documentElement.classList.add("printing"); redraw(); });
addEventListener("afterprint", () => { document.documentElement.classList.remove("printing"); redraw(); });
