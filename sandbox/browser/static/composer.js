// Where messages are written: Enter sends, Shift+Enter makes a line, a slash offers commands and their words, an @ people.

import { freshId, h } from "./dom.js";
import { menuButton, Popup } from "./popup.js";
import { deed, slack } from "./store.js";

export class Composer {
  constructor({ label, thread = false, onfailure }) {
    this.thread = thread;
    this.onfailure = onfailure;
    this.listId = freshId("commands");
    this.input = h("textarea", {
      rows: 1, "aria-label": label, role: "combobox", "aria-expanded": "false", "aria-controls": this.listId, "aria-autocomplete": "list",
      oninput: () => this.typed(), onkeydown: (event) => this.pressed(event), onblur: () => this.popup.close(),
    });
    this.sender = h("button", { type: "button", class: "send", "aria-label": "Send", onclick: () => this.send() }, "➤");
    this.box = h("div", { class: "composer-box" }, this.input,
      h("div", { class: "composer-foot" }, thread ? null : this.shortcuts(), h("span", { class: "grow" }), this.sender));
    this.element = h("div", { class: "composer" }, this.box);
    this.popup = new Popup(this.box, { class: "list commands", role: "listbox", id: this.listId });
    this.popup.onclose = () => this.input.setAttribute("aria-expanded", "false");
    this.found = [];
    this.active = 0;
    this.place = null;
  }

  /** Where what is written goes to. */
  at(place, placeholder) {
    this.place = place;
    this.input.placeholder = placeholder;
  }

  shortcuts() {
    const { app } = slack();
    const items = () => [
      ...app.shortcuts.filter((one) => one.kind === "global").map((one) => ({ shown: one.name, more: one.description, act: () => this.run(one) })),
      ...app.commands.map((one) => ({ shown: `${one.name} ${one.hint}`, more: one.description, act: () => this.begin(`${one.name} `) })),
    ];
    return menuButton({ class: "plus", "aria-label": "Shortcuts", title: "Shortcuts" }, "⚡", items);
  }

  begin(text) {
    this.input.value = text;
    this.input.focus();
    this.typed();
  }

  async run(shortcut) {
    try {
      await deed("shortcut", { id: shortcut.id });
    } catch (failure) {
      this.onfailure(failure.message);
    }
  }

  typed() {
    this.grow();
    this.found = this.suggestions();
    this.active = 0;
    if (!this.found.length) return this.popup.close();
    this.popup.element.replaceChildren(...this.found.map((one, place) => this.row(one, place)));
    this.popup.open();
    this.popup.place();
    this.input.setAttribute("aria-expanded", "true");
    return this.mark();
  }

  grow() {
    this.input.style.setProperty("height", "auto");
    this.input.style.setProperty("height", `${Math.min(this.input.scrollHeight, 160)}px`);
  }

  suggestions() {
    const before = this.input.value.slice(0, this.input.selectionStart);
    if (before.startsWith("/") && !this.thread) return suggestedCommands(before);
    const at = /(^|\s)@([\w.-]*)$/.exec(before);
    return at ? suggestedPeople(at[2], before.length - at[2].length) : [];
  }

  row(one, place) {
    const take = (event) => {
      event.preventDefault();
      this.take(place);
    };
    return h("div", { class: "option", role: "option", id: `${this.listId}-${place}`, onpointerdown: take },
      h("span", null, h("b", null, one.shown), one.hint ? ` ${one.hint}` : ""), one.more ? h("small", null, one.more) : null);
  }

  mark() {
    for (const row of this.popup.element.querySelectorAll(".option")) {
      const isActive = row.id === `${this.listId}-${this.active}`;
      row.classList.toggle("active", isActive);
      row.setAttribute("aria-selected", String(isActive));
      if (isActive) row.scrollIntoView({ block: "nearest" });
    }
    this.input.setAttribute("aria-activedescendant", `${this.listId}-${this.active}`);
  }

  take(place) {
    const one = this.found[place];
    const after = this.input.value.slice(this.input.selectionStart);
    this.input.value = this.input.value.slice(0, one.from) + one.insert + after;
    this.typed();
  }

