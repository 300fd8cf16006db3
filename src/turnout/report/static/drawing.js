// One contender's timeline, as a picture.
const KINDS = {
  spans: { read: readSpans, draw: drawSpans, describe: describeSpan },
  bins: { read: readBins, draw: drawBins, describe: describeBin },
  states: { read: readStates, draw: drawStates, describe: describeState },
};
function track(contender, group) {
  const kind = KINDS[contender.kind];
  const lanes = contender.lanes.map(kind.read);
  const box = make("div", contender.chosen ? "track chosen" : "track");
  const head = make("h4", "", contender.name);
  const left = contender.dropped_count ? `, ${count(contender.dropped_count)} of them not kept` : "";
  head.append(make("small", "", contender.note || `${duration(contender.wall_ns)}, ${count(contender.span_count)} items${left}`));
  const canvas = make("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Timeline of ${contender.name}: ${count(lanes.length)} lanes, ${duration(contender.wall_ns)}. Arrows pan, plus and minus zoom, Shift with arrows steps through the items.`);
  box.append(head, canvas);
  const laneHeight = lanes.length <= 4 ? 24 : lanes.length <= 12 ? 17 : lanes.length <= 40 ? 10 : 5;
  const self = { contender, kind, lanes, box, canvas, view: null, chosen: null, gutter: 0, width: 0, laneHeight };
  self.height = Math.max(1, lanes.length) * laneHeight + AXIS;

  self.x = (ns) => self.gutter + ((ns - self.view.from) / (self.view.to - self.view.from)) * (self.width - self.gutter);
  self.ns = (x) => self.view.from + ((x - self.gutter) / (self.width - self.gutter)) * (self.view.to - self.view.from);

  self.draw = () => {
    const printing = document.documentElement.classList.contains("printing");
    const scale = printing ? 3 : window.devicePixelRatio || 1;
    self.width = printing ? PAPER : canvas.clientWidth || self.width;
    self.gutter = self.laneHeight < 10 ? 8 : self.width < 480 ? 84 : 124;
    if (self.width <= self.gutter) return; // not laid out yet, or too narrow to show anything
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
      kind.draw(self, pen, colours, lane, top, high);
    });
    overlay(self, pen, colours);
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
  return { cpu: read("cpu"), wait: read("wait"), lost: read("lost"), ink: read("ink"), soft: read("soft"), line: read("line"), sheet: read("sheet"), paper: read("paper"), warn: read("warn") };
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
    const indent = lane.tone ? 12 : 0;
    if (indent) {
      pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--state-${lane.tone}`);
      pen.fillRect(0, (row + 0.5) * self.laneHeight - (self.laneHeight > 12 ? 5.5 : 4), 8, 8);
      pen.fillStyle = colours.soft;
    }
    let label = lane.label;
    while (label.length > 1 && pen.measureText(label).width > self.gutter - 8 - indent) label = label.slice(0, label.endsWith("…") ? -2 : -1) + "…";
    pen.fillText(label, indent, (row + 0.5) * self.laneHeight - (self.laneHeight > 12 ? 1 : 0));
  });
}

function mark(self, pen, colours) {
  const { row, place } = self.chosen;
  const lane = self.lanes[row];
  const top = row * self.laneHeight, high = self.laneHeight - (self.laneHeight > 8 ? 3 : 1);
  const bins = self.contender.kind === "bins";
  const from = bins ? place * self.contender.bin_ns : lane.start[place];
  const to = bins ? from + self.contender.bin_ns : lane.end[place];
  pen.strokeStyle = colours.ink;
  pen.lineWidth = 1.5;
  pen.strokeRect(self.x(from), top + 0.75, Math.max(2, self.x(to) - self.x(from)), high - 1.5);
  if (lane.queue && lane.queue[place] > 0) {
    pen.fillStyle = colours.ink;
    pen.fillRect(self.x(from - lane.queue[place]), top + high / 2, self.x(from) - self.x(from - lane.queue[place]), 1.5);
  }
}
