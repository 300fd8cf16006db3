// Back in time: a slider over a span that ends now, and what stood at its moment.
import { ask } from "./feed.js";
import { moment, say, tell } from "./words.js";

const STEPS = 1000;
const PAUSE_MS = 80;
const byId = (name) => document.getElementById(name);

export class Travel {
  // told.past(state): shows a moment; told.live(): shows the present again
  constructor(told) {
    this.told = told;
    this.at = null;
    this.first = null;
    this.under_way = null;
    this.timer = 0;
    byId("travel").hidden = false;
    this.slider = byId("travel-at");
    this.range = byId("travel-range");
    this.slider.addEventListener("input", () => this.slide());
    this.range.addEventListener("change", () => { if (this.at !== null) this.go(this.at); else this.say(); });
    byId("travel-back").addEventListener("click", () => this.step(-1));
    byId("travel-forth").addEventListener("click", () => this.step(1));
    byId("travel-live").addEventListener("click", () => this.live());
    this.refresh();
    setInterval(() => this.refresh(), 60000);
  }

  async refresh() {
    const told = await ask("/past/span", {}).catch(() => null);
    this.first = told && told.span ? told.span[0] : this.first;
  }

  span() { return Number(this.range.value) * 1000; }

  slide() {
    const place = Number(this.slider.value);
    if (place >= STEPS) this.live();
    else this.go(Date.now() - this.span() * (1 - place / STEPS), true);
  }

  step(direction) {
    const wanted = (this.at ?? Date.now()) + (direction * this.span()) / 60;
    if (wanted >= Date.now()) this.live();
    else this.go(wanted);
  }

  go(wanted, isSliding = false) {
    const now = Date.now();
    this.at = Math.min(now, Math.max(wanted, this.first ?? 0));
    if (!isSliding) this.slider.value = String(Math.max(0, Math.round(STEPS * (1 - (now - this.at) / this.span()))));
    byId("travel-live").disabled = false;
    this.say();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(Math.round(this.at)), PAUSE_MS);
  }

  async fetch(at) {
    if (this.under_way) this.under_way.abort();
    const mine = (this.under_way = new AbortController());
    let state = null;
    let reason = "";
    try { state = await ask("/past/state", { at }, mine.signal); } catch (error) { reason = error.message; }
    if (mine !== this.under_way || this.at === null) return; // another moment is asked for already
    byId("trouble").hidden = state !== null;
    if (state) this.told.past(state);
    else byId("trouble").textContent = say("failed_", { reason });
  }

  live() {
    clearTimeout(this.timer);
    if (this.under_way) this.under_way.abort();
    this.under_way = null;
    if (this.at !== null) byId("trouble").hidden = true;
    const was = this.at !== null;
    this.at = null;
    this.slider.value = String(STEPS);
    byId("travel-live").disabled = true;
    this.say();
    if (was) this.told.live();
  }

  say() {
    const text = this.at === null ? "" : moment(this.at);
    tell(byId("travel-moment"), text);
    this.slider.setAttribute("aria-valuetext", text || byId("travel-live").textContent);
  }
}
