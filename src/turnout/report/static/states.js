// What threads did, lane by lane: cells of one state, or of a mix of states where each was too short to tell.
const CELL = 4; // of a cell: gap since the last end, duration, mix, stack
function readStates(lane) {
  const total = lane.cells.length / CELL;
  const read = { label: lane.label, tone: lane.tone, total, start: new Float64Array(total), end: new Float64Array(total), mix: new Int32Array(total), stack: new Int32Array(total) };
  let at = 0;
  for (let place = 0; place < total; place++) {
    const [gap, wall, mix, stack] = lane.cells.slice(place * CELL, place * CELL + CELL);
    read.start[place] = at + gap;
    at = read.end[place] = at + gap + wall;
    read.mix[place] = mix;
    read.stack[place] = stack;
  }
  return read;
}
const partsOf = (mix) => Array.from({ length: mix.length / 2 }, (_, place) => [mix[2 * place], mix[2 * place + 1] / 20]);

// Colours by code; those that are hard to tell from others have a texture too.
const TEXTURES = { lock: [[0, 18, 18, 0], [-3, 3, 3, -3], [15, 21, 21, 15]], core: [[0, 0, 18, 18], [-3, 15, 3, 21], [15, -3, 21, 3]], unknown: [[0, 9, 18, 9]] };
function fills(self, pen, colours) {
  const style = getComputedStyle(document.documentElement);
  return self.contender.codes.map(({ mark: name }) => {
    if (!name) return null;
    const colour = style.getPropertyValue(`--state-${name}`).trim();
    if (!TEXTURES[name] || self.laneHeight < 10) return colour;
    const tile = make("canvas");
    tile.width = tile.height = 18;
    const brush = tile.getContext("2d");
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 18, 18);
    brush.strokeStyle = colours.paper;
    brush.globalAlpha = 0.6;
    brush.lineWidth = 4;
    TEXTURES[name].forEach(([x, y, toX, toY]) => { brush.beginPath(); brush.moveTo(x, y); brush.lineTo(toX, toY); brush.stroke(); });
    const pattern = pen.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / 3));
    return pattern;
  });
}

function drawStates(self, pen, colours, lane, top, high) {
  const { mixes } = self.contender;
  const paint = colours.fills ||= fills(self, pen, colours); // once for all lanes
  const columns = Math.ceil(self.width - self.gutter);
  const sums = new Map(); // code to time in each column, in columns
  for (let place = firstAfter(lane, self.view.from); place < lane.total && lane.start[place] < self.view.to; place++) {
    const from = Math.max(0, self.x(lane.start[place]) - self.gutter), to = Math.min(columns, self.x(lane.end[place]) - self.gutter);
    partsOf(mixes[lane.mix[place]]).forEach(([code, share]) => {
      if (!sums.has(code)) sums.set(code, new Float64Array(columns));
      const times = sums.get(code);
      for (let column = Math.floor(from); column < to; column++) times[column] += share * Math.max(0, Math.min(column + 1, to) - Math.max(column, from));
    });
  }
  const present = [...sums].filter(([code]) => paint[code]).sort(([one], [other]) => one - other);
  let begun = 0, full = -1;
  const flush = (column) => {
    if (full >= 0) {
      pen.fillStyle = paint[full];
      pen.fillRect(self.gutter + begun, top, column - begun, high);
    }
    begun = column;
    full = -1;
  };
  for (let column = 0; column < columns; column++) {
    const found = present.filter(([, times]) => times[column] > 0.004);
    const whole = found.length === 1 && found[0][1][column] > 0.99 ? found[0][0] : -1;
    if (whole !== full || whole < 0) flush(column);
    full = whole;
    if (whole >= 0) continue;
    let bottom = top + high;
    found.forEach(([code, times]) => {
      const tall = Math.min(1, times[column]) * high;
      pen.fillStyle = paint[code];
      pen.fillRect(self.gutter + column, bottom - tall, 1, tall);
      bottom -= tall;
    });
  }
  flush(columns);
}

// What lies on top of the lanes: names of those who held the lock, and what held an event loop.
function overlay(self, pen, colours) {
  const { contender, laneHeight } = self;
  if (contender.kind !== "states") return;
  if (contender.holders && laneHeight >= 10) {
    const lane = self.lanes[0];
    pen.font = "11px system-ui, 'Liberation Sans', sans-serif";
    pen.textBaseline = "middle";
    for (let place = firstAfter(lane, self.view.from); place < lane.total && lane.start[place] < self.view.to; place++) {
      const from = Math.max(self.gutter, self.x(lane.start[place])), to = Math.min(self.width, self.x(lane.end[place]));
      if (to - from < 40) continue;
      const { label, mark: name } = contender.codes[contender.mixes[lane.mix[place]][0]];
      if (!name || pen.measureText(label).width > to - from - 8) continue;
      pen.fillStyle = /[012]$/.test(name) ? colours.paper : colours.ink;
      pen.fillText(label, from + 4, (laneHeight - 2) / 2);
    }
  }
  contender.blockages.forEach(([row, from, to]) => {
    const x = self.x(from), wide = Math.max(4, self.x(to) - x), top = row * laneHeight;
    pen.strokeStyle = pen.fillStyle = colours.warn;
    pen.lineWidth = 2;
    pen.strokeRect(x, top + 1, wide, Math.max(2, laneHeight - 4));
    pen.fillRect(x - 1, top - 1, wide + 2, 3);
  });
}

function describeState(self, { row, place }) {
  const { contender, lanes } = self;
  const lane = lanes[row];
  const start = lane.start[place], end = lane.end[place];
  const told = partsOf(contender.mixes[lane.mix[place]]).map(([code, share]) => [contender.codes[code].label, share, code]);
  const what = told.length === 1 ? told[0][0] : told.map(([label, share]) => `${label} ${Math.round(share * 100)} %`).join(", ");
  const lines = [lane.label, `${what}\n${duration(end - start)} from ${moment(start, Math.max(1, (end - start) / 100))}`];
  if (contender.holders && told[0][2] === contender.gil) {
    const holder = lanes[0], at = firstAfter(holder, (start + end) / 2);
    if (at < holder.total && holder.start[at] < end) lines.push(`the GIL was held by ${contender.codes[contender.mixes[holder.mix[at]][0]].label} then`);
  }
  contender.blockages.filter(([held, from, to]) => held === row && from < end && to > start).slice(0, 1).forEach(([, from, to]) => lines.push(`its event loop was held for ${duration(to - from)}`));
  if (lane.stack[place] >= 0) {
    const [left, ...frames] = contender.stacks[lane.stack[place]];
    lines.push("", ...frames.map((frame) => contender.frames[frame]));
    if (left) lines.push(`and ${count(left)} more`);
  }
  return lines.join("\n");
}