  pressed(event) {
    if (event.isComposing) return;
    const isOpen = this.popup.isOpen;
    if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      this.active = (this.active + (event.key === "ArrowDown" ? 1 : this.found.length - 1)) % this.found.length;
      this.mark();
    } else if (isOpen && event.key === "Tab") this.take(this.active);
    else if (isOpen && event.key === "Escape") this.popup.close();
    else if (event.key === "Enter" && !event.shiftKey) this.entered(isOpen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Enter completes a command or a name that is begun; what is whole is sent. */
  entered(isOpen) {
    const one = isOpen ? this.found[this.active] : null;
    const typed = this.input.value.slice(one?.from ?? 0, this.input.selectionStart);
    if (one && one.insert.trimEnd() !== typed.trimEnd() && !one.isWhole) this.take(this.active);
    else this.send();
  }

  async send() {
    const text = this.input.value.trim();
    if (!text || !this.place || this.isSending) return;
    this.popup.close();
    const command = slack().app.commands.find((one) => text === one.name || text.startsWith(`${one.name} `));
    this.isSending = true;
    this.input.value = "";
    this.grow();
    try {
      await this.do(text, command);
    } catch (failure) {
      if (!this.input.value) this.input.value = text; // Nothing that was typed is lost.
      this.onfailure(failure.message);
    } finally {
      this.isSending = false;
    }
  }

  async do(text, command) {
    if (command && this.thread) throw new Error(`${command.name} is not supported in threads. Sorry!`);
    if (command) return deed("command", { channel: this.place.channel, line: text });
    if (/^\/[\w-]+(\s|$)/.test(text)) throw new Error(`${text.split(/\s/)[0]} is not a valid command.`);
    return deed("say", { ...this.place, text });
  }
}

function suggestedCommands(before) {
  const known = slack().app.commands;
  const command = known.find((one) => before.startsWith(`${one.name} `));
  if (!command) {
    return known.filter((one) => one.name.startsWith(before)).map((one) => ({ from: 0, insert: `${one.name} `, shown: one.name, hint: one.hint, more: one.description }));
  }
  const typed = before.slice(command.name.length + 1);
  if (/\s/.test(typed)) return [];
  const from = command.name.length + 1;
  return subwords(command).filter((one) => one.word.startsWith(typed.toLowerCase())).slice(0, 12)
    .map((one) => ({ from, insert: one.word, shown: `${command.name} ${one.word}`, more: one.more }));
}

/** The words of a command: those of its usage hint, and those that the app explained in a message here. */
function subwords(command) {
  const found = new Map();
  for (const word of command.hint.split("]")[0].match(/[a-z][a-z-]+/g) ?? []) found.set(word, "");
  for (const [word, more] of explained(command.name, slack().open?.messages ?? [])) {
    if (!found.get(word)) found.set(word, more);
  }
  return [...found].map(([word, more]) => ({ word, more }));
}

/** `/oncall word` as code with a dash and a few words behind it, as a list of commands has them. */
function* explained(name, value) {
  if (Array.isArray(value)) {
    for (const [at, one] of value.entries()) {
      const word = one?.kind === "code" && one.text.startsWith(`${name} `) ? /^[a-z][a-z-]+/.exec(one.text.slice(name.length + 1))?.[0] : null;
      const after = typeof value[at + 1] === "string" ? /^ [–-] ([^\n]+)/.exec(value[at + 1])?.[1] : "";
      if (word) yield [word, after ?? ""];
      yield* explained(name, one);
    }
  } else if (value && typeof value === "object") {
    for (const inner of Object.values(value)) yield* explained(name, inner);
  }
}

function suggestedPeople(typed, from) {
  const wanted = typed.toLowerCase();
  return slack().people.filter((one) => !one.deleted && (one.name.startsWith(wanted) || one.shown.toLowerCase().startsWith(wanted)))
    .slice(0, 8).map((one) => ({ from, insert: `${one.name} `, shown: `@${one.name}`, more: one.real }));
}
