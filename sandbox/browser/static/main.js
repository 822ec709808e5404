// Puts the page together: Slack, PagerDuty beside it, the tour and the clock.

import { Clock } from "./clock.js";
import { Conversation } from "./conversation.js";
import { focusable, h } from "./dom.js";
import { Modals } from "./modal.js";
import { Side } from "./side.js";
import { Sidebar } from "./sidebar.js";
import { connect, isConnected, look, shown, watch } from "./store.js";
import { Tour } from "./tour.js";

const sidebar = new Sidebar();
let conversation = null;
let modals = null;
const clock = new Clock();
const side = new Side();
const tour = new Tour();
const lost = h("div", { class: "lost", role: "alert", hidden: true }, "The connection to the sandbox is gone. Trying again…");

document.getElementById("top").append(clock.element);
document.getElementById("side").append(side.element);
document.getElementById("tour").append(tour.element);
document.body.append(lost);

function build() {
  conversation = new Conversation();
  modals = new Modals(() => [sidebar.bar, sidebar.list, conversation.element, conversation.thread.element]);
  document.getElementById("slack").replaceChildren(sidebar.bar, sidebar.list, conversation.element, conversation.thread.element, modals.element);
}

const drawings = {
  slack() {
    if (!conversation) build();
    if (shown.slack.me !== look.user) return; // Of the person that one was a moment ago.
    sidebar.draw();
    conversation.draw();
    modals.draw();
    document.title = `${shown.slack.team.name} and ${shown.pagerduty ? "PagerDuty" : "Slack"} · sandbox`;
  },
  look() {
    if (shown.slack) drawings.slack();
    side.draw();
  },
  pagerduty: () => side.draw(),
  deliveries: () => side.draw(),
  clock: () => clock.draw(),
  tour() {
    document.getElementById("tour").hidden = !shown.tour;
    document.body.classList.toggle("with-tour", Boolean(shown.tour));
    if (shown.tour) tour.draw();
  },
  connection() {
    lost.hidden = isConnected();
  },
};

watch((part) => drawings[part]?.());

// F6 goes from pane to pane, as in Slack.
document.addEventListener("keydown", (event) => {
  if (event.key !== "F6") return;
  event.preventDefault();
  const panes = ["slack", "tour", "side", "top"].map((id) => document.getElementById(id)).filter((one) => !one.hidden && one.childElementCount);
  const at = panes.findIndex((one) => one.contains(document.activeElement));
  const next = panes.at((at + (event.shiftKey ? -1 : 1)) % panes.length);
  (focusable(next)[0] ?? next).focus();
});

connect();
