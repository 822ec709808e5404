// Slack's blocks as elements.

import { freshId, h } from "./dom.js";
import { drawElement } from "./elements.js";
import { picture } from "./pictures.js";
import { link, nodes, richText, text, words } from "./texts.js";

/** Blocks of one surface; `errors` are texts by block_id. */
export function drawBlocks(blocks, surface, errors = {}) {
  return blocks.map((block) => drawBlock(block, surface, errors));
}

function drawBlock(block, surface, errors) {
  const draw = BLOCKS[block.type] ?? anything;
  const made = draw(block, surface, errors);
  made.classList.add("block", `block-${block.type}`);
  made.dataset.block = block.block_id ?? "";
  return made;
}

function section(block, surface) {
  const fields = block.fields?.length ? h("div", { class: "fields" }, block.fields.map((field) => h("div", null, text(field)))) : null;
  const body = h("div", { class: "section-text" }, block.text ? h("div", { class: "text" }, text(block.text)) : null, fields);
  const accessory = block.accessory ? h("div", { class: "accessory" }, drawElement(block.accessory, { surface, block })) : null;
  return h("div", null, body, accessory);
}

function actions(block, surface) {
  return h("div", null, block.elements.map((element) => drawElement(element, { surface, block })));
}

function context(block) {
  return h("div", null, block.elements.map((element) =>
    element.type === "image" ? picture(element, "small") : h("span", { class: "text" }, text(element))));
}

function input(block, surface, errors) {
  const label = freshId("label");
  const about = freshId("about");
  const element = drawElement(block.element, { surface, block, labelledby: label, describedby: about });
  const made = h("div", null,
    h("div", { id: label, class: "label" }, words(block.label), block.optional ? h("span", { class: "quiet" }, " (optional)") : null),
    element,
    h("div", { id: about },
      h("div", { class: "error", hidden: true }),
      block.hint ? h("div", { class: "hint" }, words(block.hint)) : null));
  markError(made, errors[block.block_id]);
  return made;
}

/** Errors come and go without drawing the fields anew: somebody may be typing in one of them. */
export function markErrors(container, errors) {
  for (const made of container.querySelectorAll(".block-input")) markError(made, errors[made.dataset.block]);
}

function markError(made, error) {
  made.classList.toggle("wrong", Boolean(error));
  const line = made.querySelector(".error");
  line.hidden = !error;
  line.textContent = error ?? "";
  for (const input of made.querySelectorAll("input, textarea")) {
    if (error) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
}

function image(block) {
  return h("figure", null, block.title ? h("figcaption", null, words(block.title)) : null, picture(block));
}

function table(block) {
  const settings = block.column_settings ?? [];
  const rows = block.rows.map((row, at) => h("tr", null, row.map((cell, column) =>
    h(at === 0 ? "th" : "td", { class: `align-${settings[column]?.align ?? "left"}`, scope: at === 0 ? "col" : null }, cellText(cell)))));
  return h("div", null, h("table", null, h("thead", null, rows[0]), h("tbody", null, rows.slice(1))));
}

function cellText(cell) {
  return cell.type === "rich_text" ? richText(cell) : String(cell.text ?? cell.value ?? "");
}

function card(block, surface) {
  const parts = ["title", "subtitle", "body", "text", "description"].filter((name) => block[name]?.text);
  return h("div", null,
    block.hero_image ? picture(block.hero_image) : null,
    parts.map((name) => h("div", { class: name }, text(block[name]))),
    h("div", { class: "block-actions" }, (block.actions ?? []).map((element) => drawElement(element, { surface, block }))));
}

function container(block, surface, errors) {
  return h("div", null,
    block.title ? h("div", { class: "title" }, words(block.title)) : null,
    block.rich_text_title ? richText(block.rich_text_title) : null,
    (block.child_blocks ?? block.elements).map((inner) => drawBlock(inner, surface, errors)));
}

function video(block) {
  const title = block.title_url ? link(block.title_url, words(block.title)) : words(block.title);
  return h("div", null, h("div", null, "▶ ", title), block.description ? h("div", { class: "hint" }, words(block.description)) : null);
}

/** A block that has no drawing here still shows its words. */
function anything(block) {
  const found = [];
  const gather = (value) => {
    if (Array.isArray(value)) value.forEach(gather);
    else if (value && typeof value === "object") {
      if (value.type === "mrkdwn" || value.type === "plain_text") found.push(h("div", null, text(value)));
      else Object.values(value).forEach(gather);
    }
  };
  gather(block);
  return h("div", null, found);
}

const BLOCKS = {
  section, actions, context, input, image, table, card, video, container,
  data_table: table,
  carousel: container,
  context_actions: actions,
  header: (block) => h("h3", null, words(block.text)),
  divider: () => h("hr"),
  rich_text: (block) => richText(block),
  markdown: (block) => h("div", { class: "text" }, nodes(block.nodes)),
  alert: (block) => h("div", { class: `level-${block.level ?? "default"}`, role: "note" }, text(block.text)),
};
