// Building elements. Text only ever becomes text nodes: there is no way here to make markup of a string.

/** h("button", {class: "x", onclick: f, "aria-label": "…", data: {key: "…"}}, "text", child, [more]) */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

function present(children) {
  return children.flat(9).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

let last = 0;
/** An id that nothing else on the page has. */
export function freshId(prefix) {
  last += 1;
  return `${prefix}-${last}`;
}

/** Replace an element by a newer drawing of it; whoever had the focus inside keeps it, found again by its data-key. */
export function swap(old, fresh) {
  const held = held_in(old);
  old.replaceWith(fresh);
  give_back(fresh, held);
  return fresh;
}

/** Put other children into a container, the same way. */
export function fill(container, ...children) {
  const held = held_in(container);
  container.replaceChildren(...present(children));
  give_back(container, held);
  return container;
}

function held_in(element) {
  const active = document.activeElement;
  if (!active || active === document.body || !element.contains(active)) return null;
  const key = active.closest("[data-key]")?.dataset.key;
  const isText = "selectionStart" in active && typeof active.selectionStart === "number";
  return key ? { key, range: isText ? [active.selectionStart, active.selectionEnd] : null } : null;
}

function give_back(element, held) {
  if (!held) return;
  const found = element.querySelector(`[data-key="${CSS.escape(held.key)}"]`);
  if (!found) return;
  const target = focusable(found)[0] ?? found;
  target.focus({ preventScroll: true });
  if (held.range && "setSelectionRange" in target) {
    try {
      target.setSelectionRange(...held.range);
    } catch {
      // Not every kind of input has a selection.
    }
  }
}

const FOCUSABLE = "a[href], button:not([disabled]), input:not([disabled]), textarea, select, [tabindex='0']";

export function focusable(element) {
  const own = element.matches(FOCUSABLE) ? [element] : [];
  return [...own, ...element.querySelectorAll(FOCUSABLE)].filter((one) => !one.hidden && one.offsetParent !== null);
}

/** The same list of elements by key: those that did not change stay, so that focus, scroll and typing stay, too. */
export function keyed(container, items, key, draw) {
  const before = new Map([...container.children].map((child) => [child.dataset.item, child]));
  const wanted = items.map((item) => {
    const name = String(key(item));
    const version = JSON.stringify(item);
    const old = before.get(name);
    before.delete(name);
    if (old && old.version === version) return old;
    const fresh = draw(item);
    fresh.dataset.item = name;
    fresh.version = version;
    return old ? swap(old, fresh) : fresh;
  });
  for (const gone of before.values()) gone.remove();
  wanted.forEach((element, place) => {
    if (container.children[place] !== element) container.insertBefore(element, container.children[place] ?? null);
  });
}

/** Say something to those who listen to the page instead of looking at it. */
export function say(text) {
  document.getElementById("said").textContent = text;
}
