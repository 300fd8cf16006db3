// The course of one zone: a band from the least to the greatest value, and the mean as a line.
import { draw } from "./colours.js";
import { ask } from "./feed.js";
import { bare, degrees, moment, say, tell, tick, unanswered } from "./words.js";

const KEPT = 900; // seconds of the present that the page itself remembers
const POINTS = 180;
const AGAIN_MS = 10000;
const MARGIN = { left: 44, right: 10, top: 10, bottom: 22 };
const byId = (name) => document.getElementById(name);

export class Course {
  constructor(plan, canTravel) {
    this.plan = plan;
    this.zone = 0;
    this.kind = 0;
    this.until = null; // a moment of the past; null for now
    this.recent = []; // [time, figures] once a second
    this.told = null;
    this.asked = 0;
    this.place = byId("chart");
    this.range = byId("course-range");
    this.canTravel = canTravel;
    byId("course-range-label").hidden = !canTravel;
    this.range.addEventListener("change", () => this.load());
    new ResizeObserver(() => this.paint()).observe(this.place);
    setInterval(() => this.until === null && this.load(), AGAIN_MS);
  }

  choose(zone, kind) {
    this.zone = zone;
    this.kind = kind;
    tell(byId("course-zone"), this.plan.zones[zone][0]);
    this.told = null;
    this.load();
  }

  at(until) {
    this.until = until;
    this.load();
  }

  // Takes figures of all zones, once a second.
  add(time, figures) {
    this.recent.push([time, figures]);
    while (this.recent.length && this.recent[0][0] < time - KEPT * 1000) this.recent.shift();
    if (this.until === null && !document.hidden) this.paint();
  }

  forget() { this.recent = []; } // of another kind of sensors

  async load() {
    const asked = ++this.asked;
    if (this.canTravel) {
      const to = this.until ?? Date.now();
      const from = to - Number(this.range.value) * 1000;
      const query = { zone: this.plan.zones[this.zone][0], kind: this.plan.kinds[this.kind], from: Math.round(from), to: Math.round(to), points: Math.min(POINTS, Number(this.range.value) / 10) };
      const told = await ask("/past/course", query).catch(() => null);
      if (asked !== this.asked) return;
      this.told = told;
    }
    this.paint();
  }

  // All points: those of the history, and after them those of the present.
  points() {
    const points = [];
    const { told, zone } = this;
    if (told) told.times.forEach((time, place) => points.push([time, told.low[place], told.mean[place], told.high[place]]));
    if (this.until === null) {
      const known = points.filter((point) => point[2] !== null);
      const from = known.length ? known[known.length - 1][0] + (points.length > 1 ? points[1][0] - points[0][0] : 0) : 0;
      const step = (Number(this.range.value) * 1000) / POINTS / 2;
      let last = from;
      while (points.length && points[points.length - 1][2] === null) points.pop();
      for (const [time, figures] of this.recent) {
        if (time < last) continue;
        last = time + (this.told ? step : 0);
        points.push([time, figures.low[zone], figures.mean[zone], figures.high[zone]]);
      }
    }
    return points.map(([time, ...values]) => [time, ...values.map((value) => (value === null ? NaN : value))]);
  }

  paint() {
    const width = this.place.clientWidth - 14;
    const height = 224;
    if (width < 50) return;
    const points = this.points();
    const known = points.filter((point) => point[2] === point[2]);
    const name = this.plan.zones[this.zone][0];
    if (!known.length) {
      this.place.replaceChildren();
      this.describe(say("course_none_", { zone: name }));
      return;
    }
    const to = this.until ?? Math.max(known[known.length - 1][0], known[0][0] + 1000);
    const from = this.canTravel ? to - Number(this.range.value) * 1000 : Math.min(known[0][0], to - 60000);
    let low = Math.min(...known.map((point) => point[1]));
    let high = Math.max(...known.map((point) => point[3]));
    const figures = { low: degrees(low, this.plan.unit), high: degrees(high, this.plan.unit), mean: degrees(known.reduce((sum, point) => sum + point[2], 0) / known.length, this.plan.unit) };
    this.describe(say("course_text_", { zone: name, ...figures, from: moment(known[0][0]), to: moment(to) }));
    const room = Math.max(1, (high - low) * 0.15);
    [low, high] = [low - room, high + room];
    const x = (time) => MARGIN.left + ((time - from) / (to - from)) * (width - MARGIN.left - MARGIN.right);
    const y = (value) => height - MARGIN.bottom - ((value - low) / (high - low)) * (height - MARGIN.top - MARGIN.bottom);
    const picture = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-labelledby": "course-text" });
    this.paintGrid(picture, { low, high, from, to, x, y, width, height });
    for (const part of partsOf(points.filter((point) => point[0] >= from && point[0] <= to))) {
      const over = part.map((point) => `${x(point[0]).toFixed(1)},${y(point[3]).toFixed(1)}`);
      const under = part.map((point) => `${x(point[0]).toFixed(1)},${y(point[1]).toFixed(1)}`).reverse();
      picture.append(draw("polygon", { class: "band", points: [...over, ...under].join(" ") }));
      picture.append(draw("polyline", { class: "line", points: part.map((point) => `${x(point[0]).toFixed(1)},${y(point[2]).toFixed(1)}`).join(" ") }));
    }
    for (const [value, label] of this.plan.limits) {
      if (value <= low || value >= high) continue;
      picture.append(draw("line", { class: "limit", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }));
      picture.append(draw("text", { class: "limit-text", x: width - MARGIN.right - 2, y: y(value) - 4, "text-anchor": "end" }, `${bare(value)} ${label}`));
    }
    this.place.replaceChildren(picture);
  }

  // Says what the picture shows, and what it cannot.
  describe(text) {
    const missing = this.told && this.told.unanswered.length ? ` ${unanswered(this.told)}` : "";
    tell(byId("course-text"), text + missing);
  }

  paintGrid(picture, { low, high, from, to, x, y, width, height }) {
    const step = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000, 10000].find((each) => (high - low) / each <= 6) || (high - low) / 4;
    for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
      picture.append(draw("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }));
      picture.append(draw("text", { x: MARGIN.left - 5, y: y(value) + 4, "text-anchor": "end" }, bare(value)));
    }
    const many = width > 480 ? 4 : 2;
    for (let each = 0; each <= many; each++) {
      const time = from + ((to - from) * each) / many;
      const anchor = each === 0 ? "start" : each === many ? "end" : "middle";
      picture.append(draw("text", { x: x(time), y: height - 5, "text-anchor": anchor }, tick(time, to - from)));
    }
  }
}

// Cuts points where there is nothing.
const partsOf = (points) => {
  const parts = [[]];
  for (const point of points) {
    if (point[2] === point[2]) parts[parts.length - 1].push(point);
    else if (parts[parts.length - 1].length) parts.push([]);
  }
  return parts.filter((part) => part.length);
};
