// The browser's own modal dialog (it traps the focus and gives it back), and Block Kit's `confirm`.

import { el, uid } from "./dom.js";
import { textObject } from "./mrkdwn.js";

/** Show `node` as a modal; `closed` runs once, however it closes. */
export function showDialog(dialog, closed) {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
    closed?.();
  }, { once: true });
  dialog.showModal();
  return dialog;
}

/** Resolves to whether the person confirmed. */
export function confirmation(object) {
  return new Promise((resolve) => {
    const title = uid("confirm");
    let agreed = false;
    const dialog = el("dialog", { class: "dialog confirm", role: "alertdialog", "aria-labelledby": title, "aria-describedby": `${title}-text` },
      el("h2", { id: title }, textObject(object.title)),
      el("div", { class: "mrkdwn", id: `${title}-text` }, textObject(object.text)),
      el("div", { class: "dialog-foot" },
        el("button", { type: "button", class: "button", onclick: () => dialog.close() }, textObject(object.deny ?? "Cancel")),
        el("button", {
          type: "button", class: `button ${object.style === "danger" ? "danger solid" : "primary"}`,
          onclick: () => {
            agreed = true;
            dialog.close();
          },
        }, textObject(object.confirm ?? "Yes")),
      ),
    );
    showDialog(dialog, () => resolve(agreed));
  });
}
