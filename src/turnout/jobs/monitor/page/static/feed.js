// The present, as the server sends it: connects, and connects again for as long as the page is open.
const SHORTEST_MS = 500;
const LONGEST_MS = 10000;
const SILENCE_MS = 8000; // the server speaks every second: after this time the connection is dead, whatever it says

const CHANGED = 1;

export class Feed {
  // values: a Float32Array that is kept as it is now; told.values(time), told.facts(facts), told.state("live" | "lost")
  constructor(values, plan, told) {
    this.values = values;
    this.plan = plan;
    this.told = told;
    this.wait = SHORTEST_MS;
    this.watch = 0;
    this.open();
  }

  open() {
    const address = new URL("/live", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = (this.socket = new WebSocket(address));
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => {
      this.guard(socket);
      if (typeof event.data === "string") this.read(JSON.parse(event.data));
      else this.take(event.data);
    };
    socket.onclose = () => this.lose(socket);
    this.guard(socket);
  }

  guard(socket) {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => { socket.close(); this.lose(socket); }, SILENCE_MS);
  }

  lose(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    clearTimeout(this.watch);
    this.told.state("lost");
    setTimeout(() => this.open(), this.wait * (0.75 + Math.random() / 2)); // not all pages at the same moment
    this.wait = Math.min(LONGEST_MS, this.wait * 2);
  }

  read(facts) {
    if ("plan" in facts) {
      if (this.plan === null) this.plan = facts.plan;
      if (facts.plan !== this.plan) location.reload(); // the monitor came back with other racks
      this.wait = SHORTEST_MS;
      this.told.state("live");
      return;
    }
    this.told.facts(facts);
  }

  take(buffer) {
    const [kind, count] = new Uint32Array(buffer, 0, 2);
    const [time] = new Float64Array(buffer, 8, 1);
    if (kind === CHANGED) {
      const places = new Uint32Array(buffer, 16, count);
      const values = new Float32Array(buffer, 16 + 4 * count, count);
      for (let each = 0; each < count; each++) this.values[places[each]] = values[each];
    } else {
      this.values.set(new Float32Array(buffer, 16, count));
    }
    this.told.values(time);
  }
}

// Asks the server for something of the past; throws with its sentence if it cannot be told.
export const ask = async (path, values, signal) => (await whole(await fetch(`${path}?${new URLSearchParams(values)}`, { signal }))).json();

// Does something; throws likewise.
export const act = async (path, body) => {
  await whole(await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));
};

const whole = async (answer) => {
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || answer.statusText || String(answer.status));
  return answer;
};
