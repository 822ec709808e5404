// The nodes into which the server turned Slack's markup, as elements.

import { h } from "./dom.js";
import { isApp, look, shown, turn } from "./store.js";

export function text(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? nodes(object.nodes ?? []) : object.shown ?? object.text;
}

export function words(object) {
  return object?.shown ?? object?.text ?? "";
}

export function nodes(list) {
  return list.map(node);
}

function node(one) {
  if (typeof one === "string") return one;
  switch (one.kind) {
    case "bold": return h("strong", null, nodes(one.nodes));
    case "italic": return h("em", null, nodes(one.nodes));
    case "strike": return h("s", null, nodes(one.nodes));
    case "quote": return h("blockquote", null, nodes(one.nodes));
    case "heading": return h("div", { class: "heading" }, nodes(one.nodes));
    case "item": return h("div", { class: "item" }, "• ", nodes(one.nodes));
    case "code": return h("code", null, one.text);
    case "pre": return h("pre", null, one.text);
    case "date": return h("time", null, one.text);
    case "group": return h("span", { class: "mention" }, one.text);
    case "user": return mention(one.id, one.text);
    case "channel": return channel(one.id, one.text);
    case "link": return link(one.url, nodes(one.nodes));
    default: return "";
  }
}

function mention(id, name) {
  const known = isApp(id) ? `@${shown.slack.app.name}` : name; // Apps go by their own name, whatever their user is called.
  return h("span", { class: id === look.user ? "mention me" : "mention" }, known);
}

function channel(id, name) {
  const known = shown.slack.channels.some((one) => one.id === id);
  if (!known) return h("span", { class: "mention" }, name);
  return h("button", { class: "mention link", type: "button", onclick: () => turn({ channel: id, thread: "", tab: "messages" }) }, name);
}

/** Only web pages and letters; the server lets nothing else through, and neither does this. */
export function link(url, children) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return h("span", null, children);
  return h("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, children);
}

export function richText(block) {
  return h("div", { class: "rich" }, block.elements.map(part));
}

function part(element) {
  switch (element.type) {
    case "rich_text_list": return list(element);
    case "rich_text_quote": return h("blockquote", null, element.elements.map(leaf));
    case "rich_text_preformatted": return h("pre", null, element.elements.map(leaf));
    default: return h("div", null, element.elements.map(leaf));
  }
}

function list(element) {
  const tag = element.style === "ordered" ? "ol" : "ul";
  const made = h(tag, { start: element.offset ? element.offset + 1 : null, class: `indent-${Math.min(element.indent ?? 0, 4)}` });
  made.append(...element.elements.map((item) => h("li", null, item.elements.map(leaf))));
  return made;
}

function leaf(one) {
  return styled(bare(one), one.style ?? {});
}

function bare(one) {
  switch (one.type) {
    case "text": return one.text;
    case "link": return link(one.url, one.text || one.url);
    case "user": return mention(one.user_id, one.shown);
    case "channel": return channel(one.channel_id, one.shown);
    case "usergroup": return h("span", { class: "mention" }, one.shown);
    case "broadcast": return h("span", { class: "mention" }, `@${one.range}`);
    case "emoji": case "date": return one.shown;
    case "color": return h("code", null, one.value);
    default: return "";
  }
}

function styled(content, style) {
  let made = content;
  if (style.code) made = h("code", null, made);
  if (style.bold) made = h("strong", null, made);
  if (style.italic) made = h("em", null, made);
  if (style.strike) made = h("s", null, made);
  return made;
}

/** Two letters on a colour of their own, for people and apps. */
export function avatar(who, size = "") {
  const name = who.real || who.shown || "?";
  const letters = isApp(who.id) ? "B" : name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();
  const made = h("span", { class: `avatar ${size}`, "aria-hidden": "true" }, letters);
  if (isApp(who.id)) made.classList.add("app");
  else made.style.setProperty("--hue", hue(name));
  return made;
}

export function hue(name) {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 3600;
  return String((sum * 47) % 360);
}
