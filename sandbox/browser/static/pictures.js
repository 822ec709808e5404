// Pictures: files of the sandbox's own Slack are shown; what lies elsewhere is named, because this page loads nothing
// from elsewhere.

import { h } from "./dom.js";

export function picture(image, size = "") {
  const address = source(image);
  if (!address) return h("span", { class: `no-picture ${size}`, role: "img", "aria-label": image.alt_text, title: image.image_url }, "🖼 ", image.alt_text);
  const made = h("img", { class: `picture ${size}`, src: address, alt: image.alt_text ?? "", loading: "lazy" });
  made.addEventListener("error", () => made.replaceWith(h("span", { class: `no-picture ${size}` }, "🖼 ", image.alt_text ?? "")));
  return made;
}

function source(image) {
  const file = image.slack_file;
  if (file?.id) return `/file/${encodeURIComponent(file.id)}`;
  if (file?.url) return `/file/${encodeURIComponent(file.url.split("/").filter((part) => /^F[A-Z0-9]+$/.test(part)).at(-1) ?? "")}`;
  return null;
}
