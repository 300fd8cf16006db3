// The control room: one model of the present, and one of what is shown, which may be of the past.
import { Alarms, SEVERITIES } from "./alarms.js";
import { legend } from "./colours.js";
import { Course } from "./course.js";
import { Feed } from "./feed.js";
import { Room } from "./heat.js";
import { Travel } from "./travel.js";
import { ago, can, count, degrees, make, say, tell, unanswered } from "./words.js";
import { figuresOf, Racks, Zones } from "./zones.js";

const byId = (name) => document.getElementById(name);

const start = (plan) => {
  const { sensors } = plan;
  const values = new Float32Array(sensors.name.length).fill(NaN); // of the present
  let shown = values; // or of the past
  let present = { alarms: [], counts: [0, 0, 0], zones: {}, marks: [], zone_marks: [], quiet: [] };
  let facts = { cooling: {} };
  let past = null;
  let kind = 0;
  let zone = 0;
  let pointed = -1;
  let state = "waiting";
  let heard = 0;
  let counted = null; // [time, readings] of the last facts
  let rate = 0;
  let painting = 0;
  window.painted = 0; // how often the map was painted, for whoever measures it

  tell(byId("what"), plan.title);
  document.title = `${plan.title} - ${document.title}`;
  legend(byId("legend"), plan);
  const alarms = new Alarms(plan);
  const course = new Course(plan, can.has("travel"));
  const racks = new Racks(plan);
  const choose = (chosen) => {
    zone = chosen;
    byId("course-choice").value = String(chosen);
    zones.mark(chosen);
    course.choose(chosen, kind);
    racks.choose(chosen, kind);
    racks.show(shown, nothing());
  };
  const zones = new Zones(plan, choose);
  const rooms = plan.rooms.map((_, number) => new Room(plan, number, {
    moved: (sensor, isSaid) => {
      pointed = sensor;
      describe();
      if (isSaid) byId("said").textContent = byId("cell").textContent;
    },
    chosen: (sensor) => choose(sensors.zone[sensor]),
  }));
  byId("rooms").classList.toggle("one", rooms.length === 1);
  byId("rooms").append(...rooms.map((room) => room.element));
  byId("course-choice").append(...plan.zones.map(([name], place) => make("option", { value: place }, name)));
  byId("course-choice").addEventListener("change", (event) => choose(Number(event.target.value)));
  byId("measure").hidden = plan.kinds.length < 2;
  byId("kind").append(...plan.kinds.map((name, place) => make("option", { value: place }, name)));
  byId("kind").addEventListener("change", (event) => {
    kind = Number(event.target.value);
    for (const room of rooms) room.choose(kind);
    course.forget();
    choose(zone);
    mark();
    figure();
    paint();
  });
  racks.details.addEventListener("toggle", () => racks.show(shown, nothing()));

  const standing = () => (past ? past : present);
  const nothing = () => say(past ? "unknown_" : "nothing_");

  const paint = () => {
    if (painting) return;
    painting = requestAnimationFrame(() => {
      painting = 0;
      for (const room of rooms) room.paint(shown);
      window.painted++;
      describe();
    });
  };

  const describe = () => {
    if (pointed < 0) return;
    const value = shown[pointed];
    const parts = [say("cell_", { rack: sensors.name[pointed], zone: plan.zones[sensors.zone[pointed]][0], value: value === value ? degrees(value, plan.unit) : nothing() })];
    for (const alarm of standing().alarms) {
      if (alarm.sensor === pointed || alarm.subject === plan.zones[sensors.zone[pointed]][0]) parts.push(say("alarm_here_", { severity: say(`${SEVERITIES[alarm.severity]}_`), rule: alarm.rule }));
    }
    tell(byId("cell"), parts.join(" · "));
  };

  const mark = () => {
    const marks = standing().marks.filter(([sensor]) => sensors.kind[sensor] === kind);
    for (const room of rooms) room.show(marks, standing().zone_marks);
  };

  const figure = () => {
    const figures = figuresOf(plan, shown, kind);
    zones.show(figures, past ? past.cooling : facts.cooling);
    racks.show(shown, nothing());
    return figures;
  };

  const alarm = () => {
    alarms.show(standing(), past !== null);
    zones.count(standing());
    mark();
    summarise();
    describe();
  };

  const summarise = () => {
    const entries = [];
    if (state === "lost" && heard) entries.push([say("last_", { ago: ago(Date.now() - heard) }), "warning"]);
    for (const severity of [2, 1, 0]) {
      const many = standing().counts[severity];
      if (many) entries.push([say(`count_${SEVERITIES[severity]}_`, { count: count(many) }), SEVERITIES[severity]]);
    }
    if (past) {
      if (past.unanswered.length) entries.push([unanswered(past), "warning"]);
    } else {
      entries.push([say("rate_", { rate: count(rate) }), ""]);
      const silent = values.reduce((sum, value) => sum + (value !== value), 0);
      if (silent) entries.push([say("silent_", { count: count(silent) }), ""]);
      if (facts.totals && facts.totals.malformed) entries.push([say("malformed_", { count: count(facts.totals.malformed) }), ""]);
      if (facts.connected === false) entries.push([say("broker_lost_"), "warning"]);
    }
    const list_ = byId("summary");
    while (list_.children.length > entries.length) list_.lastChild.remove();
    entries.forEach(([text, name], place) => {
      const entry = list_.children[place] || list_.appendChild(make("li"));
      entry.className = name;
      tell(entry, text);
    });
  };

  const connection = () => {
    const shownState = state === "live" && past ? "past" : state;
    byId("connection").className = `state ${shownState}`;
    const texts = { waiting: "connecting_", live: "live_", past: "past_", lost: "lost_" };
    let text = say(texts[shownState]);
    if (shownState === "past" && past.step) text += ` · ${say("step_", { step: ago(past.step * 1000) })}`;
    tell(byId("connection-text"), text);
    byId("rooms").classList.toggle("stale", state === "lost" && !past);
  };

  new Feed(values, plan.mark, {
    values: () => { heard = Date.now(); if (!past) paint(); },
    state: (now) => { state = now; connection(); },
    facts: (told) => {
      heard = Date.now();
      if ("alarms" in told) {
        const announcing = past;
        present = told;
        if (announcing) alarms.announce(told.alarms);
        else alarm();
        return;
      }
      facts = told;
      if (counted && told.time > counted[0]) rate = (1000 * (told.readings - counted[1])) / (told.time - counted[0]);
      counted = [told.time, told.readings];
      course.add(told.time, past ? figuresOf(plan, values, kind) : figure());
      summarise();
    },
  });
  if (can.has("travel")) {
    new Travel({
      past: (told) => {
        past = told;
        shown = Float32Array.from(told.values, (value) => (value === null ? NaN : value));
        course.at(told.time);
        connection(); alarm(); figure(); paint();
      },
      live: () => {
        past = null;
        shown = values;
        course.at(null);
        connection(); alarm(); figure(); paint();
      },
    });
  }
  setInterval(() => state === "lost" && summarise(), 1000);
  connection();
  choose(0);
  alarm();
};

const load = async () => {
  tell(byId("connection-text"), say("connecting_"));
  for (let wait = 500; ; wait = Math.min(10000, wait * 2)) {
    try {
      const answer = await fetch("/plan");
      if (answer.ok) return start(await answer.json());
    } catch { /* the server is not there yet */ }
    await new Promise((done) => setTimeout(done, wait));
  }
};
load();
