// The map of one room: a pixel for each rack, which the browser enlarges, and lines and marks above them.
import { mark, MARKS, STEPS, table } from "./colours.js";
import { count, make, say } from "./words.js";

const LARGEST_CELL = 26; // CSS pixels
const SMALLEST_MARK = 4;

export class Room {
  // told.moved(sensor): the cursor is there; told.chosen(sensor): its zone shall be shown
  constructor(plan, number, told) {
    const room = (this.room = plan.rooms[number]);
    this.plan = plan;
    this.number = number;
    this.told = told;
    this.cursor = -1;
    this.marks = [];
    this.zoneMarks = [];
    this.values = make("canvas", { class: "values", width: room.width, height: room.height, "aria-hidden": "true" });
    this.above = make("canvas", { "aria-hidden": "true" });
    this.floor = make(
      "div",
      { class: "floor", tabindex: "0", role: "application", "aria-roledescription": say("map_role_"), "aria-describedby": "map-hint" },
      this.values,
      this.above,
    );
    this.floor.style.aspectRatio = `${room.width} / ${room.height}`;
    this.floor.style.maxWidth = `${room.width * LARGEST_CELL}px`;
    this.element = make("figure", { class: "room" }, make("figcaption", {}, make("bdi", {}, room.name)), this.floor);
    this.pen = this.values.getContext("2d");
    this.image = this.pen.createImageData(room.width, room.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.choose(0);
    this.floor.addEventListener("keydown", (event) => this.press(event));
    this.floor.addEventListener("focus", () => this.move(this.cursor < 0 ? this.first() : this.cursor));
    this.floor.addEventListener("blur", () => this.trace());
    for (const name of ["pointermove", "pointerdown"]) this.floor.addEventListener(name, (event) => this.point(event));
    this.floor.addEventListener("click", () => this.cursor >= 0 && told.chosen(this.sensors[this.cursor]));
    new ResizeObserver(() => this.trace()).observe(this.floor);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.trace());
  }

  // Shows the sensors of one kind.
  choose(kind) {
    const { sensors, zones } = this.plan;
    const size = this.room.width * this.room.height;
    this.sensors = new Int32Array(size).fill(-1); // of each place
    const shown = [];
    for (let each = 0; each < sensors.name.length; each++) {
      if (sensors.kind[each] !== kind || zones[sensors.zone[each]][1] !== this.number) continue;
      this.sensors[sensors.y[each] * this.room.width + sensors.x[each]] = each;
      shown.push(each);
    }
    this.shown = Int32Array.from(shown);
    this.places = Int32Array.from(shown, (each) => sensors.y[each] * this.room.width + sensors.x[each]);
    this.floor.setAttribute("aria-label", say("map_label_", { room: this.room.name, count: count(shown.length) }));
    this.pixels.fill(0);
    this.trace();
  }

  // Paints all values; those that are no number leave the hatched ground.
  paint(values) {
    const { shown, places, pixels } = this;
    const { low, high } = this.plan;
    const scale = STEPS / (high - low);
    for (let each = 0; each < shown.length; each++) {
      const value = values[shown[each]];
      const step = ((value - low) * scale) | 0;
      pixels[places[each]] = value === value ? table[step < 0 ? 0 : step >= STEPS ? STEPS - 1 : step] : 0;
    }
    this.pen.putImageData(this.image, 0, 0);
  }

  // Marks alarms: lists of [sensor, severity] and of [zone's name, severity].
  show(marks, zoneMarks) {
    const numbers = new Map(this.plan.zones.map(([name], place) => [name, place]));
    this.zoneMarks = zoneMarks.map(([name, severity]) => [numbers.get(name), severity]).sort((one, other) => one[1] - other[1]);
    this.marks = marks.filter(([sensor]) => this.plan.zones[this.plan.sensors.zone[sensor]][1] === this.number);
    this.trace();
  }

