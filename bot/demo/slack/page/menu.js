// A popup menu at a button: arrows, Home/End, Escape; focus goes back to the button.

import { el } from "./dom.js";

let closeOpen = null;

/** items: {label, hint?, danger?, icon?, run} or {divider: true}. */
export function openMenu(anchor, items, label) {
  closeOpen?.();
  const rows = items.map((item) =>
    item.divider
      ? el("div", { class: "menu-divider", role: "separator" })
      : el(
          "button",
          {
            type: "button", role: "menuitem", tabindex: "-1", class: item.danger ? "menu-item danger" : "menu-item",
            dataset: item.id ? { shortcut: item.id } : {},
            onclick: () => {
              close(true);
              item.run();
            },
          },
          item.icon,
          el("span", {}, item.label),
          item.hint && el("small", {}, item.hint),
        ),
  );
  const menu = el("div", { class: "menu", role: "menu", "aria-label": label, onkeydown: steer }, rows);
  const entries = rows.filter((row) => row.tagName === "BUTTON");

  function close(giveFocusBack) {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("resize", dropped);
    anchor.setAttribute("aria-expanded", "false");
    closeOpen = null;
    if (giveFocusBack) anchor.focus({ preventScroll: true });
  }
  const dropped = () => close(false);
  function outside(event) {
    if (!menu.contains(event.target) && !anchor.contains(event.target)) close(false);
  }
  function steer(event) {
    const at = entries.indexOf(document.activeElement);
    const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (step !== undefined) entries.at(step % entries.length).focus();
    else if (event.key === "Escape" || event.key === "Tab") close(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Everything outside an open dialog is inert: its menus have to live in it. Others stay in their landmark.
  (anchor.closest("dialog, main, aside, header") ?? document.body).append(menu);
  const from = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = from.bottom + 4 + height <= innerHeight;
  menu.style.left = `${Math.max(8, Math.min(from.left, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, below ? from.bottom + 4 : from.top - height - 4)}px`;
  anchor.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  window.addEventListener("resize", dropped);
  closeOpen = () => close(false);
  entries[0]?.focus({ preventScroll: true });
}

/** A second click on the button that opened the menu closes it. */
export function menuButton(button, items, label) {
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-expanded") === "true") closeOpen?.();
    else openMenu(button, items(), label);
  });
  return button;
}
