// Messages: who, when, what; with the menu of what can be done with one.

import { drawBlocks } from "./blocks.js";
import { h, keyed } from "./dom.js";
import { picture } from "./pictures.js";
import { menuButton } from "./popup.js";
import { deed, isApp, me, person, slack, turn } from "./store.js";
import { Surface } from "./surface.js";
import { avatar, nodes } from "./texts.js";
import { clockTime, dayName } from "./time.js";

const NEAR_END = 60;

/** A list of messages that stays at its end when it was there. */
export class Messages {
  constructor(label, onfailure) {
    this.element = h("div", { class: "messages", role: "log", "aria-label": label, tabindex: "0", onscroll: () => this.scrolled() });
    this.isAtEnd = true;
    new ResizeObserver(() => this.toEnd()).observe(this.element);
    this.onfailure = onfailure;
    this.surfaces = new Map();
    this.channel = "";
  }

  draw(channel, messages, { inThread = false } = {}) {
    const isOther = channel !== this.channel || me().id !== this.owner;
    if (me().id !== this.owner) this.forget();
    this.channel = channel;
    const items = withDays(messages);
    keyed(this.element, items, (item) => item.key, (item) => (item.day ? dayLine(item.day) : this.message(item, channel, inThread)));
    this.isAtEnd ||= isOther;
    this.toEnd();
    requestAnimationFrame(() => this.toEnd());
  }

  scrolled() {
    this.isAtEnd = this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < NEAR_END;
  }

  toEnd() {
    if (this.isAtEnd) this.element.scrollTop = this.element.scrollHeight;
  }

  /** Somebody else looks: other clocks, other choices. */
  forget() {
    this.owner = me().id;
    this.element.replaceChildren();
    this.surfaces.clear();
  }

  message(item, channel, inThread) {
    const { message, isFirst } = item;
    const who = person(message.user);
    const surface = this.surfaceOf(channel, message);
    const body = message.blocks.length ? drawBlocks(message.blocks, surface) : [h("div", { class: "text" }, nodes(message.nodes))];
    const time = clockTime(Number(message.ts), me().tz);
    return h("article", { class: `message ${message.only ? "only" : ""} ${isFirst ? "" : "again"}`, "aria-label": `${who.shown}, ${time}`, data: { ts: message.ts } },
      h("div", { class: "left" }, isFirst ? avatar(who) : h("span", { class: "small-time" }, time)),
      h("div", { class: "body" },
        message.only ? h("div", { class: "only-you" }, "👁 Only visible to you") : null,
        isFirst ? h("div", { class: "head" }, h("span", { class: "author" }, who.shown), isApp(who.id) ? h("span", { class: "badge-app" }, "APP") : null, h("time", null, time)) : null,
        body,
        message.files.map((file) => h("figure", null, h("figcaption", null, file.title), picture({ slack_file: { id: file.id }, alt_text: file.alt }))),
        message.edited ? h("span", { class: "quiet" }, " (edited)") : null,
        message.replies && !inThread ? replies(message) : null),
      tools(channel, message, inThread, this.onfailure));
  }

  /** What was filled in stays with its message while the page is open. */
  surfaceOf(channel, message) {
    const known = this.surfaces.get(message.ts);
    if (known) {
      known.renewed(message.typed);
      return known;
    }
    const made = new Surface({ kind: "message", channel, ts: message.ts }, message.typed, { onfailure: this.onfailure });
    this.surfaces.set(message.ts, made);
    return made;
  }
}

function withDays(messages) {
  const zone = me().tz;
  const items = [];
  let day = "";
  let before = null;
  for (const message of messages) {
    const today = dayName(Number(message.ts), zone);
    if (today !== day) items.push({ key: `day-${today}`, day: today });
    const follows = before && today === day && before.user === message.user && before.only === message.only && Number(message.ts) - Number(before.ts) < 300;
    const { typed, ...rest } = message;
    items.push({ key: message.ts, isFirst: !follows, message: Object.defineProperty(rest, "typed", { value: typed, enumerable: false }) });
    day = today;
    before = message;
  }
  return items;
}

function dayLine(day) {
  return h("div", { class: "day", role: "separator" }, h("span", null, day));
}

function replies(message) {
  const { count } = message.replies;
  return h("button", { type: "button", class: "replies", onclick: () => turn({ thread: message.ts }) }, `${count} ${count === 1 ? "reply" : "replies"}`);
}

function tools(channel, message, inThread, onfailure) {
  if (message.only) return null;
  const shortcuts = slack().app.shortcuts.filter((one) => one.kind === "message");
  const ask = async (one) => {
    try {
      await deed("message_shortcut", { id: one.id, channel, ts: message.ts });
    } catch (failure) {
      onfailure(failure.message);
    }
  };
  return h("div", { class: "tools" },
    inThread ? null : h("button", { type: "button", "aria-label": "Reply in thread", title: "Reply in thread", onclick: () => turn({ thread: message.ts }) }, "💬"),
    shortcuts.length ? menuButton({ "aria-label": "More actions", title: "More actions" }, "⋮", () =>
      shortcuts.map((one) => ({ shown: one.name, more: slack().app.name, act: () => ask(one) }))) : null);
}
