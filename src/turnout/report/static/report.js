"use strict";
(() => {
  const FIELDS = 5; // of a span: item, gap since the last end, duration, CPU, queue wait, ns
  const AXIS = 20;
  const PAPER = 680; // width of a printed page between its margins, px
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const tip = document.getElementById("tip");
  const said = document.getElementById("said");
  const redraws = [];
  document.documentElement.classList.add("scripts");

  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const count = (value) => value.toLocaleString("en");

  const UNITS = [["s", 1e9], ["ms", 1e6], ["µs", 1e3], ["ns", 1]];
  const unit = (ns) => UNITS.find(([, least]) => ns >= least * 0.9995) || UNITS[3];
  // A moment, with as many decimals as tell it from another one that is a step away.
  function moment(ns, step, [name, size] = unit(ns)) {
    const decimals = clamp(Math.ceil(-Math.log10(step / size) - 1e-9), 0, 9);
    return `${(ns / size).toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })} ${name}`;
  }
  function duration(ns) {
    if (ns === 0) return "0 s";
    const [name, size] = unit(ns);
    const value = ns / size;
    return `${value >= 999.5 ? count(Math.round(value)) : Number(value.toPrecision(3))} ${name}`;
  }

  // ---- data: from runs of numbers to arrays that can be searched ----
  function readSpans(lane) {
    const total = lane.spans.length / FIELDS;
    const read = { label: lane.label, total, item: [], start: new Float64Array(total), end: new Float64Array(total), cpu: new Float64Array(total), queue: new Float64Array(total) };
    let at = 0;
    for (let place = 0; place < total; place++) {
      const [item, gap, wall, cpu, queue] = lane.spans.slice(place * FIELDS, place * FIELDS + FIELDS);
      read.item.push(item);
      read.start[place] = at + gap;
      at = read.end[place] = at + gap + wall;
      read.cpu[place] = cpu;
      read.queue[place] = queue;
    }
    return read;
  }
  function readBins(lane) {
    const counts = bytes(lane.counts);
    const view = new DataView(counts.buffer);
    const busy = bytes(lane.busy);
    return { label: lane.label, workers: lane.workers, total: busy.length, busy, cpu: bytes(lane.cpu), counts: Array.from(busy, (_, place) => view.getUint32(place * 4, true)) };
  }
  // The first span that ends after a time.
  function firstAfter(lane, ns) {
    let low = 0, high = lane.total;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lane.end[middle] > ns) high = middle; else low = middle + 1;
    }
    return low;
  }

  // ---- one contender ----
  function track(contender, group) {
    const lanes = contender.lanes.map(contender.kind === "spans" ? readSpans : readBins);
    const box = make("div", contender.chosen ? "track chosen" : "track");
    const head = make("h4", "", contender.name);
    const left = contender.dropped_count ? `, ${count(contender.dropped_count)} of them not kept` : "";
    head.append(make("small", "", `${duration(contender.wall_ns)}, ${count(contender.span_count)} items${left}`));
    const canvas = make("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Timeline of ${contender.name}: ${count(lanes.length)} lanes, ${duration(contender.wall_ns)}. Arrows pan, plus and minus zoom, Shift with arrows steps through the items.`);
    box.append(head, canvas);
    const laneHeight = lanes.length <= 4 ? 24 : lanes.length <= 12 ? 17 : lanes.length <= 40 ? 10 : 5;
    const self = { contender, lanes, box, canvas, view: null, chosen: null, gutter: 0, width: 0, laneHeight };
    self.height = Math.max(1, lanes.length) * laneHeight + AXIS;

    self.x = (ns) => self.gutter + ((ns - self.view.from) / (self.view.to - self.view.from)) * (self.width - self.gutter);
    self.ns = (x) => self.view.from + ((x - self.gutter) / (self.width - self.gutter)) * (self.view.to - self.view.from);

    self.draw = () => {
      const printing = document.documentElement.classList.contains("printing");
      const scale = printing ? 3 : window.devicePixelRatio || 1;
      self.width = printing ? PAPER : canvas.clientWidth || self.width;
      self.gutter = self.laneHeight < 10 ? 8 : self.width < 480 ? 84 : 124;
      canvas.width = Math.max(1, Math.round(self.width * scale));
      canvas.height = Math.round(self.height * scale);
      canvas.style.height = `${self.height}px`;
      const colours = palette();
      const pen = canvas.getContext("2d");
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      pen.clearRect(0, 0, self.width, self.height);
      axis(self, pen, colours);
      pen.save();
      pen.beginPath();
      pen.rect(self.gutter, 0, self.width - self.gutter, self.height);
      pen.clip();
      lanes.forEach((lane, row) => {
        pen.fillStyle = colours.sheet;
        const top = row * laneHeight;
        const high = laneHeight - (laneHeight > 8 ? 3 : 1);
        const end = self.x(contender.wall_ns), begin = self.x(0);
        pen.fillRect(begin, top, Math.max(0, end - begin), high);
        (contender.kind === "spans" ? drawSpans : drawBins)(self, pen, colours, lane, top, high);
      });
      if (self.chosen) mark(self, pen, colours);
      pen.restore();
      names(self, pen, colours);
    };
    listen(self, group);
    return self;
  }

  function palette() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(`--${name}`).trim();
    return { cpu: read("cpu"), wait: read("wait"), lost: read("lost"), ink: read("ink"), soft: read("soft"), line: read("line"), sheet: read("sheet"), paper: read("paper") };
  }

  function block(pen, colours, x, top, wide, high, busy, share, lost) {
    pen.fillStyle = lost ? colours.lost : colours.wait;
    pen.fillRect(x, top + high * (1 - busy), wide, high * busy);
    if (share <= 0) return;
    pen.fillStyle = colours.cpu;
    pen.fillRect(x, top + high * (1 - share), wide, high * share);
  }

  function drawSpans(self, pen, colours, lane, top, high) {
    const columns = Math.ceil(self.width - self.gutter);
    const busy = new Float64Array(columns + 1), cpu = new Float64Array(columns + 1);
    for (let place = firstAfter(lane, self.view.from); place < lane.total && lane.start[place] < self.view.to; place++) {
      const x = self.x(lane.start[place]), wide = self.x(lane.end[place]) - x;
      const lost = lane.cpu[place] < 0;
      const wall = lane.end[place] - lane.start[place];
      const share = wall > 0 ? clamp(lane.cpu[place] / wall, 0, 1) : 0;
      if (wide >= 3 || lost) {
        block(pen, colours, x, top, Math.max(1, wide - (wide > 6 ? 1 : 0.4)), high, 1, share, lost);
      } else {
        spread(busy, cpu, x - self.gutter, Math.max(wide, 0.05), share);
      }
    }
    for (let column = 0; column < columns; column++) {
      if (busy[column] > 0) block(pen, colours, self.gutter + column, top, 1, high, Math.min(1, busy[column]), Math.min(1, cpu[column]));
    }
  }
  function spread(busy, cpu, x, wide, share) {
    for (let column = Math.max(0, Math.floor(x)); column < Math.min(busy.length, x + wide); column++) {
      const part = Math.max(0, Math.min(column + 1, x + wide) - Math.max(column, x));
      busy[column] += part;
      cpu[column] += part * share;
    }
  }

  function drawBins(self, pen, colours, lane, top, high) {
    const size = self.contender.bin_ns;
    const wide = self.x(size) - self.x(0);
    const first = clamp(Math.floor(self.view.from / size), 0, lane.total), last = clamp(Math.ceil(self.view.to / size), 0, lane.total);
    if (wide >= 1) {
      // Edges on whole pixels, or neighbours would show a seam.
      const edge = (bin) => Math.round(self.x(bin * size));
      for (let bin = first; bin < last; bin++) block(pen, colours, edge(bin), top, edge(bin + 1) - edge(bin), high, lane.busy[bin] / 255, lane.cpu[bin] / 255);
      return;
    }
    const columns = Math.ceil(self.width - self.gutter);
    const busy = new Float64Array(columns + 1), cpu = new Float64Array(columns + 1);
    for (let bin = first; bin < last; bin++) {
      const x = self.x(bin * size) - self.gutter;
      spread(busy, cpu, x, wide, 0);
      for (let column = Math.max(0, Math.floor(x)); column < Math.min(columns, x + wide); column++) {
        const part = Math.max(0, Math.min(column + 1, x + wide) - Math.max(column, x));
        busy[column] += part * (lane.busy[bin] / 255 - 1);
        cpu[column] += (part * lane.cpu[bin]) / 255;
      }
    }
    for (let column = 0; column < columns; column++) block(pen, colours, self.gutter + column, top, 1, high, clamp(busy[column], 0, 1), clamp(cpu[column], 0, 1));
  }

  function axis(self, pen, colours) {
    const bottom = self.height - AXIS;
    const room = (self.width - self.gutter) / 90;
    const raw = (self.view.to - self.view.from) / Math.max(1, room);
    const power = 10 ** Math.floor(Math.log10(Math.max(1e-3, raw)));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw) || power * 10;
    pen.font = "12px system-ui, 'Liberation Sans', sans-serif";
    pen.textBaseline = "alphabetic";
    for (let at = Math.ceil(self.view.from / step) * step; at <= self.view.to; at += step) {
      const x = self.x(at);
      pen.fillStyle = colours.line;
      pen.fillRect(x, 0, 1, bottom + 4);
      pen.fillStyle = colours.soft;
      const label = moment(at, step, unit(self.view.to));
      const wide = pen.measureText(label).width;
      pen.fillText(label, clamp(x - wide / 2, 0, self.width - wide), self.height - 4);
    }
  }

  function names(self, pen, colours) {
    if (self.laneHeight < 10) return;
    pen.font = `${self.laneHeight > 12 ? 12 : 10}px system-ui, 'Liberation Sans', sans-serif`;
    pen.textBaseline = "middle";
    pen.fillStyle = colours.soft;
    self.lanes.forEach((lane, row) => {
      let label = lane.label;
      while (label.length > 1 && pen.measureText(label).width > self.gutter - 8) label = label.slice(0, label.endsWith("…") ? -2 : -1) + "…";
      pen.fillText(label, 0, (row + 0.5) * self.laneHeight - 1);
    });
  }

  function mark(self, pen, colours) {
    const { row, place } = self.chosen;
    const lane = self.lanes[row];
    const top = row * self.laneHeight, high = self.laneHeight - (self.laneHeight > 8 ? 3 : 1);
    const spans = self.contender.kind === "spans";
    const from = spans ? lane.start[place] : place * self.contender.bin_ns;
    const to = spans ? lane.end[place] : from + self.contender.bin_ns;
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 1.5;
    pen.strokeRect(self.x(from), top + 0.75, Math.max(2, self.x(to) - self.x(from)), high - 1.5);
    if (spans && lane.queue[place] > 0) {
      pen.fillStyle = colours.ink;
      pen.fillRect(self.x(from - lane.queue[place]), top + high / 2, self.x(from) - self.x(from - lane.queue[place]), 1.5);
    }
  }

  // ---- what is under the pointer ----
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
  function describe(self, { row, place }) {
    const lane = self.lanes[row];
    if (self.contender.kind === "bins") {
      const size = self.contender.bin_ns;
      const part = (value) => `${Math.round((value / 255) * 100)} %`;
      return `${lane.label}, ${moment(place * size, size / 10)} to ${moment((place + 1) * size, size / 10)}\n${count(lane.counts[place])} ${lane.counts[place] === 1 ? "item" : "items"} ended here\nbusy ${part(lane.busy[place])}, on a core ${part(lane.cpu[place])}`;
    }
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

  // ---- zoom, pan ----
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
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, place(event));
      canvas.classList.add("dragging");
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
      const found = fingers.size > 1 ? null : find(self, x, y);
      choose(self, found);
      if (found) showTip(describe(self, found), event.clientX, event.clientY);
      else tip.hidden = true;
    });
    const release = (event) => {
      fingers.delete(event.pointerId);
      canvas.classList.remove("dragging");
    };
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("pointerleave", () => { tip.hidden = true; choose(self, null); });
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
    const spans = self.contender.kind === "spans";
    const at = spans ? lane.start[place] : place * self.contender.bin_ns;
    const wide = self.view.to - self.view.from;
    if (at < self.view.from || at > self.view.to) setView(group, self, at - wide / 2, at + wide / 2);
    else self.draw();
    const box = self.canvas.getBoundingClientRect();
    const text = describe(self, self.chosen);
    showTip(text, box.left + self.x(at), box.top + (row + 1) * self.laneHeight);
    said.textContent = text;
  }

  // ---- one race ----
  function tools(group) {
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
    bar.append(moves, scales);
    return bar;
  }

  const races = JSON.parse(document.getElementById("timelines").textContent);
  document.querySelectorAll(".tracks").forEach((host) => {
    const contenders = races[Number(host.dataset.race)];
    const group = { common: true, tracks: [], reach: Math.max(1, ...contenders.map((one) => one.wall_ns)) };
    host.append(tools(group));
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
})();
