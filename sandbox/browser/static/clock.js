// The clock that everybody shares, and its buttons.

import { fill, h, say } from "./dom.js";
import { deed, shown } from "./store.js";

export class Clock {
  constructor() {
    this.time = h("time", { class: "now", role: "timer", "aria-label": "The sandbox's time" });
    this.said = h("span", { class: "clock-said", "aria-live": "polite" });
    this.buttons = h("span", { class: "clock-buttons", hidden: true },
      this.time,
      this.button("+1 hour", () => deed("advance", { seconds: 3600 })),
      this.button("+1 day", () => deed("advance", { seconds: 86400 })),
      this.button("To the next handoff", () => deed("next_handoff")));
    this.element = h("div", { class: "top-row" },
      h("strong", { class: "brand" }, "Sandbox"), h("span", { class: "quiet about" }, "Slack and PagerDuty on this machine, with the real bot behind them"),
      this.said, this.buttons);
    setInterval(() => this.tick(), 1000);
  }

  button(label, work) {
    const press = async () => {
      button.classList.add("busy");
      button.disabled = true;
      fill(this.said, "Moving the clock…");
      try {
        const result = await work();
        fill(this.said, result?.said ?? "");
        if (result?.said) say(result.said);
      } catch (failure) {
        fill(this.said, `⚠ ${failure.message}`);
      } finally {
        button.classList.remove("busy");
        button.disabled = false;
        button.focus();
        if (this.said.textContent === "Moving the clock…") fill(this.said);
      }
    };
    const button = h("button", { type: "button", class: "button small", onclick: press }, label);
    return button;
  }

  draw() {
    this.buttons.hidden = !shown.clock;
    this.tick();
  }

  tick() {
    if (!shown.clock) return;
    const now = new Date(Date.now() + shown.clock.ahead * 1000);
    const words = `${now.toISOString().slice(0, 16).replace("T", " ")} UTC`;
    if (this.time.textContent !== words) fill(this.time, words);
  }
}
