// Every select of Slack's: one or several, from a list, from the app as one types, or of people and channels. A combobox
// with a list below, as ARIA describes it: the focus stays in the text, arrow keys move through the list.

import { freshId, h } from "./dom.js";
import { Popup } from "./popup.js";

const TYPING_PAUSE = 200;

/**
 * `chosen` are options {value, shown}; `search(query)` gives options, `group` is their heading;
 * `change(options)` is told of every choice.
 */
export class Select {
  constructor({ label, labelledby, describedby, placeholder, many, most, optional, chosen, search, change, key, autofocus }) {
    Object.assign(this, { placeholder, many, most, optional, search, change });
    this.chosen = chosen;
    this.found = [];
    this.active = -1;
    this.listId = freshId("list");
    this.input = h("input", {
      type: "text", role: "combobox", autocomplete: "off", spellcheck: "false",
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.listId, "aria-haspopup": "listbox",
      "aria-label": label, "aria-labelledby": labelledby, "aria-describedby": describedby, autofocus, data: { key },
      oninput: () => this.typed(), onclick: () => this.open(), onkeydown: (event) => this.pressed(event),
      onblur: () => this.left(),
    });
    this.tokens = h("span", { class: "tokens" });
    this.clear = h("button", { type: "button", class: "clear", "aria-label": "Clear", tabindex: "-1", onclick: () => this.choose([]) }, "×");
    this.element = h("div", { class: `select ${many ? "many" : ""}`, onclick: (event) => this.clicked(event) },
      this.tokens, this.input, this.clear, h("span", { class: "arrow", "aria-hidden": "true" }));
    this.popup = new Popup(this.element, { class: "list", role: "listbox", id: this.listId });
    this.popup.onclose = () => this.closed();
    this.show();
  }

  show() {
    this.tokens.replaceChildren(...(this.many ? this.chosen.map((one) => this.token(one)) : []));
    if (document.activeElement !== this.input || !this.popup.isOpen) this.input.value = this.many ? "" : this.chosen[0]?.shown ?? "";
    this.input.placeholder = this.many && this.chosen.length ? "" : this.placeholder;
    this.clear.hidden = this.many || !this.optional || !this.chosen.length;
  }

  /** Another choice, of which nobody needs to be told. */
  put(options) {
    this.chosen = options;
    this.show();
  }

  token(one) {
    const drop = () => this.choose(this.chosen.filter((other) => other.value !== one.value));
    return h("span", { class: "token" }, one.shown,
      h("button", { type: "button", tabindex: "-1", "aria-label": `Remove ${one.shown}`, onclick: drop }, "×"));
  }

  clicked(event) {
    if (event.target === this.element || event.target.className === "arrow") this.input.focus(), this.open();
  }

  async open() {
    if (this.popup.isOpen) return;
    if (!this.many) this.input.select();
    await this.look("");
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(this.input.value.trim()), TYPING_PAUSE);
  }

  async look(query) {
    const asked = (this.asked = Symbol("asked"));
    this.element.classList.add("busy");
    try {
      const found = await this.search(query);
      if (asked !== this.asked) return;
      this.offer(found.options, found.hint);
    } catch (failure) {
      if (asked === this.asked) this.offer([], failure.message || "Result failed to load.");
    } finally {
      this.element.classList.remove("busy");
    }
  }

  offer(options, hint) {
    const taken = new Set(this.chosen.map((one) => one.value));
    const isFull = this.many && this.most && this.chosen.length >= this.most;
    this.found = isFull ? [] : this.many ? options.filter((one) => !taken.has(one.value)) : options;
    this.active = this.found.length ? Math.max(0, this.many ? 0 : this.found.findIndex((one) => taken.has(one.value))) : -1;
    let group;
    const rows = this.found.flatMap((one, place) => {
      const heading = one.group && one.group !== group ? [h("div", { class: "group", role: "presentation" }, one.group)] : [];
      group = one.group;
      return [...heading, this.row(one, place, taken)];
    });
    this.popup.element.replaceChildren(...(rows.length ? rows : [h("div", { class: "none" }, isFull ? `At most ${this.most} can be chosen` : hint || "No results")]));
    this.popup.open();
    this.input.setAttribute("aria-expanded", "true");
    this.popup.place();
    this.mark();
  }

  row(one, place, taken) {
    const choose = (event) => {
      event.preventDefault();
      this.take(place);
    };
    return h("div", {
      class: "option", role: "option", id: `${this.listId}-${place}`, "aria-selected": String(taken.has(one.value)),
      onpointerdown: choose, onpointermove: () => this.move(place),
    }, h("span", null, one.shown), one.more ? h("small", null, one.more) : null);
  }

  move(place) {
    if (place === this.active) return;
    this.active = place;
    this.mark();
  }

  mark() {
    for (const row of this.popup.element.querySelectorAll(".option")) {
      const isActive = row.id === `${this.listId}-${this.active}`;
      row.classList.toggle("active", isActive);
      if (isActive) row.scrollIntoView({ block: "nearest" });
    }
    this.input.setAttribute("aria-activedescendant", this.active >= 0 ? `${this.listId}-${this.active}` : "");
  }

  take(place) {
    const one = this.found[place];
    if (!one) return;
    this.popup.close();
    this.input.value = "";
    this.choose(this.many ? [...this.chosen, one] : [one]);
  }

  choose(options) {
    this.chosen = options;
    this.popup.close();
    this.show();
    this.change(options);
    this.input.focus();
  }

  pressed(event) {
    const isOpen = this.popup.isOpen;
    const count = this.found.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!isOpen) this.open();
      else if (count) this.move((this.active + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
    } else if (event.key === "Enter" && isOpen) this.take(this.active);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) this.open();
    else if (event.key === "Escape" && isOpen) this.popup.close(), this.show();
    else if (event.key === "Backspace" && this.many && !this.input.value && this.chosen.length) this.choose(this.chosen.slice(0, -1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  left() {
    clearTimeout(this.timer);
    this.asked = null;
    this.popup.close();
    this.show();
  }

  closed() {
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.setAttribute("aria-activedescendant", "");
  }
}

/** Options whose words contain what was typed. */
export function among(options, query) {
  const wanted = query.toLowerCase();
  return options.filter((one) => one.shown.toLowerCase().includes(wanted) || one.more?.toLowerCase().includes(wanted));
}
