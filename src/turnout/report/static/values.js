// Small helpers, and the data: from runs of numbers to arrays that can be searched.
const FIELDS = 5; // of a span: item, gap since the last end, duration, CPU, queue wait, ns
const AXIS = 20;
const PAPER = 680; // width of a printed page between its margins, px
const dark = matchMedia("(prefers-color-scheme: dark)");
const tip = document.getElementById("tip");
const said = document.getElementById("said");
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
