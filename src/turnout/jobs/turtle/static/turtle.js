// Keys go to Python over a WebSocket; the drawing, and how long all took, comes back.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const NAMES = {
  ArrowUp: "Up", ArrowDown: "Down", ArrowLeft: "Left", ArrowRight: "Right", " ": "space", Enter: "Return",
  Backspace: "BackSpace", PageUp: "Prior", PageDown: "Next",
};
const FIRST_PAUSE_MS = 250, LONGEST_PAUSE_MS = 4000;
const FELT_MS = 150; // after which a wait is told
const at = (name) => document.getElementById(name);
const said = document.body.dataset;
const drawing = at("drawing"), lines = at("lines");
const buttons = [...document.querySelectorAll("[data-keys]")];
const keys = new Set(buttons.flatMap((button) => button.dataset.keys.split(" ")));
const language = document.documentElement.lang;

let socket = null;
let pause_ms = FIRST_PAUSE_MS;
let sent = 0;
let asked = []; // of the keys without an answer: number and time

function connect() {
  const address = new URL(`/talk?lang=${language}`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  socket = new WebSocket(address);
  socket.addEventListener("open", () => {
    pause_ms = FIRST_PAUSE_MS;
    sent = 0;
    asked = [];
    lines.replaceChildren();
    document.body.classList.remove("lost");
    at("connection").textContent = said.connected;
  });
  socket.addEventListener("message", (message) => show(JSON.parse(message.data)));
  socket.addEventListener("close", () => {
    document.body.classList.add("lost");
    at("connection").textContent = said.lost;
    setTimeout(connect, pause_ms);
    pause_ms = Math.min(pause_ms * 2, LONGEST_PAUSE_MS);
  });
}

function press(key) {
  if (socket.readyState !== WebSocket.OPEN) return;
  sent += 1;
  asked.push([sent, performance.now()]);
  socket.send(JSON.stringify({ key, number: sent, at: performance.now() }));
}

function show(news) {
  while (lines.childElementCount > news.kept) lines.lastElementChild.remove();
  for (const [x1, y1, x2, y2, colour, width] of news.added) {
    const line = document.createElementNS(SVG, "line");
    for (const [name, value] of Object.entries({ x1, y1, x2, y2, stroke: colour, "stroke-width": width })) {
      line.setAttribute(name, value);
    }
    lines.append(line);
  }
  at("turtle").setAttribute("points", news.arrow);
  at("turtle").setAttribute("fill", news.colour);
  const half = drawing.viewBox.baseVal.width / 2;
  drawing.setAttribute("viewBox", `${news.middle[0] - half} ${news.middle[1] - half} ${2 * half} ${2 * half}`);
  at("sheet").setAttribute("x", news.middle[0] - 5000);
  at("sheet").setAttribute("y", news.middle[1] - 5000);
  tell("place", news.place);
  for (const name of ["lag", "worst", "depth", "note", "block"]) tell(name, news[name]);
  at("rows").replaceChildren(...news.rows.map(row));
  answer(news.answered);
}

function row(cells) {
  const made = document.createElement("tr");
  for (const cell of cells) made.insertCell().textContent = cell;
  return made;
}

// A screen reader says what changes, so what stays the same is not written again.
function tell(name, text) {
  if (at(name).textContent !== text) at(name).textContent = text;
}

function answer(number) {
  let took_ms = null;
  while (asked.length && asked[0][0] <= number) took_ms = performance.now() - asked.shift()[1];
  if (took_ms !== null) tell_trip(took_ms);
}

function tell_trip(took_ms) {
  at("trip").textContent = `${took_ms.toLocaleString(language, { maximumFractionDigits: took_ms < 100 ? 1 : 0 })} ms`;
  at("trip").classList.toggle("late", took_ms > FELT_MS);
}

// While a handler blocks Python's loop nothing comes back; the page at least can say so.
setInterval(() => {
  if (asked.length && performance.now() - asked[0][1] > FELT_MS) {
    at("trip").textContent = said.waiting;
    at("trip").classList.add("late");
  }
}, 50);

drawing.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey || event.isComposing) return;
  const name = NAMES[event.key] ?? event.key;
  const small = name.length === 1 ? name.toLowerCase() : name; // Caps Lock may be on
  const key = event.ctrlKey ? `Control-${small}` : keys.has(name) ? name : small;
  if (!keys.has(key)) return;
  event.preventDefault();
  press(key);
});
drawing.addEventListener("pointerdown", () => drawing.focus());
for (const button of buttons) {
  button.addEventListener("click", () => press(button.dataset.keys.split(" ")[0]));
}

connect();
drawing.focus({ preventScroll: true });
