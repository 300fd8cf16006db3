// Zones as figures: least, mean and greatest value, cooling, alarms.
import { count, degrees, known, make, share, tell } from "./words.js";

const byId = (name) => document.getElementById(name);

// Works out least, mean and greatest of each zone: Float32Arrays with a place for each zone, NaN where there is nothing.
export const figuresOf = (plan, values, kind) => {
  const zones = plan.zones.length;
  const low = new Float32Array(zones).fill(Infinity);
  const high = new Float32Array(zones).fill(-Infinity);
  const total = new Float64Array(zones);
  const seen = new Uint32Array(zones);
  const { zone, kind: kinds } = plan.sensors;
  for (let each = 0; each < values.length; each++) {
    const value = values[each];
    if (value !== value || kinds[each] !== kind) continue;
    const place = zone[each];
    if (value < low[place]) low[place] = value;
    if (value > high[place]) high[place] = value;
    total[place] += value;
    seen[place]++;
  }
  const mean = Float32Array.from(total, (sum, place) => (seen[place] ? sum / seen[place] : NaN));
  for (let place = 0; place < zones; place++) if (!seen[place]) low[place] = high[place] = NaN;
  return { low, mean, high };
};

export class Zones {
  constructor(plan, choose) {
    this.plan = plan;
    this.order = byId("sort");
    this.body = byId("zones-table").tBodies[0];
    this.rows = plan.zones.map(([name, room], place) => {
      const link = make("button", { type: "button", class: "link" }, make("bdi", {}, name));
      link.addEventListener("click", () => choose(place));
      const meter = make("meter", { min: "0", max: "1", "aria-hidden": "true" });
      const cells = Object.fromEntries(["low", "mean", "high", "alarms"].map((each) => [each, make("td", { class: `number${each === "low" ? " wide" : ""}` })]));
      const cooling = make("span");
      const element = make(
        "tr", {},
        make("th", { scope: "row" }, link),
        make("td", { class: "wide" }, make("bdi", {}, plan.rooms[room].name)),
        cells.low, cells.mean, cells.high,
        make("td", {}, meter, cooling),
        cells.alarms,
      );
      return { place, name, element, meter, cooling, ...cells };
    });
    this.body.append(...this.rows.map((row) => row.element));
    this.alarms = new Map();
    this.figures = null;
    this.order.addEventListener("change", () => this.sort());
  }

  show(figures, cooling) {
    this.figures = figures;
    for (const row of this.rows) {
      for (const name of ["low", "mean", "high"]) tell(row[name], degrees(figures[name][row.place], this.plan.unit));
      const [level, note] = cooling[row.name] || [null, ""];
      row.meter.hidden = level === null;
      if (level !== null && row.meter.value !== level) row.meter.value = level;
      tell(row.cooling, (level === null ? "–" : share(level)) + (note ? ` (${known("cooling", note)})` : ""));
    }
    if (this.order.value !== "name") this.sort();
  }

  count({ zones, unknown = [] }) {
    this.alarms = new Map(Object.entries(zones));
    for (const row of this.rows) tell(row.alarms, unknown.includes(row.name) ? "–" : count(this.alarms.get(row.name) || 0));
    if (this.order.value === "alarms") this.sort();
  }

  mark(chosen) {
    for (const row of this.rows) row.element.setAttribute("aria-selected", row.place === chosen);
  }

  sort() {
    if (this.body.contains(document.activeElement)) return; // what somebody is at must not run away
    const weight = {
      name: (row) => row.place,
      high: (row) => -(this.figures && this.figures.high[row.place] === this.figures.high[row.place] ? this.figures.high[row.place] : -1e9),
      alarms: (row) => -(this.alarms.get(row.name) || 0),
    }[this.order.value];
    const sorted = [...this.rows].sort((one, other) => weight(one) - weight(other) || one.place - other.place);
    if (sorted.some((row, place) => this.body.children[place] !== row.element)) this.body.append(...sorted.map((row) => row.element));
  }
}

// The racks of one zone as a table, for those who cannot see the map.
export class Racks {
  constructor(plan) {
    this.plan = plan;
    this.details = byId("racks");
    this.body = this.details.querySelector("tbody");
    this.cells = [];
  }

  choose(zone, kind) {
    const { sensors } = this.plan;
    this.cells = [];
    const rows = [];
    for (let each = 0; each < sensors.name.length; each++) {
      if (sensors.zone[each] !== zone || sensors.kind[each] !== kind) continue;
      const cell = make("td", { class: "number" });
      this.cells.push([each, cell]);
      rows.push(make("tr", {}, make("th", { scope: "row" }, make("bdi", {}, sensors.name[each])), cell));
    }
    this.body.replaceChildren(...rows);
  }

  // Shows values, and a word where there is none.
  show(values, nothing) {
    if (!this.details.open) return;
    for (const [sensor, cell] of this.cells) {
      const value = values[sensor];
      tell(cell, value === value ? degrees(value, this.plan.unit) : nothing);
    }
  }
}
