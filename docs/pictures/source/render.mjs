// Draws each scene of scenes.json as a page that looks like Slack: a modal in its frame, or a message of the app.
import { readFileSync, writeFileSync } from "node:fs";
import { createElement as h } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import * as kit from "slack-blocks-to-jsx";

const scenes = JSON.parse(readFileSync("scenes.json", "utf8"));
const css = readFileSync("node_modules/slack-blocks-to-jsx/dist/style.css", "utf8");
const frame = `
body { margin: 0; padding: 16px; background: #fff; font: 15px/1.46 Lato, "Helvetica Neue", Arial, sans-serif; color: #1d1c1d }
.modal { border: 1px solid #ddd; border-radius: 8px; box-shadow: 0 4px 16px #0002; overflow: hidden }
.modal header, .modal footer { padding: 14px 20px; display: flex; gap: 10px; align-items: center; font-weight: 700 }
.modal header { font-size: 20px; border-bottom: 1px solid #eee }
.modal footer { justify-content: flex-end; border-top: 1px solid #eee }
.modal main { padding: 8px 20px }
.press { border: 1px solid #bbb; border-radius: 6px; padding: 7px 14px; font-size: 15px }
.press.main { background: #007a5a; border-color: #007a5a; color: #fff }
.message { display: flex; gap: 10px }
.avatar { flex: none; width: 38px; height: 38px; border-radius: 8px; background: #1f3a5f; color: #fff; display: grid; place-items: center; font-weight: 700 }
.only { color: #616061; font-size: 13px } .who { font-weight: 900 } .app { background: #eee; font-size: 11px; padding: 1px 4px; border-radius: 3px; color: #616061 }
.pointer-events-none { color: #1d1c1d !important }
input[type=date][value=""]::-webkit-datetime-edit, input[type=date]:not([value])::-webkit-datetime-edit { color: transparent }
textarea { height: 38px !important; min-height: 0 !important; resize: none }
`;

// Remarks of the drawing library that Slack does not make.
const NOT_SLACKS = ["↵ Please &#x27;enter&#x27; to submit", "Requires external data source"];

const body = (scene) =>
  h(kit.Message, { blocks: scene.blocks, data: { users: scene.users, channels: scene.channels }, withoutWrapper: true, theme: "light" });

const modal = (scene) =>
  h("div", { className: "modal" },
    h("header", null, scene.title),
    h("main", null, body(scene)),
    h("footer", null,
      h("span", { className: "press" }, scene.close ?? "Cancel"),
      scene.submit && h("span", { className: "press main" }, scene.submit)));

const message = (scene) =>
  h("div", { className: "message" },
    h("div", { className: "avatar" }, "B"),
    h("div", null,
      h("div", { className: "only" }, "Only visible to you"),
      h("div", null, h("span", { className: "who" }, "Baton"), " ", h("span", { className: "app" }, "APP")),
      body(scene)));

for (const scene of scenes) {
  const drawn = renderToStaticMarkup(scene.title ? modal(scene) : message(scene));
  const markup = NOT_SLACKS.reduce((text, words) => text.replaceAll(words, ""), drawn);
  const measure = "<script>document.documentElement.dataset.tall = Math.ceil(document.getElementById('all').getBoundingClientRect().bottom) + 16</script>";
  const page = `<!doctype html><meta charset="utf-8"><style>${css}${frame}</style><div id="all">${markup}</div>${measure}`;
  writeFileSync(`${scene.name}.html`, page);
}
