// The right of the page: PagerDuty, what goes wrong there, and what came by webhook, as tabs.

import { fill, h } from "./dom.js";
import { Faults } from "./faults.js";
import { PagerDuty } from "./pagerduty.js";
import { shown } from "./store.js";

export class Side {
  constructor() {
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Beside Slack", onkeydown: (event) => this.moved(event) });
    this.panel = h("div", { class: "panel", role: "tabpanel", tabindex: "0", id: "side-panel" });
    this.element = h("div", { class: "side" }, this.tabs, this.panel);
    this.parts = [
      { name: "PagerDuty", has: () => shown.pagerduty, drawing: new PagerDuty() },
      { name: "Faults", has: () => shown.pagerduty, drawing: new Faults(), count: () => shown.pagerduty.faults.filter((one) => one.on).length },
      { name: "Webhooks", has: () => shown.deliveries, drawing: new Deliveries(), count: () => shown.deliveries.length },
    ];
    this.open = "PagerDuty";
  }

  draw() {
    const there = this.parts.filter((one) => one.has());
    document.body.classList.toggle("without-side", !there.length);
    if (!there.length) return;
    const open = there.find((one) => one.name === this.open) ?? there[0];
    fill(this.tabs, there.map((one) => this.tab(one, one === open)));
    if (this.panel.firstChild !== open.drawing.element) this.panel.replaceChildren(open.drawing.element);
    this.panel.setAttribute("aria-label", open.name);
    open.drawing.draw();
  }

  tab(one, isOpen) {
    const count = one.count?.() ?? 0;
    return h("button", {
      type: "button", role: "tab", "aria-selected": String(isOpen), "aria-controls": "side-panel", tabindex: isOpen ? "0" : "-1",
      data: { key: `side-tab-${one.name}` }, onclick: () => this.show(one.name),
    }, one.name, count ? h("span", { class: "badge" }, String(count)) : null);
  }

  show(name) {
    this.open = name;
    this.draw();
  }

  moved(event) {
    const tabs = [...this.tabs.children];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs.at((tabs.indexOf(document.activeElement) + step) % tabs.length);
    next.click();
    this.tabs.querySelector("[aria-selected=true]")?.focus();
  }
}

/** The receiver: what came, whether its signature is right, and the JSON itself. */
class Deliveries {
  constructor() {
    this.element = h("div", { class: "deliveries" });
  }

  draw() {
    const version = JSON.stringify(shown.deliveries);
    if (version === this.drawn) return;
    this.drawn = version;
    const rows = shown.deliveries.map((one, place) => this.row(one, place)).reverse();
    fill(this.element,
      h("p", { class: "quiet" }, "A receiver on this machine. It checks the signature of everything that comes, as yours should."),
      rows.length ? rows : h("p", null, "Nothing came yet."));
  }

  row(one, place) {
    const verdict = one.signature_ok ? h("span", { class: "verdict good" }, "✓ signature is right") : h("span", { class: "verdict bad" }, "✗ signature is wrong");
    const kind = one.json?.event_type ?? one.json?.type ?? "delivery";
    const details = h("details", { class: "delivery", data: { key: `delivery-${place}` } },
      h("summary", null, h("b", null, String(kind)), " ", h("time", null, one.at.slice(0, 19).replace("T", " ")), verdict),
      h("pre", null, JSON.stringify(one.json, null, 2)));
    details.open = place === shown.deliveries.length - 1;
    return details;
  }
}
