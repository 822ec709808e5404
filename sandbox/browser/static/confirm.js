// A dialog of our own for confirmations: in front of everything, with the focus inside until it is answered.

import { freshId, h } from "./dom.js";
import { text, words } from "./texts.js";

/** Whether the person said yes. */
export function confirmed(confirm) {
  return asked({
    title: words(confirm.title),
    body: h("p", null, text(confirm.text)),
    yes: words(confirm.confirm),
    no: words(confirm.deny),
    isDangerous: confirm.style === "danger",
  });
}

export function asked({ title, body, yes, no = "Cancel", isDangerous = false }) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const id = freshId("confirm");
    const done = (answer) => {
      dialog.close();
      dialog.remove();
      if (before?.isConnected) before.focus();
      resolve(answer);
    };
    const dialog = h("dialog", { class: "confirm", "aria-labelledby": id, oncancel: (event) => { event.preventDefault(); done(false); } },
      h("h2", { id }, title),
      body,
      h("div", { class: "buttons" },
        h("button", { type: "button", class: "button", onclick: () => done(false) }, no),
        h("button", { type: "button", class: isDangerous ? "button danger" : "button primary", onclick: () => done(true) }, yes)));
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector(".buttons button:last-child").focus();
  });
}
