// Building and patching the page. Text only ever becomes text nodes: nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h16M4 15h16",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z",
  people: "M9 5a3.2 3.2 0 1 0 0 6.4A3.2 3.2 0 0 0 9 5zM3 19c0-3.4 2.7-5.2 6-5.2s6 1.8 6 5.2M16 5.4a3 3 0 0 1 0 5.6M17.5 14.2c2.1.6 3.5 2.2 3.5 4.8",
  plus: "M12 5v14M5 12h14",
  send: "M4 12 20 4l-4 16-5-6zM11 14l9-10",
  close: "M6 6l12 12M18 6 6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  reply: "M4 5h16v11H10l-5 4v-4H4z",
  menu: "M4 7h16M4 12h16M4 17h16",
  clip: "M8 12.5 14 6.5a3 3 0 0 1 4.5 4.5l-8 8a5 5 0 0 1-7-7l7.5-7.5",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2",
  moon: "M20 14A8.5 8.5 0 0 1 10 4a8.5 8.5 0 1 0 10 10z",
  layers: "M12 3 3 8l9 5 9-5zM3 12l9 5 9-5M3 16l9 5 9-5",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  down: "M12 5v14M6 13l6 6 6-6",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  easel: "M12 3v2.5M7 20l3-6M17 20l-3-6M12 16v4M5.5 5.5h13V14h-13z",
};

let counter = 0;
export const uid = (prefix) => `${prefix}-${++counter}`;

/** An element: `class`, `dataset`, `on…` listeners, properties the DOM has, attributes else. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, props = {}) {
  return el("button", { type: "button", "aria-label": label, title: label, ...props, class: `icon-button ${props.class ?? ""}` }, icon(name));
}

const lists = new WeakMap();

/** Make `parent`'s children be `items` in order, keeping every node whose key stays. A node that is
 * in its place is not moved: moving would lose focus, selection and scroll positions. */
export function reconcile(parent, items, keyOf, create, update) {
  const before = lists.get(parent) ?? new Map();
  const after = new Map();
  let cursor = parent.firstChild;
  const doomed = new Set(before.keys());
  for (const item of items) doomed.delete(keyOf(item));
  for (const key of doomed) {
    if (cursor === before.get(key)) cursor = cursor.nextSibling;
    before.get(key).remove();
  }
  for (const item of items) {
    const key = keyOf(item);
    const node = before.get(key) ?? create(item);
    after.set(key, node);
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
    update?.(node, item);
  }
  lists.set(parent, after);
}

/** Run `change`, then give the focus (and the caret) back to the control of the same name, if the
 * change replaced it. Apps may give a block a new id at each update: then the action's name counts. */
export function keepingFocus(container, change) {
  const active = document.activeElement;
  const { focusKey: key, actionId } = container.contains(active) ? active.dataset : {};
  let caret = null;
  if (key && (active.tagName === "TEXTAREA" || active.type === "text")) {
    caret = [active.selectionStart, active.selectionEnd];
  }
  change();
  if (!key || document.activeElement === active) return;
  const controls = [...container.querySelectorAll("[data-focus-key]")];
  const heir = controls.find((node) => node.dataset.focusKey === key) ?? controls.find((node) => actionId && node.dataset.actionId === actionId);
  if (!heir) return;
  heir.focus({ preventScroll: true });
  if (caret && heir.tagName === active.tagName) heir.setSelectionRange(...caret);
}

/** For screen readers: said once, politely. */
export function announce(text) {
  const line = el("p", {}, text);
  document.getElementById("announcer").append(line);
  setTimeout(() => line.remove(), 5000);
}

/** A short notice; inside the open dialog if there is one, because all else is inert then. */
export function toast(text) {
  const host = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  let stack = host.querySelector(":scope > .toasts");
  if (!stack) {
    stack = el("div", { class: "toasts", role: "status" });
    host.append(stack);
  }
  const note = el("p", { class: "toast" }, text);
  stack.append(note);
  setTimeout(() => note.remove(), 6000);
}
