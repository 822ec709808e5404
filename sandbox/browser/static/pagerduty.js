// The account's schedules as PagerDuty draws them: layers, overrides and what is in effect, over two weeks, in the
// schedule's own zone. Overrides are added and taken away here, as on PagerDuty's page.

import { asked } from "./confirm.js";
import { freshId, h, fill, keyed } from "./dom.js";
import { deed, Failure, look, shown, turn } from "./store.js";
import { hue } from "./texts.js";
import { fullTime, wall, zoneName } from "./time.js";

const seconds = (iso) => Date.parse(iso) / 1000;

export class PagerDuty {
  constructor() {
    this.title = h("h2");
    this.list = h("div", { class: "schedules" });
    const step = (label, weeks, name) => h("button", { type: "button", class: "button small", "aria-label": name, onclick: () => turn({ week: weeks === 0 ? 0 : look.week + weeks }) }, label);
    this.element = h("div", { class: "pagerduty" },
      h("header", null, this.title, h("span", { class: "grow" }),
        h("span", { class: "weeks" }, step("‹", -1, "A week earlier"), step("Today", 0, "Today"), step("›", 1, "A week later"))),
      this.list);
  }

  draw() {
    const { subdomain, schedules, now } = shown.pagerduty;
    fill(this.title, `${subdomain}.pagerduty.com`);
    keyed(this.list, schedules.map((schedule) => ({ schedule, now })), (one) => one.schedule.id, (one) => drawSchedule(one.schedule, seconds(one.now)));
    this.pointOut(schedules);
  }

  /** What has changed is lit for a moment, and comes into view where nobody is reading. */
  pointOut(schedules) {
    const before = this.before ?? new Map();
    this.before = new Map(schedules.map((one) => [one.id, JSON.stringify([one.start, one.rows])]));
    for (const one of schedules) {
      const isOther = before.has(one.id) && before.get(one.id) !== this.before.get(one.id);
      const isSameWindow = before.get(one.id)?.startsWith(JSON.stringify([one.start]).slice(0, -1));
      if (!isOther || !isSameWindow) continue;
      const card = this.list.querySelector(`[data-item="${CSS.escape(one.id)}"]`);
      card.classList.add("changed");
      if (!this.element.closest("#side").matches(":hover, :focus-within")) card.scrollIntoView({ block: "nearest" });
    }
  }
}

function drawSchedule(schedule, now) {
  const id = freshId("schedule");
  const add = () => new OverrideForm(schedule, now).open();
  return h("article", { class: "schedule", "aria-labelledby": id },
    h("header", null,
      h("h3", { id }, schedule.name),
      h("span", { class: "on-call" }, "on call: ", h("b", null, schedule.now_on_call.join(", ") || "nobody")),
      schedule.shift_based ? h("span", { class: "quiet", title: "Shift-based schedule" }, "v3") : null,
      h("span", { class: "grow" }),
      h("button", { type: "button", class: "button small", onclick: add, data: { key: `add-${schedule.id}` }, "aria-label": `Add an override to ${schedule.name}` }, "Add override")),
    timeline(schedule, now));
}

function timeline(schedule, now) {
  const start = seconds(schedule.start);
  const length = seconds(schedule.end) - start;
  const at = (now - start) / length;
  const line = at >= 0 && at <= 1 ? [placed(h("span", { class: "now-line", title: "Now" }), at, null)] : [];
  const days = schedule.days.map((day) => {
    const mark = h("span", { class: "day-mark" }, day.weekday, h("b", null, day.day));
    return placed(mark, (seconds(day.start) - start) / length, null);
  });
  return h("div", { class: "timeline" },
    h("div", { class: "row days" }, h("span", { class: "row-name", title: `Times in ${schedule.zone}` }, zoneName(schedule.zone)), h("div", { class: "track", "aria-hidden": "true" }, days)),
    schedule.rows.map((row) => h("div", { class: `row ${row.kind}` },
      h("span", { class: "row-name", title: row.name }, row.name),
      h("div", { class: "track", role: "group", "aria-label": row.name }, row.bars.map((bar) => drawBar(bar, schedule, row)),
        line.map((one) => one.cloneNode(true)).map((one) => placed(one, at, null))))));
}

