// The left of Slack: the workspace, who one is, channels, direct messages and apps.

import { fill, h } from "./dom.js";
import { deed, look, person, shown, slack, turn } from "./store.js";
import { avatar } from "./texts.js";

export class Sidebar {
  constructor() {
    this.bar = h("nav", { class: "workspaces", "aria-label": "Workspaces" });
    this.list = h("nav", { class: "sidebar", "aria-label": "Conversations" });
  }

  draw() {
    const { team } = slack();
    fill(this.bar,
      h("div", { class: "workspace", role: "img", title: team.name, "aria-label": `Workspace ${team.name}` }, team.name.slice(0, 1)),
      h("div", { class: "grow" }),
      avatar(person(slack().me), "large"));
    fill(this.list, this.head(), this.channels(), this.directs(), this.apps());
  }

  head() {
    const people = slack().people.filter((one) => !one.bot && !one.deleted);
    const switchTo = (event) => turn({ user: event.target.value, thread: "", channel: this.sameOrFirst(event.target.value) });
    return h("div", { class: "team" },
      h("h1", null, slack().team.name),
      h("label", { class: "who" }, "You are ",
        h("select", { "aria-label": "You are", data: { key: "who" }, onchange: switchTo },
          people.map((one) => option(one)))));
  }

  /** A conversation that the other person knows as well, or the first that everybody knows. */
  sameOrFirst() {
    const here = slack().channels.find((one) => one.id === look.channel);
    if (here && here.kind === "public") return here.id;
    return slack().channels.find((one) => one.kind === "public")?.id ?? "";
  }

  channels() {
    const known = slack().channels.filter((one) => one.kind !== "im" && !one.archived);
    const mine = known.filter((one) => one.member);
    const others = known.filter((one) => !one.member);
    return [
      section("Channels", mine.map((one) => this.row(one, `${one.kind === "private" ? "🔒" : "#"} ${one.name}`))),
      others.length ? section("Other channels", others.map((one) => this.row(one, `# ${one.name}`, "quiet"))) : null,
    ];
  }

  directs() {
    const people = slack().people.filter((one) => !one.bot && !one.deleted && one.id !== slack().me);
    const rows = people.map((one) => {
      const channel = slack().channels.find((other) => other.kind === "im" && other.with === one.id);
      const open = async () => turn({ channel: channel?.id ?? (await deed("direct", { with: one.id })).channel, thread: "", tab: "messages" });
      return entry({ label: one.real || one.shown, icon: avatar(one, "tiny"), channel, open, key: one.id });
    });
    return section("Direct messages", rows);
  }

  apps() {
    const { app } = slack();
    const channel = slack().channels.find((one) => one.id === app.direct);
    const open = () => {
      turn({ channel: app.direct, thread: "", tab: app.has_home && !channel?.unread ? "home" : "messages" });
    };
    return section("Apps", [entry({ label: app.name, icon: avatar(person(app.user), "tiny"), channel, open, key: "app" })]);
  }

  row(channel, label, extra = "") {
    return entry({ label, channel, extra, key: channel.id, open: () => turn({ channel: channel.id, thread: "", tab: "messages" }) });
  }
}

function option(one) {
  const made = h("option", { value: one.id }, one.real || one.shown);
  made.selected = one.id === shown.slack.me;
  return made;
}

function section(title, rows) {
  return h("section", null, h("h2", null, title), h("ul", null, rows.map((row) => h("li", null, row))));
}

function entry({ label, icon, channel, open, key, extra = "" }) {
  const isHere = Boolean(channel) && channel.id === look.channel;
  const unread = isHere ? 0 : channel?.unread ?? 0;
  const classes = ["entry", isHere ? "here" : "", unread ? "unread" : "", extra].join(" ");
  return h("button", { type: "button", class: classes, "aria-current": isHere ? "page" : null, onclick: open, data: { key: `side-${key}` } },
    icon, h("span", { class: "name" }, label),
    unread ? h("span", { class: "badge", "aria-label": `${unread} new` }, String(unread)) : null);
}
