// The elements that blocks hold: buttons, menus, selects, pickers, choices and inputs.

import { h } from "./dom.js";
import { menuButton } from "./popup.js";
import { among, Select } from "./select.js";
import { confirmed } from "./confirm.js";
import { isApp, me, shown } from "./store.js";
import { richWords } from "./surface.js";
import { text, words } from "./texts.js";
import { instant, wall, zoneName } from "./time.js";
import { picture } from "./pictures.js";

/** `context` has the surface, the block, and what labels and describes the element. */
export function drawElement(element, context) {
  const draw = KINDS[element.type] ?? (element.type.endsWith("_select") ? select : unknown);
  const near = h("span", { class: `element element-${element.type}`, data: { action: element.action_id ?? "" } });
  near.append(draw(element, { ...context, near }));
  return near;
}

const key = (element, { block }) => `${block.block_id}/${element.action_id}`;

/** Whether the person is sure, where the app wants that asked. */
async function isWanted(element, { surface, block }) {
  return !element.confirm || !surface.dispatches(block) || confirmed(element.confirm);
}

function unknown(element) {
  return h("span", { class: "quiet" }, `[${element.type}]`);
}

function naming(element, { labelledby, describedby }) {
  return {
    "aria-labelledby": labelledby,
    "aria-label": labelledby ? null : words(element.placeholder) || element.accessibility_label || element.action_id,
    "aria-describedby": describedby,
    autofocus: element.focus_on_load,
  };
}

function button(element, context) {
  const { surface, block, near } = context;
  const press = async () => {
    if (element.url && /^https?:/i.test(element.url)) window.open(element.url, "_blank", "noopener");
    await surface.press(block, element, null, near);
  };
  return h("button", {
    type: "button", class: `button ${element.style ?? ""}`, "aria-label": element.accessibility_label,
    data: { key: key(element, context) }, onclick: press,
  }, text(element.text));
}

function feedback(element, context) {
  const { surface, block, near } = context;
  return h("span", null, ["positive_button", "negative_button"].map((name) =>
    h("button", { type: "button", class: "button", onclick: () => surface.press(block, element, null, near) }, text(element[name].text))));
}

function overflow(element, context) {
  const { surface, block, near } = context;
  const items = () => element.options.map((option, place) => ({
    shown: words(option.text),
    more: words(option.description),
    act: () => surface.press(block, element, place, near),
  }));
  return menuButton({ class: "button overflow-button", "aria-label": "More actions", data: { key: key(element, context) } }, "⋯", items);
}

/** Where each kind of select keeps its choice, and who gives the options. */
function select(element, context) {
  const { surface, block, near } = context;
  const many = element.type.startsWith("multi_");
  const kind = element.type.replace("multi_", "").replace("_select", "");
  const slots = {
    static: ["selected_option", "selected_options"], external: ["selected_option", "selected_options"],
    users: ["selected_user", "selected_users"], conversations: ["selected_conversation", "selected_conversations"],
    channels: ["selected_channel", "selected_channels"],
  };
  const slot = slots[kind][many ? 1 : 0];
  const state = surface.state(block, element)[slot];
  const held = (many ? state ?? [] : [state]).filter(Boolean).map((one) => asOption(one, kind));
  const made = new Select({
    ...selectNaming(element, context), many, chosen: held, most: element.max_selected_items,
    optional: block.type === "input" && block.optional, key: key(element, context), placeholder: words(element.placeholder) || "Select",
    search: (query) => find(kind, element, context, query),
    change: async (options) => {
      if (!(await isWanted(element, context))) return made.put(held);
      const values = options.map((one) => (kind === "static" || kind === "external" ? one.option ?? { value: one.value, shown: one.shown } : one.value));
      return surface.enter(block, element, { [slot]: many ? values : values[0] ?? null }, near);
    },
  });
  return made.element;
}

function selectNaming(element, context) {
  const names = naming(element, context);
  return { label: names["aria-label"], labelledby: names["aria-labelledby"], describedby: names["aria-describedby"], autofocus: names.autofocus };
}

function asOption(one, kind) {
  if (typeof one === "object") return { value: one.value, shown: one.shown ?? (words(one.text) || one.value), option: one };
  if (kind === "users") return person(shown.slack.people.find((other) => other.id === one) ?? { id: one, shown: one, real: "" });
  return conversation(shown.slack.channels.find((other) => other.id === one) ?? { id: one, name: one, kind: "public" });
}

const person = (one) => ({ value: one.id, shown: one.shown, more: one.real === one.shown ? "" : one.real });

function conversation(one) {
  if (one.kind === "im") return { value: one.id, shown: shown.slack.people.find((other) => other.id === one.with)?.shown ?? one.name };
  return { value: one.id, shown: `${one.kind === "private" ? "🔒 " : "#"}${one.name}` };
}

async function find(kind, element, context, query) {
  if (kind === "external") return external(element, context, query);
  const all = { static: () => listed(element), users: people, channels: () => channels(["public", "private"]), conversations: () => filtered(element) };
  return { options: among(all[kind](), query) };
}

function listed(element) {
  const option = (one, group) => ({ value: one.value, shown: words(one.text), more: words(one.description), group, option: one });
  const groups = (element.option_groups ?? []).flatMap((group) => group.options.map((one) => option(one, words(group.label))));
  return [...(element.options ?? []).map((one) => option(one)), ...groups];
}

const people = () => shown.slack.people.filter((one) => !one.deleted && !isApp(one.id)).map(person);

