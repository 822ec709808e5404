// What can go wrong at PagerDuty, as switches; and what was asked of it lately, to see the bot cope.

import { fill, h } from "./dom.js";
import { deed, shown } from "./store.js";

export class Faults {
  constructor() {
    this.fault = h("p", { class: "error", role: "alert", hidden: true });
    this.switches = h("div", { class: "switches", role: "group", "aria-label": "Faults" });
    this.upgrades = h("div", { class: "upgrades" });
    this.log = h("tbody");
    this.element = h("div", { class: "faults" },
      h("p", { class: "quiet" }, "Switch something on, then change a shift in Slack or press Refresh there, and see what the bot does and says."),
      this.fault, this.switches,
      h("h3", null, "Upgrade to shift-based schedules"), this.upgrades,
      h("h3", null, "What was asked of PagerDuty"),
      h("table", { class: "log" }, h("thead", null, h("tr", null, ["Time", "Call", "Answer"].map((name) => h("th", { scope: "col" }, name)))), this.log));
  }

  draw() {
    const { faults, schedules, requests } = shown.pagerduty;
    fill(this.switches, faults.map((one) => this.toggle(one)));
    fill(this.upgrades, schedules.map((one) => this.upgrade(one)));
    fill(this.log, requests.slice().reverse().map(logged));
  }

  toggle(one) {
    const turn = () => this.attempt(() => deed("pd_fault", { name: one.name, on: !one.on }));
    return h("button", { type: "button", class: "switch", role: "switch", "aria-checked": String(one.on), onclick: turn, data: { key: `fault-${one.name}` } },
      h("span", { class: "knob", "aria-hidden": "true" }),
      h("span", null, h("b", null, one.title), h("small", null, one.explained)),
      h("span", { class: "state" }, one.on ? "On" : "Off"));
  }

  upgrade(one) {
    const turn = () => this.attempt(() => deed("pd_upgrade", { schedule: one.id }));
    return h("div", { class: "upgrade" }, h("span", null, one.name),
      one.shift_based ? h("span", { class: "quiet" }, "is shift-based (v3)")
        : h("button", { type: "button", class: "button small", onclick: turn, data: { key: `upgrade-${one.id}` }, "aria-label": `Upgrade ${one.name}` }, "Upgrade"));
  }

  async attempt(work) {
    this.fault.hidden = true;
    try {
      await work();
    } catch (failure) {
      this.fault.hidden = false;
      fill(this.fault, failure.message);
    }
  }
}

function logged(one) {
  const isBad = one.status === 0 || one.status >= 400 || one.fault;
  const answer = one.status === 0 ? "none" : String(one.status);
  return h("tr", { class: isBad ? "bad" : "" },
    h("td", null, one.at.slice(11, 19)), h("td", null, h("code", null, `${one.method} ${one.path}`)),
    h("td", null, answer, one.fault ? h("small", null, ` ${one.fault.replaceAll("_", " ")}`) : null));
}
