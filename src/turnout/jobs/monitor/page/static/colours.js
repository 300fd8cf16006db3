// From values to colours, and the legend that tells which is which.
import { bare, degrees, make, say } from "./words.js";

// From dark blue to bright yellow by way of grey: lightness grows with the value, and neither red nor green is told
// apart, so that it can be read with any eyes, and on paper.
const STOPS = [[0, 32, 81], [43, 65, 110], [94, 96, 110], [127, 124, 117], [162, 153, 112], [209, 190, 96], [253, 234, 69]];
export const STEPS = 256;

export const table = new Uint32Array(STEPS);
for (let step = 0; step < STEPS; step++) {
  const place = (step / (STEPS - 1)) * (STOPS.length - 1);
  const below = Math.min(STOPS.length - 2, Math.floor(place));
  const [red, green, blue] = [0, 1, 2].map((each) => Math.round(STOPS[below][each] + (place - below) * (STOPS[below + 1][each] - STOPS[below][each])));
  table[step] = (255 << 24) | (blue << 16) | (green << 8) | red; // as ImageData has it on all browsers' machines
}

export const MARKS = ["#1d4ed8", "#8a3d00", "#b3123a"]; // of info, warning, critical

// Marks for alarms of one severity, told by their shape: a cross is critical, a ring a warning, a point an info.
export const mark = (pen, places, size, severity) => {
  const path = new Path2D();
  for (const [x, y] of places) {
    if (severity === 2) {
      path.moveTo(x - size, y - size);
      path.lineTo(x + size, y + size);
      path.moveTo(x + size, y - size);
      path.lineTo(x - size, y + size);
    } else {
      const radius = severity === 1 ? size : size / 2;
      path.moveTo(x + radius, y);
      path.arc(x, y, radius, 0, 2 * Math.PI);
    }
  }
  pen.lineCap = "round";
  for (const [width, colour] of [[4.5, "#fff"], [2.2, MARKS[severity]]]) {
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke(path);
  }
};

const SVG = "http://www.w3.org/2000/svg";
export const draw = (name, attributes, text) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};

export const legend = (place, plan) => {
  const strip = make("canvas", { width: STEPS, height: 1, "aria-hidden": "true" });
  const pen = strip.getContext("2d");
  const image = pen.createImageData(STEPS, 1);
  new Uint32Array(image.data.buffer).set(table);
  pen.putImageData(image, 0, 0);
  const scale = draw("svg", { "aria-hidden": "true" });
  const limits = plan.limits.filter(([value]) => value >= plan.low && value <= plan.high);
  const at = (value) => `${(100 * (value - plan.low)) / (plan.high - plan.low)}%`;
  for (const [value, anchor] of [[plan.low, "start"], [plan.high, "end"]]) {
    scale.append(draw("text", { x: at(value), y: 14, "text-anchor": anchor }, degrees(value, plan.unit)));
  }
  for (const [value, label] of limits) {
    scale.append(draw("line", { x1: at(value), x2: at(value), y1: 0, y2: 17 }));
    scale.append(draw("text", { x: at(value), y: 28, "text-anchor": "middle" }, bare(value)));
    scale.append(draw("text", { x: at(value), y: 40, "text-anchor": "middle" }, label.slice(0, 14)));
  }
  const marks = make("div", { class: "marks" });
  for (const [severity, name] of [[2, "critical_"], [1, "warning_"], [0, "info_"]]) {
    const sample = make("canvas", { width: 36, height: 36, "aria-hidden": "true" });
    const sampled = sample.getContext("2d");
    sampled.scale(2, 2);
    mark(sampled, [[9, 9]], 5, severity);
    marks.append(make("span", {}, sample, say(name)));
  }
  place.replaceChildren(strip, scale, marks);
  const told = limits.map(([value, label]) => `${degrees(value, plan.unit)} ${label}`).join(", ");
  place.setAttribute("aria-label", `${degrees(plan.low, plan.unit)} – ${degrees(plan.high, plan.unit)}; ${say("limits_", { limits: told })}`);
};
