// The guided tour: short steps, each with what to do; one is open, those that are done have a tick.

import { fill, h } from "./dom.js";
import { deed, shown } from "./store.js";

export class Tour {
  constructor() {
    this.list = h("ol", { class: "steps" });
    this.fault = h("p", { class: "error", role: "alert", hidden: true });
    this.progress = h("span", { class: "quiet" });
    this.element = h("div", { class: "tour" }, h("header", null, h("h2", null, "Guided tour"), this.progress), this.fault, this.list);
    this.open = null;
    this.before = "";
  }

  draw() {
    const steps = shown.tour;
    const finished = steps.filter((one) => one.done).length;
    fill(this.progress, `${finished} of ${steps.length} done`);
    const next = steps.find((one) => !one.done)?.number ?? steps.at(-1)?.number;
    const wasDone = steps.find((one) => one.number === this.open)?.done && this.before !== String(finished);
    if (this.open === null || (wasDone && this.open < next)) this.open = next;
    this.before = String(finished);
    fill(this.list, steps.map((step) => this.step(step)));
    if (this.seen !== this.open) this.list.querySelector(".open")?.scrollIntoView({ block: "nearest" });
    this.seen = this.open;
  }

  step(step) {
    const isOpen = step.number === this.open;
    const toggle = () => {
      this.open = isOpen ? 0 : step.number;
      this.draw();
    };
    return h("li", { class: `step ${step.done ? "done" : ""} ${isOpen ? "open" : ""}` },
      h("button", { type: "button", class: "step-title", "aria-expanded": String(isOpen), onclick: toggle, data: { key: `step-${step.number}` } },
        h("span", { class: "number", "aria-hidden": "true" }, step.done ? "✓" : String(step.number)),
        h("span", null, step.title), step.done ? h("span", { class: "for-ears" }, " (done)") : null),
      isOpen ? h("div", { class: "step-body" },
        paragraphs(step.text), step.hint ? h("div", { class: "try" }, h("b", null, "Try it"), paragraphs(step.hint)) : null,
        h("button", { type: "button", class: "button small", onclick: (event) => this.start(step, event.currentTarget), data: { key: `start-${step.number}` } }, "Prepare this step")) : null);
  }

  async start(step, button) {
    button.classList.add("busy");
    this.fault.hidden = true;
    try {
      await deed("start_step", { number: step.number });
    } catch (failure) {
      this.fault.hidden = false;
      fill(this.fault, failure.message);
    } finally {
      button.classList.remove("busy");
    }
  }
}

/** What stands between backticks is to be typed, so it looks like it. */
function paragraphs(text) {
  return text.split("\n").filter(Boolean).map((line) =>
    h("p", null, line.split("`").map((part, place) => (place % 2 ? h("code", null, part) : part))));
}
