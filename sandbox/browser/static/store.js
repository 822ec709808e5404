// What the page knows: the newest of each part that the server showed, where this page looks, and how to do something.

export const shown = {};
export const look = { user: "", channel: "", thread: "", week: 0, tab: "messages" };

const token = document.querySelector("meta[name=token]").content;
const watchers = [];
let socket = null;
let pause = 500;

/** Call back with the name of a part whenever it is there anew; "connection" when that came or went. */
export function watch(callback) {
  watchers.push(callback);
}

function tell(part) {
  for (const callback of watchers) callback(part);
}

export function isConnected() {
  return socket?.readyState === WebSocket.OPEN;
}

export function connect() {
  socket = new WebSocket(`ws://${location.host}/live`);
  socket.addEventListener("open", () => {
    pause = 500;
    if (look.user) send(look);
    tell("connection");
  });
  socket.addEventListener("message", (event) => {
    const { part, shown: fresh } = JSON.parse(event.data);
    if (part === "run" && shown.run && shown.run !== fresh) return location.reload(); // Another sandbox, other ids.
    shown[part] = fresh;
    if (part === "slack") followUser(fresh);
    return tell(part);
  });
  socket.addEventListener("close", () => {
    tell("connection");
    setTimeout(connect, pause);
    pause = Math.min(pause * 2, 5000);
  });
}

/** At first the server says who one is and where; later when that person has left. */
function followUser(slack) {
  if (!slack.people.some((one) => one.id === look.user && !one.deleted)) {
    look.user = slack.me;
    look.channel = slack.open?.channel ?? slack.channels[0]?.id ?? "";
  }
}

function send(message) {
  if (isConnected()) socket.send(JSON.stringify(message));
}

/** Look somewhere else: another person, conversation, thread, week or tab. */
export function turn(changes) {
  Object.assign(look, changes);
  send(changes);
  tell("look");
}

export class Failure extends Error {
  constructor(message, field) {
    super(message);
    this.field = field ?? "";
  }
}

/** Do something as the person that one is. Raises Failure with what Slack or PagerDuty would say. */
export async function deed(name, body = {}) {
  let response;
  try {
    response = await fetch(`/do/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-sandbox-token": token },
      body: JSON.stringify({ as: look.user, ...body }),
    });
  } catch {
    throw new Failure("The sandbox does not answer. Is it still running?");
  }
  if (response.status === 403) location.reload(); // The server was started anew, with another token.
  let answer = {};
  try {
    answer = await response.json();
  } catch {
    // An answer without JSON is a failure, too.
  }
  if (!response.ok) throw new Failure(answer.failure ?? "The sandbox could not do this.", answer.field);
  return answer.result;
}

export const slack = () => shown.slack;
export const me = () => person(shown.slack.me);
export const person = (id) => shown.slack.people.find((one) => one.id === id) ?? { id, shown: id, real: id, tz: "UTC" };
export const channelOf = (id) => shown.slack.channels.find((one) => one.id === id);
export const isApp = (id) => id === shown.slack.app.user;