  trace() {
    const width = this.floor.clientWidth;
    const height = this.floor.clientHeight;
    if (!width) return;
    const ratio = devicePixelRatio;
    this.above.width = Math.round(width * ratio);
    this.above.height = Math.round(height * ratio);
    const pen = this.above.getContext("2d");
    pen.scale(ratio, ratio);
    const across = width / this.room.width;
    const down = height / this.room.height;
    this.traceZones(pen, across, down);
    const { sensors } = this.plan;
    const size = Math.max(SMALLEST_MARK, across * 0.3);
    const within = (at, end) => Math.min(end - size - 3, Math.max(size + 3, at)); // whole, at the edges, too
    for (const severity of [0, 1, 2]) { // the worst on top
      const places = this.marks
        .filter((mark) => mark[1] === severity)
        .map(([sensor]) => [within((sensors.x[sensor] + 0.5) * across, width), within((sensors.y[sensor] + 0.5) * down, height)]);
      mark(pen, places, size, severity);
    }
    if (this.cursor >= 0 && this.isLooked()) {
      const x = (this.cursor % this.room.width) * across;
      const y = Math.floor(this.cursor / this.room.width) * down;
      for (const [line, colour] of [[5, "#fff"], [2.5, "#000"]]) {
        pen.lineWidth = line;
        pen.strokeStyle = colour;
        pen.strokeRect(x - 1.5, y - 1.5, across + 3, down + 3);
      }
    }
  }

  // Draws borders between zones, and a thick one around each zone that has an alarm of its own.
  traceZones(pen, across, down) {
    const zoneAt = (x, y) => {
      const inside = x >= 0 && y >= 0 && x < this.room.width && y < this.room.height;
      const sensor = inside ? this.sensors[y * this.room.width + x] : -1;
      return sensor < 0 ? -1 : this.plan.sensors.zone[sensor];
    };
    const border = (isBetween, inset) => {
      const path = new Path2D();
      for (let y = 0; y < this.room.height; y++) {
        for (let x = 0; x < this.room.width; x++) {
          const zone = zoneAt(x, y);
          const [left, top, right, bottom] = [x * across + inset, y * down + inset, (x + 1) * across - inset, (y + 1) * down - inset];
          const line = (fromX, fromY, toX, toY) => { path.moveTo(fromX, fromY); path.lineTo(toX, toY); };
          if (isBetween(zone, zoneAt(x - 1, y))) line(left, top - inset, left, bottom + inset);
          if (isBetween(zone, zoneAt(x, y - 1))) line(left - inset, top, right + inset, top);
          if (inset && isBetween(zone, zoneAt(x + 1, y))) line(right, top - inset, right, bottom + inset);
          if (inset && isBetween(zone, zoneAt(x, y + 1))) line(left - inset, bottom, right + inset, bottom);
        }
      }
      return path;
    };
    pen.lineWidth = 1;
    pen.strokeStyle = getComputedStyle(document.body).backgroundColor;
    pen.stroke(border((zone, other) => zone !== other, 0));
    for (const [marked, severity] of this.zoneMarks) {
      const around = border((zone, other) => zone === marked && other !== marked, 2);
      for (const [width, colour] of [[5, "#fff"], [3, MARKS[severity]]]) {
        pen.lineWidth = width;
        pen.strokeStyle = colour;
        pen.stroke(around);
      }
    }
  }

  isLooked() { return document.activeElement === this.floor || this.floor.matches(":hover"); }
  first() { return this.sensors.findIndex((sensor) => sensor >= 0); }

  move(place) {
    if (place < 0) return;
    this.cursor = place;
    this.trace();
    this.told.moved(this.sensors[place], document.activeElement === this.floor);
  }

  press(event) {
    const { width, height } = this.room;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], Home: [-width, 0], End: [width, 0], PageUp: [0, -10], PageDown: [0, 10] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.key === "Enter" || event.key === " ") && this.cursor >= 0) this.told.chosen(this.sensors[this.cursor]);
    else if (event.key in steps) this.go(...steps[event.key]);
    else return;
    event.preventDefault();
  }

  // Goes on to the next place that has a rack; as far as there are any, for a long step.
  go(across, down) {
    const { width, height } = this.room;
    let x = this.cursor % width;
    let y = Math.floor(this.cursor / width);
    let found = -1;
    const steps = Math.max(Math.abs(across), Math.abs(down));
    for (let step = 0; step < (steps === 1 ? Math.max(width, height) : steps); step++) {
      x += Math.sign(across);
      y += Math.sign(down);
      if (x < 0 || y < 0 || x >= width || y >= height) break;
      if (this.sensors[y * width + x] < 0) continue;
      found = y * width + x;
      if (steps === 1) break;
    }
    this.move(found < 0 ? this.cursor : found);
  }

  point(event) {
    const box = this.floor.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * this.room.width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * this.room.height);
    const place = y * this.room.width + x;
    if (x >= 0 && y >= 0 && x < this.room.width && y < this.room.height && this.sensors[place] >= 0 && place !== this.cursor) this.move(place);
  }
}
