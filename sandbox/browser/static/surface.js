// A modal, a Home tab or a message as something that can be filled in and pressed. What is typed is kept here, too, so
// that an update of the app never takes a letter away that the server has not heard of yet.

import { confirmed } from "./confirm.js";
import { h } from "./dom.js";
import { deed, slack } from "./store.js";

export class Surface {
  constructor(place, typed, options = {}) {
    this.place = place;
    this.values = structuredClone(typed ?? {});
    this.onfailure = options.onfailure ?? null;
    this.waiting = Promise.resolve();
    this.unsent = new Map();
    this.pending = 0;
    this.halves = new Map(); // Days without a time yet, and the other way round.
  }

  /** Another state of the same surface: what was typed here and is not sent yet stays. */
  renewed(typed) {
    for (const [block, actions] of Object.entries(typed ?? {})) {
      for (const [action, state] of Object.entries(actions)) {
        if (this.unsent.has(`${block}/${action}`)) continue;
        (this.values[block] ??= {})[action] = structuredClone(state);
      }
    }
  }

  state(block, element) {
    return this.values[block.block_id]?.[element.action_id] ?? {};
  }

  dispatches(block) {
    return block.type !== "input" || Boolean(block.dispatch_action);
  }

  /** Something was chosen or typed to its end: the app hears of it if it wants to. */
  async enter(block, element, state, near) {
    this.keep(block, element, state);
    return this.send(block, element, true, near);
  }

  /** Something is being typed: the app does not hear of it, and the server after a moment. */
  type(block, element, state, { tell = false, near = null } = {}) {
    this.keep(block, element, state);
    const key = `${block.block_id}/${element.action_id}`;
    clearTimeout(this.unsent.get(key)?.timer);
    const timer = setTimeout(() => this.send(block, element, tell, near), tell ? 350 : 250);
    this.unsent.set(key, { timer, block, element });
  }

  keep(block, element, state) {
    (this.values[block.block_id] ??= {})[element.action_id] = { type: element.type, ...state };
    const key = `${block.block_id}/${element.action_id}`;
    if (!this.unsent.has(key)) this.unsent.set(key, { timer: null, block, element });
  }

  send(block, element, tell, near) {
    const key = `${block.block_id}/${element.action_id}`;
    clearTimeout(this.unsent.get(key)?.timer);
    const value = plain(this.state(block, element));
    const mine = { timer: null, block, element };
    this.unsent.set(key, mine);
    return this.inOrder(async () => {
      try {
        await deed("enter", { surface: this.place, block: block.block_id, action: element.action_id, value, tell });
      } finally {
        if (this.unsent.get(key) === mine) this.unsent.delete(key);
      }
    }, near, tell && this.dispatches(block));
  }

  /** Whatever was typed and not sent yet. */
  async flush() {
    for (const { timer, block, element } of [...this.unsent.values()]) {
      if (timer !== null) this.send(block, element, false, null);
    }
    await this.waiting;
  }

  async press(block, element, option, near) {
    if (element.confirm && !(await confirmed(element.confirm, near))) return;
    await this.flush();
    await this.inOrder(
      () => deed("press", { surface: this.place, block: block.block_id, action: element.action_id, option }),
      near, true,
    );
  }

  async options(block, element, query) {
    await this.waiting;
    return deed("options", { surface: this.place, block: block.block_id, action: element.action_id, query });
  }

  /** One deed after the other, as the person did them; what fails is said beside what was touched. */
  inOrder(work, near, isBusy = false) {
    this.pending += 1;
    near?.querySelector(":scope > .went-wrong")?.remove();
    if (isBusy) near?.classList.add("busy");
    const done = this.waiting.then(work).catch((failure) => this.failed(failure, near)).finally(() => {
      this.pending -= 1;
      near?.classList.remove("busy");
    });
    this.waiting = done;
    return done;
  }

  failed(failure, near) {
    const where = near?.isConnected ? near : null;
    if (where) where.append(h("span", { class: "went-wrong", role: "alert" }, "⚠ ", said(failure)));
    else this.onfailure?.(said(failure));
  }
}

/** Slack says no more than that something went wrong; here it is said whose fault it was. */
function said(failure) {
  const isSilent = failure.message.startsWith("Oh no, something went wrong");
  return isSilent ? `This failed because ${slack().app.name} did not respond.` : failure.message;
}

/** What the server takes: options by their value, everything else as it is. */
function plain(state) {
  for (const [name, value] of Object.entries(state)) {
    if (name === "type" || name === "timezone") continue;
    if (Array.isArray(value)) return value.map((one) => one?.value ?? one);
    if (name === "rich_text_value") return typeof value === "string" ? value : richWords(value);
    return value?.value ?? value;
  }
  return null;
}

export function richWords(value) {
  if (!value) return "";
  if (typeof value === "string") return value;
  return value.elements.map((part) => (part.elements ?? []).map((leaf) => leaf.text ?? "").join("")).join("\n");
}
