// The modal in front, over Slack's part of the page. The focus stays inside; Escape is Cancel, Enter in a line and
// Ctrl+Enter anywhere are Submit.

import { drawBlocks, markErrors } from "./blocks.js";
import { fill, focusable, freshId, h, say } from "./dom.js";
import { deed, slack } from "./store.js";
import { Surface } from "./surface.js";

export class Modals {
  /** `behind` can't be reached while a modal is open. */
  constructor(behind) {
    this.behind = behind;
    this.titleId = freshId("title");
    this.title = h("h2", { id: this.titleId });
    this.trouble = h("div", { class: "trouble", role: "alert", hidden: true });
    this.body = h("div", { class: "modal-body" });
    this.foot = h("footer");
    this.cross = h("button", { type: "button", class: "close", "aria-label": "Close all", onclick: () => this.leave(true) }, "×");
    this.dialog = h("div", { class: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": this.titleId, tabindex: "-1" },
      h("header", null, this.title, this.cross), this.trouble, this.body, this.foot);
    this.element = h("div", { class: "modal-layer", hidden: true, onkeydown: (event) => this.pressed(event) }, this.dialog);
    // Escape closes what is in front also when nothing has the focus.
    document.addEventListener("keydown", (event) => this.view && event.key === "Escape" && event.target === document.body && this.leave(false));
    this.surfaces = new Map();
    this.view = null;
    this.opener = null;
    this.drawn = {};
  }

  draw() {
    const { stack } = slack();
    const view = stack.at(-1) ?? null;
    for (const id of this.surfaces.keys()) if (!stack.some((one) => one.id === id)) this.surfaces.delete(id);
    if (!view) return this.hide();
    const isAnother = view.id !== this.view?.id;
    if (!this.view) this.opener = document.activeElement;
    this.view = view;
    this.element.hidden = false;
    this.behind().forEach((one) => { one.inert = true; });
    this.dialog.dataset.depth = String(stack.length);
    this.show(view, isAnother);
    return undefined;
  }

  hide() {
    if (!this.view) return;
    this.view = null;
    this.drawn = {};
    this.element.hidden = true;
    this.behind().forEach((one) => { one.inert = false; });
    if (this.opener?.isConnected) this.opener.focus();
  }

  show(view, isAnother) {
    const surface = this.surfaceOf(view);
    const errors = JSON.stringify(view.errors);
    const typed = JSON.stringify(surface.values);
    const isOld = view.hash === this.drawn.hash && !isAnother;
    const hasNewErrors = this.drawn.errors !== errors && errors !== "{}";
    const knows = isOld && (surface.pending || surface.unsent.size || same(surface.values, view.typed));
    if (!knows) surface.renewed(view.typed);
    if (!isOld || (!knows && typed !== JSON.stringify(surface.values))) this.fillIn(view, surface, isAnother);
    else if (errors !== this.drawn.errors) markErrors(this.body, view.errors);
    this.drawn = { hash: view.hash, errors };
    if (isAnother) this.enter();
    else if (hasNewErrors && this.isAsking) this.toError();
  }

  fillIn(view, surface, isAnother) {
    const scroll = isAnother ? 0 : this.body.scrollTop;
    this.say("");
    fill(this.title, view.title);
    fill(this.body, drawBlocks(view.blocks, surface, view.errors));
    fill(this.foot, this.buttons(view));
    this.body.scrollTop = scroll;
  }

  surfaceOf(view) {
    const known = this.surfaces.get(view.id);
    if (known) return known;
    const made = new Surface({ kind: "view", id: view.id }, view.typed, { onfailure: (text) => this.say(text) });
    this.surfaces.set(view.id, made);
    return made;
  }

  buttons(view) {
    return [
      h("button", { type: "button", class: "button", data: { key: "close" }, onclick: () => this.leave(false) }, view.close || (view.submit ? "Cancel" : "Close")),
      view.submit ? h("button", { type: "button", class: "button primary", data: { key: "submit" }, onclick: () => this.submit() }, view.submit) : null,
    ];
  }

  enter() {
    const wanted = this.body.querySelector("[autofocus]") ?? firstInput(this.body);
    (wanted ?? this.dialog).focus({ preventScroll: true });
    say(this.view.title);
  }

  toError() {
    this.isAsking = false;
    const wrong = this.body.querySelector(".wrong");
    if (!wrong) return;
    wrong.scrollIntoView({ block: "nearest" });
    firstInput(wrong)?.focus({ preventScroll: true });
    say([...this.body.querySelectorAll(".error")].map((one) => one.textContent).join(" "));
  }

  say(text) {
    this.trouble.hidden = !text;
    fill(this.trouble, text ? `⚠ ${text}` : "");
  }

  pressed(event) {
    if (event.key === "Tab") this.keepInside(event);
    else if (event.key === "Escape") this.leave(false);
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.submit();
    else if (event.key === "Enter" && event.target.tagName === "INPUT" && event.target.type === "text" && !event.isComposing) this.submit();
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  }

  keepInside(event) {
    const reachable = focusable(this.dialog).filter((one) => one.tabIndex >= 0);
    const [first, last] = [reachable[0], reachable.at(-1)];
    const at = document.activeElement;
    if (event.shiftKey && (at === first || at === this.dialog)) last?.focus();
    else if (!event.shiftKey && at === last) first?.focus();
    else return;
    event.preventDefault();
  }

  async submit() {
    const view = this.view;
    if (!view?.submit || this.isSending) return;
    this.isSending = true;
    this.say("");
    const button = this.foot.querySelector(".primary");
    button?.setAttribute("aria-disabled", "true");
    button?.classList.add("busy");
    try {
      await this.surfaces.get(view.id)?.flush();
      this.drawn.errors = null; // The same errors once more are said once more.
      this.isAsking = true;
      await deed("submit", { view: view.id });
    } catch (failure) {
      this.say(failure.message);
    } finally {
      this.isSending = false;
      button?.removeAttribute("aria-disabled");
      button?.classList.remove("busy");
    }
  }

  async leave(everything) {
    try {
      await this.surfaces.get(this.view.id)?.waiting;
      await deed("close", { view: this.view.id, everything });
    } catch (failure) {
      this.say(failure.message);
    }
  }
}

function firstInput(element) {
  return element.querySelector("input:not([disabled]), textarea");
}

function same(ours, theirs) {
  const flat = (values) => JSON.stringify(Object.keys(values).sort().map((block) => [block, Object.keys(values[block]).sort().map((action) => [action, lean(values[block][action])])]));
  return flat(ours) === flat(theirs);
}

/** A state as far as both sides write it alike: options by their value. */
function lean(state) {
  return Object.entries(state).filter(([name]) => name !== "type" && name !== "timezone").map(([, value]) =>
    Array.isArray(value) ? value.map((one) => one?.value ?? one) : value?.value ?? value ?? null).flat();
}
