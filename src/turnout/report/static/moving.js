// What is under the pointer; zoom and pan by wheel, drag, touch and keys.
function find(self, x, y) {
  const row = Math.floor(y / self.laneHeight);
  const lane = self.lanes[row];
  if (!lane || x < self.gutter) return null;
  const at = self.ns(x);
  if (self.contender.kind === "bins") {
    const place = Math.floor(at / self.contender.bin_ns);
    return place >= 0 && place < lane.total ? { row, place } : null;
  }
  const near = (self.ns(x + 3) - at) || 0;
  const place = firstAfter(lane, at - near);
  return place < lane.total && lane.start[place] <= at + near ? { row, place } : null;
}
function describeBin(self, { row, place }) {
  const lane = self.lanes[row];
  const size = self.contender.bin_ns;
  const part = (value) => `${Math.round((value / 255) * 100)} %`;
  return `${lane.label}, ${moment(place * size, size / 10)} to ${moment((place + 1) * size, size / 10)}\n${count(lane.counts[place])} ${lane.counts[place] === 1 ? "item" : "items"} ended here\nbusy ${part(lane.busy[place])}, on a core ${part(lane.cpu[place])}`;
}
function describeSpan(self, { row, place }) {
  const lane = self.lanes[row];
  const wall = lane.end[place] - lane.start[place];
  const cpu = lane.cpu[place];
  const share = wall > 0 ? ` (${Math.round((cpu / wall) * 100)} %)` : "";
  const work = cpu < 0 ? "its worker died" : `on a core ${duration(cpu)}${share}\nwaiting ${duration(Math.max(0, wall - cpu))}`;
  return `Item ${count(lane.item[place])}, ${lane.label}\ntook ${duration(wall)}, from ${moment(lane.start[place], Math.max(1, wall / 100))}\n${work}\nqueued for ${duration(lane.queue[place])}`;
}
function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  const wide = tip.offsetWidth, high = tip.offsetHeight;
  tip.style.left = `${clamp(x + 14, 4, Math.max(4, innerWidth - wide - 4))}px`;
  tip.style.top = `${y + 18 + high > innerHeight ? Math.max(4, y - high - 12) : y + 18}px`;
}
function choose(self, chosen) {
  const same = JSON.stringify(chosen) === JSON.stringify(self.chosen);
  self.chosen = chosen;
  if (!same) self.draw();
}

function limit(group, self) {
  return group.common ? group.reach : Math.max(1, self.contender.wall_ns);
}
function setView(group, self, from, to) {
  const reach = limit(group, self);
  const wide = clamp(to - from, Math.min(reach, Math.max(50, reach / 1e7)), reach);
  const start = clamp(from, 0, reach - wide);
  self.view.from = start;
  self.view.to = start + wide;
  group.tracks.filter((one) => one.view === self.view).forEach((one) => one.draw());
}
function zoom(group, self, factor, at) {
  const { from, to } = self.view;
  const centre = at === undefined ? (from + to) / 2 : at;
  setView(group, self, centre - (centre - from) * factor, centre + (to - centre) * factor);
}
function pan(group, self, share) {
  const wide = self.view.to - self.view.from;
  const reach = limit(group, self);
  const from = clamp(self.view.from + share * wide, 0, Math.max(0, reach - wide));
  setView(group, self, from, from + wide);
}
function reset(group) {
  const shared = { from: 0, to: group.reach };
  group.tracks.forEach((one) => {
    one.view = group.common ? shared : { from: 0, to: Math.max(1, one.contender.wall_ns) };
    one.chosen = null;
    one.draw();
  });
}

function listen(self, group) {
  const { canvas } = self;
  const fingers = new Map();
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("wheel", (event) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!sideways && !event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return;
    event.preventDefault();
    if (sideways) pan(group, self, event.deltaX / self.width);
    else zoom(group, self, Math.exp(clamp(event.deltaY, -120, 120) * 0.004), self.ns(place(event)[0]));
  }, { passive: false });
  const look = (event, [x, y]) => {
    const found = fingers.size > 1 ? null : find(self, x, y);
    choose(self, found);
    if (found) showTip(self.kind.describe(self, found), event.clientX, event.clientY);
    else tip.hidden = true;
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, place(event));
    canvas.classList.add("dragging");
    look(event, place(event)); // a tap moves nothing
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    const before = fingers.get(event.pointerId);
    if (before && fingers.size === 2) {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      const wide = Math.max(8, Math.abs(before[0] - other[0]));
      zoom(group, self, wide / Math.max(8, Math.abs(x - other[0])), self.ns(other[0]));
    } else if (before) {
      pan(group, self, (before[0] - x) / (self.width - self.gutter));
    }
    if (before) fingers.set(event.pointerId, [x, y]);
    look(event, [x, y]);
  });
  const release = (event) => {
    fingers.delete(event.pointerId);
    canvas.classList.remove("dragging");
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "touch") return; // a finger that was lifted leaves what it pointed at to be read
    tip.hidden = true;
    choose(self, null);
  });
  canvas.addEventListener("blur", () => { tip.hidden = true; choose(self, null); });
  canvas.addEventListener("keydown", (event) => key(group, self, event));
}

function key(group, self, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const actions = event.shiftKey
    ? { ArrowLeft: () => step(group, self, -1, 0), ArrowRight: () => step(group, self, 1, 0), ArrowUp: () => step(group, self, 0, -1), ArrowDown: () => step(group, self, 0, 1), "+": () => zoom(group, self, 0.6) }
    : { ArrowLeft: () => pan(group, self, -0.15), ArrowRight: () => pan(group, self, 0.15), "+": () => zoom(group, self, 0.6), "=": () => zoom(group, self, 0.6), "-": () => zoom(group, self, 1 / 0.6), 0: () => reset(group), Home: () => reset(group), Escape: () => { tip.hidden = true; choose(self, null); } };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}
function step(group, self, by, down) {
  const row = clamp((self.chosen ? self.chosen.row : 0) + down, 0, Math.max(0, self.lanes.length - 1));
  const lane = self.lanes[row];
  if (!lane || !lane.total) return;
  const place = clamp(self.chosen ? self.chosen.place + by : 0, 0, lane.total - 1);
  self.chosen = { row, place };
  const at = self.contender.kind === "bins" ? place * self.contender.bin_ns : lane.start[place];
  const wide = self.view.to - self.view.from;
  if (at < self.view.from || at > self.view.to) setView(group, self, at - wide / 2, at + wide / 2);
  else self.draw();
  const box = self.canvas.getBoundingClientRect();
  const text = self.kind.describe(self, self.chosen);
  showTip(text, box.left + self.x(at), box.top + (row + 1) * self.laneHeight);
  said.textContent = text;
}