function placed(element, left, width) {
  element.style.setProperty("left", `${left * 100}%`);
  if (width !== null) element.style.setProperty("width", `${width * 100}%`);
  return element;
}

function drawBar(bar, schedule, row) {
  const when = `${fullTime(seconds(bar.start), schedule.zone)} – ${fullTime(seconds(bar.end), schedule.zone)}`;
  const isNarrow = bar.width < 0.1;
  const initials = bar.width < 0.06 ? "" : bar.who.split(/\s+/).map((word) => word[0]).join("");
  const name = isNarrow ? initials : bar.who;
  const props = { class: `bar ${bar.who === "nobody" ? "nobody" : ""} ${isNarrow ? "narrow" : ""}`, title: `${bar.who}\n${when}` };
  const made = bar.id
    ? h("button", { type: "button", ...props, data: { key: `bar-${bar.id}` }, "aria-label": `${row.name}: ${bar.who}, ${when}. Remove`, onclick: () => remove(bar, schedule, when) }, name)
    : h("span", { ...props, role: "img", "aria-label": `${bar.who}, ${when}` }, name);
  made.style.setProperty("--hue", hue(bar.who));
  return placed(made, bar.left, bar.width);
}

async function remove(bar, schedule, when) {
  const by = bar.made_by === "api" ? "Made through the API." : "Made by a person.";
  const yes = await asked({
    title: "Remove this override?", yes: "Remove override", isDangerous: true,
    body: h("div", null, h("p", null, h("b", null, bar.who), ` on ${schedule.name}`, h("br"), when), bar.made_by ? h("p", { class: "quiet" }, by) : null),
  });
  if (!yes) return;
  try {
    await deed("pd_remove", { schedule: schedule.id, item: bar.id });
  } catch (failure) {
    await asked({ title: "That did not work", body: h("p", null, failure.message), yes: "OK", no: "Close" });
  }
}

/** The form of PagerDuty's "Schedule an override": who, from when, until when. */
class OverrideForm {
  constructor(schedule, now) {
    this.schedule = schedule;
    const hour = Math.ceil(now / 3600) * 3600;
    const [start, end] = [hour, hour + 86400].map((moment) => wall(moment, schedule.zone));
    this.user = h("select", { name: "user" }, shown.pagerduty.users.map((one) => h("option", { value: one.id }, one.name)));
    this.start = h("input", { type: "datetime-local", name: "start", value: `${start.date}T${start.time}` });
    this.end = h("input", { type: "datetime-local", name: "end", value: `${end.date}T${end.time}` });
    this.errors = {};
  }

  field(label, input) {
    const error = h("span", { class: "error", role: "alert" });
    this.errors[input.name] = error;
    return h("label", { class: "field" }, h("span", null, label), input, error);
  }

  open() {
    const id = freshId("override");
    const before = document.activeElement;
    const done = () => {
      this.dialog.close();
      this.dialog.remove();
      if (before?.isConnected) before.focus();
    };
    const save = async (event) => {
      event.preventDefault();
      if (await this.saved()) done();
    };
    this.dialog = h("dialog", { class: "confirm override", "aria-labelledby": id, oncancel: (event) => { event.preventDefault(); done(); } },
      h("form", { onsubmit: save, novalidate: true },
        h("h2", { id }, `Add an override to ${this.schedule.name}`),
        this.field("On call", this.user),
        this.field(`Starts (${zoneName(this.schedule.zone)})`, this.start),
        this.field(`Ends (${zoneName(this.schedule.zone)})`, this.end),
        h("div", { class: "buttons" },
          h("button", { type: "button", class: "button", onclick: done }, "Cancel"),
          h("button", { type: "submit", class: "button primary" }, "Add override"))));
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.user.focus();
  }

  async saved() {
    for (const error of Object.values(this.errors)) fill(error);
    try {
      await deed("pd_override", { schedule: this.schedule.id, user: this.user.value, start: this.start.value, end: this.end.value });
      return true;
    } catch (failure) {
      const field = failure instanceof Failure && failure.field in this.errors ? failure.field : "end";
      fill(this.errors[field], failure.message);
      this.dialog.querySelector(`[name=${field}]`)?.focus();
      return false;
    }
  }
}
