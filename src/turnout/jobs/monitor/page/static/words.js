// What the page says, and how it writes numbers and times.
const words = JSON.parse(document.getElementById("words").textContent);
export const language = document.documentElement.lang;
export const can = new Set(document.documentElement.dataset.can.split(" "));

// A name from outside must not turn the rest of a sentence around: characters that change the direction are left out,
// and what is written from right to left is set apart.
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LEFTWARD = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const apart = (value) => {
  const text = String(value).replace(TURNING, "");
  return LEFTWARD.test(text) ? `\u2068${text}\u2069` : text;
};

export const say = (name, values = {}) =>
  words[name].replace(/\{(\w+)\}/g, (_, key) => (key in values ? apart(values[key]) : ""));

// Which monitors have not told what they knew of a time.
export const unanswered = (told) => say("unanswered_", { names: told.unanswered.join(", ") });

// A word of the monitor's, in this language if the page knows it.
export const known = (kind, word) => (`${kind}_${word}_` in words ? say(`${kind}_${word}_`) : word);

const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
const short = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const date = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });

export const count = (value) => whole.format(value);
export const share = (value) => percent.format(value);
export const degrees = (value, unit) =>
  value === null || Number.isNaN(value) ? "–" : `${Math.abs(value) < 1e5 ? tenths.format(value) : value.toPrecision(4)} ${unit}`;
export const bare = (value) => tenths.format(value);
export const moment = (ms) => date.format(ms);

// A time on an axis of so many milliseconds.
export const tick = (ms, span) => (span <= 600e3 ? clock : span <= 129600e3 ? short : day).format(ms);

// When something was, with its day only if that is another one.
export const since = (ms) => (new Date(ms).toDateString() === new Date().toDateString() ? clock : date).format(ms);

export const ago = (ms) => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return say("seconds_", { count: seconds });
  if (seconds < 5400) return say("minutes_", { count: Math.round(seconds / 60) });
  if (seconds < 129600) return say("hours_", { count: Math.round(seconds / 3600) });
  return say("days_", { count: Math.round(seconds / 86400) });
};

// Makes an element: make("td", { class: "number" }, "text", another).
export const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
};

// Changes a text only where it differs, so that nothing is laid out anew without need.
export const tell = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};
