// The middle of Slack: one conversation with its composer and thread, or the app's Home.

import { Composer } from "./composer.js";
import { fill, h, say } from "./dom.js";
import { Home } from "./home.js";
import { Messages } from "./messages.js";
import { channelOf, deed, isApp, look, person, slack, turn } from "./store.js";
import { avatar, nodes } from "./texts.js";
import { zoneName } from "./time.js";

export class Conversation {
  constructor() {
    const failed = (text) => this.failed(text);
    this.head = h("header", { class: "conversation-head" });
    this.messages = new Messages("Messages", failed);
    this.composer = new Composer({ label: "Message", onfailure: failed });
    this.failures = h("div", { class: "failures", "aria-live": "assertive" });
    this.closed = h("div", { class: "closed", hidden: true });
    this.home = new Home(failed);
    this.thread = new Thread(failed);
    this.element = h("section", { class: "conversation", "aria-label": "Conversation" },
      this.head, this.home.element, this.messages.element, this.failures, this.closed, this.composer.element);
    this.seen = "";
  }

  draw() {
    const channel = channelOf(look.channel);
    if (!channel) return;
    const app = channel.id === slack().app.direct;
    const showsHome = app && look.tab === "home" && slack().app.has_home;
    const here = `${look.user}/${channel.id}/${showsHome}`;
    if (here !== this.seen) this.arrived(here, showsHome);
    fill(this.head, app ? this.appHead() : this.plainHead(channel));
    this.home.element.hidden = !showsHome;
    this.messages.element.hidden = showsHome;
    if (showsHome) this.home.draw();
    else if (slack().open?.channel === channel.id) this.messages.draw(channel.id, slack().open.messages);
    this.drawComposer(channel, app, showsHome);
    this.thread.draw(channel);
  }

  arrived(here, showsHome) {
    this.seen = here;
    fill(this.failures);
    if (showsHome) this.home.open();
  }

  plainHead(channel) {
    const other = channel.kind === "im" ? person(channel.with) : null;
    const name = other ? [avatar(other, "tiny"), other.real || other.shown] : `${channel.kind === "private" ? "🔒" : "#"} ${channel.name}`;
    return [
      h("h2", null, name),
      h("div", { class: "topic" }, other ? zoneName(other.tz) : nodes(channel.topic)),
      other ? null : h("span", { class: "quiet count" }, `${channel.members} ${channel.members === 1 ? "member" : "members"}`),
    ];
  }

  appHead() {
    const { app } = slack();
    const tab = (name, label) => h("button", {
      type: "button", role: "tab", "aria-selected": String(look.tab === name), data: { key: `tab-${name}` }, onclick: () => turn({ tab: name }),
    }, label);
    return [
      h("h2", null, avatar(person(app.user), "tiny"), app.name),
      h("div", { class: "tabs", role: "tablist", "aria-label": app.name }, app.has_home ? tab("home", "Home") : null, tab("messages", "Messages")),
    ];
  }

  drawComposer(channel, app, showsHome) {
    const reason = closedFor(channel, app);
    this.composer.element.hidden = showsHome || Boolean(reason);
    this.closed.hidden = showsHome || !reason;
    if (reason) fill(this.closed, reason, channel.member || channel.archived ? null : joinButton(channel, (text) => this.failed(text)));
    this.composer.at({ channel: channel.id }, placeholder(channel));
  }

  /** As Slack's own bot says it, to this person alone; it goes with the next failure or another conversation. */
  failed(text) {
    const gone = () => fill(this.failures);
    fill(this.failures, h("div", { class: "failure", role: "alert" },
      h("span", null, "⚠ ", text), h("button", { type: "button", "aria-label": "Dismiss", onclick: gone }, "×")));
    say(text);
  }
}

function closedFor(channel, app) {
  if (channel.archived) return "This channel was archived.";
  if (app && slack().app.is_read_only) return "Sending messages to this app has been turned off.";
  return channel.member ? "" : "You are not in this channel.";
}

function joinButton(channel, failed) {
  const join = () => deed("join", { channel: channel.id }).catch((failure) => failed(failure.message));
  return h("button", { type: "button", class: "button", onclick: join }, "Join channel");
}

function placeholder(channel) {
  if (channel.kind !== "im") return `Message #${channel.name}`;
  return `Message ${isApp(channel.with) ? slack().app.name : person(channel.with).shown}`;
}

class Thread {
  constructor(failed) {
    this.messages = new Messages("Thread", failed);
    this.composer = new Composer({ label: "Reply", thread: true, onfailure: failed });
    this.element = h("aside", { class: "thread", "aria-label": "Thread", hidden: true },
      h("header", null, h("h2", null, "Thread"),
        h("button", { type: "button", class: "close", "aria-label": "Close thread", onclick: () => turn({ thread: "" }) }, "×")),
      this.messages.element, this.composer.element);
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && turn({ thread: "" }));
  }

  draw(channel) {
    this.element.hidden = !look.thread;
    if (!look.thread || slack().open?.channel !== channel.id) return;
    this.messages.draw(`${channel.id}`, slack().open.thread, { inThread: true });
    this.composer.at({ channel: channel.id, thread: look.thread }, "Reply…");
  }
}
