// Lists that open under something: options, menus, suggestions. They lie in front of everything and go where there is
// room.

import { h } from "./dom.js";

const GAP = 4;

export class Popup {
  constructor(anchor, props) {
    this.anchor = anchor;
    this.element = h("div", { popover: "manual", ...props, class: `popup ${props.class ?? ""}` });
    this.outside = (event) => {
      if (!this.element.contains(event.target) && !this.anchor.contains(event.target)) this.close();
    };
    this.moved = (event) => {
      if (!this.element.contains(event.target)) this.place();
    };
    this.onclose = null;
  }

  get isOpen() {
    return this.element.isConnected && this.element.matches(":popover-open");
  }

  open() {
    if (this.isOpen) return;
    this.anchor.append(this.element);
    this.element.showPopover();
    this.place();
    document.addEventListener("pointerdown", this.outside, true);
    document.addEventListener("scroll", this.moved, true);
    window.addEventListener("resize", this.moved);
  }

  close() {
    if (!this.isOpen) return;
    this.element.hidePopover();
    this.element.remove();
    document.removeEventListener("pointerdown", this.outside, true);
    document.removeEventListener("scroll", this.moved, true);
    window.removeEventListener("resize", this.moved);
    this.onclose?.();
  }

  place() {
    if (!this.anchor.isConnected) return this.close();
    const box = this.anchor.getBoundingClientRect();
    const style = this.element.style;
    style.setProperty("min-width", `${Math.min(box.width, 520)}px`);
    const tall = this.element.offsetHeight;
    const below = window.innerHeight - box.bottom - GAP;
    const top = below >= tall || below > box.top ? box.bottom + GAP : Math.max(GAP, box.top - tall - GAP);
    const left = Math.min(box.left, window.innerWidth - this.element.offsetWidth - GAP);
    style.setProperty("top", `${top}px`);
    style.setProperty("left", `${Math.max(GAP, left)}px`);
    return undefined;
  }
}

/** A button that opens a menu. Items: {shown, more, act}. Arrow keys move, Escape and Tab close. */
export function menuButton(props, label, items) {
  const button = h("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", ...props }, label);
  const anchor = h("span", { class: "menu-anchor" }, button);
  const popup = new Popup(anchor, { class: "menu", role: "menu", "aria-label": props["aria-label"] });
  const close = (refocus) => {
    popup.close();
    if (refocus) button.focus();
  };
  popup.onclose = () => button.setAttribute("aria-expanded", "false");
  const open = () => {
    popup.element.replaceChildren(...items().map((item) => entry(item, close)));
    popup.open();
    button.setAttribute("aria-expanded", "true");
    popup.element.querySelector("[role=menuitem]")?.focus();
  };
  button.addEventListener("click", () => (popup.isOpen ? close(true) : open()));
  anchor.addEventListener("keydown", (event) => {
    if (popup.isOpen) steer(event, popup.element, close);
  });
  return anchor;
}

function entry(item, close) {
  const act = () => {
    close(true);
    item.act();
  };
  return h("button", { type: "button", role: "menuitem", tabindex: "-1", class: "option", onclick: act },
    h("span", null, item.shown), item.more ? h("small", null, item.more) : null);
}

function steer(event, menu, close) {
  const entries = [...menu.querySelectorAll("[role=menuitem]")];
  const at = entries.indexOf(document.activeElement);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 };
  if (event.key in moves) entries.at(moves[event.key] % entries.length)?.focus();
  else if (event.key === "Escape") close(true);
  else if (event.key === "Tab") return close(false);
  else return undefined;
  event.preventDefault();
  event.stopPropagation();
  return undefined;
}
