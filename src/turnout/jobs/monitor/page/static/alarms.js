// The alarms that stand, the silences, and what a reader does about them.
import { act } from "./feed.js";
import { can, count, degrees, make, say, since, tell } from "./words.js";

export const SEVERITIES = ["info", "warning", "critical"];
const byId = (name) => document.getElementById(name);

export class Alarms {
  constructor(plan) {
    this.plan = plan;
    this.body = byId("alarms-table").tBodies[0];
    this.rows = new Map();
    this.known = null; // ids of the present; none before the first message, which announces nothing
    this.dialog = byId("silence");
    this.dialog.addEventListener("close", () => this.silenceChosen());
  }

  // Shows alarms of the present or, without buttons, of the past.
  show({ alarms, counts, quiet = [], unanswered = [] }, isPast) {
    const rows = new Map();
    for (const alarm of alarms) {
      const row = this.rows.get(alarm.id) || this.rowOf(alarm);
      this.fill(row, alarm, isPast);
      rows.set(alarm.id, row);
    }
    this.rows = rows;
    const wanted = [...rows.values()].map((row) => row.element);
    const standing = new Set(wanted);
    for (const element of [...this.body.children]) if (!standing.has(element)) element.remove();
    wanted.forEach((element, place) => { // moves only what is not in its place, so that focus stays where it is
      if (this.body.children[place] !== element) this.body.insertBefore(element, this.body.children[place] || null);
    });
    byId("no-alarms").hidden = alarms.length > 0;
    tell(byId("no-alarms"), say(unanswered.length ? "no_known_alarm_" : "no_alarms"));
    byId("alarms-scroll").hidden = !alarms.length;
    byId("actions-title").hidden = isPast || !can.has("act");
    const more = counts[0] + counts[1] + counts[2] - alarms.length;
    tell(byId("more-alarms"), more > 0 ? say("more_alarms_", { count: count(more) }) : "");
    this.showQuiet(isPast ? [] : quiet);
    if (!isPast) this.announce(alarms);
  }

  announce(alarms) {
    const fresh = this.known ? alarms.filter((alarm) => !this.known.has(alarm.id) && alarm.severity > 0 && !alarm.quiet) : [];
    this.known = new Set(alarms.map((alarm) => alarm.id));
    if (fresh.length) {
      const [worst] = fresh;
      const more = fresh.length > 1 ? `, ${say("more_alarms_", { count: count(fresh.length - 1) })}` : "";
      tell(byId("called"), say("new_alarm_", { ...worst, severity: say(`${SEVERITIES[worst.severity]}_`) }) + more);
    }
  }

  rowOf(alarm) {
    const name = SEVERITIES[alarm.severity];
    const row = { alarm, states: make("span", { class: "states" }), actions: make("td") };
    row.element = make(
      "tr",
      {},
      make("th", { scope: "row" }, make("span", { class: `severity ${name}` }, say(`${name}_`))),
      make("td", {}, make("bdi", {}, alarm.subject), make("bdi", { class: "where" }, alarm.zone === alarm.subject ? alarm.room : `${alarm.zone}, ${alarm.room}`)),
      make("td", {}, make("bdi", {}, alarm.rule), " ", row.states),
      make("td", { class: "number" }, degrees(alarm.value, "")),
      make("td", {}, make("time", { datetime: new Date(alarm.since).toISOString() }, since(alarm.since))),
      row.actions,
    );
    return row;
  }

  fill(row, alarm, isPast) {
    row.alarm = alarm;
    const states = ["acknowledged", "flapping", "quiet"].filter((state) => alarm[state]);
    tell(row.states, states.map((state) => say(`${state}_`)).join(", "));
    row.actions.hidden = isPast || !can.has("act");
    if (row.actions.hidden) {
      row.actions.replaceChildren();
      return;
    }
    if (!row.actions.children.length) {
      row.acknowledge = this.button("acknowledge", alarm, () => this.acknowledge(row));
      const silence = this.button("silence", alarm, () => this.silence(row.alarm));
      row.actions.append(make("div", { class: "buttons" }, row.acknowledge, silence));
    }
    if (alarm.acknowledged) row.acknowledge.disabled = true;
  }

  button(name, alarm, press) {
    const button = make("button", { type: "button", "aria-label": say(`${name}_label_`, alarm) }, say(`${name}_`));
    button.addEventListener("click", press);
    return button;
  }

  async acknowledge(row) {
    row.acknowledge.disabled = true; // until the server says otherwise
    if (!(await this.does("/acknowledge", { alarm: row.alarm.id }))) row.acknowledge.disabled = false;
  }

  silence(alarm) {
    const isZone = alarm.subject === alarm.zone;
    const choices = [["alarm", { rule: alarm.rule, subject: alarm.subject }], ...(isZone ? [] : [["subject", { subject: alarm.subject }]]), ["zone", { zone: alarm.zone }], ["rule", { rule: alarm.rule }]];
    this.choices = choices.map(([, what]) => what);
    byId("silence-what").replaceChildren(
      ...choices.map(([name], place) =>
        make("label", {}, make("input", { type: "radio", name: "what", value: place, checked: place === 0 }), make("bdi", {}, say(`what_${name}_`, alarm)))),
    );
    byId("silence-comment").value = "";
    this.dialog.returnValue = "cancel";
    this.dialog.showModal();
  }

  silenceChosen() {
    if (this.dialog.returnValue !== "silence") return;
    const chosen = this.dialog.querySelector("input[name=what]:checked");
    this.does("/silence", { ...this.choices[Number(chosen.value)], seconds: Number(byId("silence-for").value), comment: byId("silence-comment").value });
  }

  showQuiet(quiet) {
    byId("silences").hidden = !quiet.length;
    byId("silences").querySelector("ul").replaceChildren(
      ...quiet.map((each) => {
        const what = Object.values(each.what).join(", ");
        const entry = make("li", {}, make("bdi", {}, what), ` · ${say("until_", { time: since(each.until) })}`);
        if (each.comment) entry.append(" · ", make("bdi", {}, each.comment));
        if (can.has("act")) {
          const end = make("button", { type: "button", "aria-label": say("end_label_", { what }) }, say("end_"));
          end.addEventListener("click", () => this.does("/unsilence", { id: each.id }));
          entry.append(end);
        }
        return entry;
      }),
    );
  }

  async does(path, body) {
    try {
      await act(path, body);
      byId("said").textContent = say("done_");
      byId("trouble").hidden = true;
      return true;
    } catch (error) {
      byId("trouble").textContent = say("failed_", { reason: error.message });
      byId("trouble").hidden = false;
      return false;
    }
  }
}
