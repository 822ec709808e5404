// The app's Home: asked for whenever it is opened, drawn anew whenever the app publishes another one.

import { drawBlocks } from "./blocks.js";
import { fill, h } from "./dom.js";
import { deed, slack } from "./store.js";
import { Surface } from "./surface.js";

export class Home {
  constructor(failed) {
    this.failed = failed;
    this.element = h("div", { class: "home", role: "tabpanel", "aria-label": "Home", tabindex: "0", hidden: true });
    this.drawn = "";
    this.surface = null;
  }

  open() {
    deed("open_home").catch((failure) => this.failed(failure.message));
  }

  draw() {
    const view = slack().home;
    const version = view ? `${view.id}/${view.hash}` : "none";
    if (version === this.drawn) return;
    this.drawn = version;
    if (!view) {
      fill(this.element, h("p", { class: "quiet" }, "Nothing here yet."));
      return;
    }
    if (this.surface?.place.id === view.id) this.surface.renewed(view.typed);
    else this.surface = new Surface({ kind: "view", id: view.id }, view.typed, { onfailure: this.failed });
    fill(this.element, h("div", { class: "home-blocks" }, drawBlocks(view.blocks, this.surface)));
  }
}