function channels(kinds) {
  return shown.slack.channels.filter((one) => kinds.includes(one.kind) && !one.archived).map(conversation);
}

function filtered(element) {
  const wanted = element.filter?.include ?? ["public", "private", "im"];
  const withBots = !element.filter?.exclude_bot_users;
  return channels(wanted).filter((one) => withBots || !isApp(shown.slack.channels.find((other) => other.id === one.value)?.with));
}

async function external(element, { surface, block }, query) {
  const least = element.min_query_length ?? 3;
  if (query.length < least) return { options: [], hint: `Type ${least} or more letters` };
  const found = await surface.options(block, element, query);
  return { options: found.map((one) => ({ ...one, option: { value: one.value, shown: one.shown } })) };
}

function choices(element, context) {
  const { surface, block, near } = context;
  const isRadio = element.type === "radio_buttons";
  const state = surface.state(block, element);
  const held = new Set((isRadio ? [state.selected_option] : state.selected_options ?? []).filter(Boolean).map((one) => one.value));
  const name = `${surface.place.id ?? surface.place.ts}-${key(element, context)}`;
  const inputs = [];
  const change = async () => {
    const chosen = element.options.filter((_, place) => inputs[place].checked);
    if (!(await isWanted(element, context))) return element.options.forEach((option, place) => { inputs[place].checked = held.has(option.value); });
    held.clear();
    for (const one of chosen) held.add(one.value);
    return surface.enter(block, element, isRadio ? { selected_option: chosen[0] ?? null } : { selected_options: chosen }, near);
  };
  const rows = element.options.map((option, place) => {
    inputs[place] = h("input", { type: isRadio ? "radio" : "checkbox", name, checked: held.has(option.value), onchange: change });
    return h("label", { class: "choice", data: { key: `${key(element, context)}/${option.value}` } }, inputs[place],
      h("span", null, text(option.text), option.description ? h("small", null, text(option.description)) : null));
  });
  return h("span", { class: "choices", role: isRadio ? "radiogroup" : "group", ...naming(element, context) }, rows);
}

function day(element, context) {
  const { surface, block, near } = context;
  const enter = (event) => surface.enter(block, element, { selected_date: event.target.value || null }, near);
  return h("input", { type: "date", value: surface.state(block, element).selected_date ?? "", onchange: enter,
    data: { key: key(element, context) }, ...naming(element, context) });
}

function timeOfDay(element, context) {
  const { surface, block, near } = context;
  const enter = (event) => surface.enter(block, element, { selected_time: event.target.value || null }, near);
  return h("span", { class: "moment" },
    h("input", { type: "time", value: surface.state(block, element).selected_time ?? "", onchange: enter,
      data: { key: key(element, context) }, ...naming(element, context) }),
    element.timezone ? h("small", null, zoneName(element.timezone)) : null);
}

function moment(element, context) {
  const { surface, block, near } = context;
  const zone = me().tz;
  const held = surface.state(block, element).selected_date_time;
  const at = surface.halves.get(key(element, context)) ?? (held ? wall(held, zone) : { date: "", time: "" });
  const enter = () => {
    const both = { date: date.value, time: time.value };
    const seconds = both.date && both.time ? instant(both, zone) : null;
    surface.halves.delete(key(element, context));
    if (seconds === null && (both.date || both.time)) return surface.halves.set(key(element, context), both);
    return surface.enter(block, element, { selected_date_time: seconds }, near);
  };
  const named = naming(element, context);
  const date = h("input", { type: "date", value: at.date, onchange: enter, data: { key: key(element, context) }, ...named, "aria-description": "Day" });
  const time = h("input", { type: "time", value: at.time, onchange: enter, data: { key: `${key(element, context)}/time` }, ...named, "aria-description": `Time in ${zoneName(zone)}` });
  return h("span", { class: "moment" }, date, time, h("small", null, zoneName(zone)));
}

function line(element, context) {
  const { surface, block, near } = context;
  const isRich = element.type === "rich_text_input";
  const slot = isRich ? "rich_text_value" : "value";
  const held = surface.state(block, element)[slot];
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tells = surface.dispatches(block) && triggers.includes("on_character_entered");
  const state = (event) => ({ [slot]: event.target.value || null });
  const pressed = (event) => {
    if (event.key !== "Enter" || event.isComposing || !surface.dispatches(block) || !triggers.includes("on_enter_pressed")) return;
    if (event.target.tagName === "TEXTAREA" && event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    surface.enter(block, element, state(event), near);
  };
  const isLong = element.multiline || isRich;
  const modes = { number_input: element.is_decimal_allowed ? "decimal" : "numeric", email_text_input: "email", url_text_input: "url" };
  return h(isLong ? "textarea" : "input", {
    type: isLong ? null : "text", rows: isLong ? 3 : null, inputmode: modes[element.type], autocomplete: "off",
    value: isRich ? richWords(held) : held ?? "", placeholder: words(element.placeholder), data: { key: key(element, context) },
    oninput: (event) => surface.type(block, element, state(event), { tell: tells, near }),
    onblur: () => surface.flush(), onkeydown: pressed, ...naming(element, context),
  });
}

const KINDS = {
  button, workflow_button: button, icon_button: button, feedback_buttons: feedback, overflow, image: picture,
  radio_buttons: choices, checkboxes: choices, datepicker: day, timepicker: timeOfDay, datetimepicker: moment,
  plain_text_input: line, email_text_input: line, url_text_input: line, number_input: line, rich_text_input: line,
};
