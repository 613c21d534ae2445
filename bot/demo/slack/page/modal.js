// The app's modals: the top of the view stack, updated in place, with errors at their fields.

import { api } from "./api.js";
import { patchBlocks } from "./blocks.js";
import { el, iconButton, toast, uid } from "./dom.js";
import { showDialog } from "./dialog.js";
import { textObject } from "./mrkdwn.js";
import { store } from "./store.js";
import { Surface } from "./surface.js";

const surfaces = new Map(); // by view id: what was typed in a view that another one covers
let open = null;

/** Every state has one value beside its type. */
const contentOf = (state) => Object.entries(state ?? {}).find(([name]) => name !== "type")?.[1];
const isEmpty = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

/** What Slack's client checks before it submits. */
function mistakes(view, values) {
  const errors = {};
  for (const block of view.blocks.filter((candidate) => candidate?.type === "input")) {
    const { element } = block;
    const value = contentOf(values[block.block_id]?.[element.action_id]);
    const number = Number(value);
    if (isEmpty(value)) {
      if (!block.optional) errors[block.block_id] = "Please fill in this field.";
    } else if (element.min_length && value.length < element.min_length) errors[block.block_id] = `At least ${element.min_length} characters, please.`;
    else if (element.type !== "number_input") continue;
    else if (!Number.isFinite(number)) errors[block.block_id] = "Please enter a number.";
    else if (!element.is_decimal_allowed && !Number.isInteger(number)) errors[block.block_id] = "Please enter a whole number.";
    else if (element.min_value !== undefined && number < Number(element.min_value)) errors[block.block_id] = `No less than ${element.min_value}.`;
    else if (element.max_value !== undefined && number > Number(element.max_value)) errors[block.block_id] = `No more than ${element.max_value}.`;
  }
  return errors;
}

class Modal {
  constructor(view) {
    const title = uid("modal");
    this.title = el("h2", { id: title });
    this.body = el("div", { class: "modal-body" });
    this.problem = el("p", { class: "field-error", role: "alert" });
    this.cancel = el("button", { type: "button", class: "button", dataset: { testid: "modal-close" }, onclick: () => this.dismiss() });
    this.submit = el("button", { type: "submit", class: "button primary", dataset: { testid: "modal-submit" } });
    const form = el("form", { class: "modal-form", novalidate: true, onsubmit: (event) => this.send(event) },
      el("header", { class: "modal-head" }, this.title, iconButton("close", "Close", { onclick: () => this.dismiss() })),
      this.body, el("footer", { class: "dialog-foot" }, this.problem, this.cancel, this.submit));
    this.dialog = el("dialog", { class: "dialog modal", "aria-labelledby": title, dataset: { testid: "modal" },
      oncancel: (event) => {
        event.preventDefault(); // the workspace closes views; the page only asks
        if (event.target === this.dialog) this.dismiss();
      } }, form);
    this.render(view);
    showDialog(this.dialog);
    this.focusFirst();
  }

  focusFirst() {
    const first = this.body.querySelector("[data-autofocus]") ?? this.body.querySelector("textarea, input:not([type=file]), select");
    first?.focus();
  }

  render(view) {
    const another = view.id !== this.view?.id;
    this.view = { ...view, blocks: view.blocks.map((block, index) => ({ ...block, block_id: block.block_id ?? `b${index}` })) };
    if (!surfaces.has(view.id)) surfaces.set(view.id, new Surface(() => ({ view_id: view.id })));
    if (another) {
      patchBlocks(this.body, [], surfaces.get(view.id));
      this.body.scrollTop = 0;
      this.problem.textContent = "";
    }
    this.title.replaceChildren(...textObject(view.title));
    this.cancel.replaceChildren(...textObject(view.close ?? "Close"));
    this.submit.hidden = !view.submit;
    this.submit.replaceChildren(el("span", {}, textObject(view.submit ?? "Submit")));
    patchBlocks(this.body, this.view.blocks, surfaces.get(view.id));
    if (another && this.dialog.open) this.focusFirst();
  }

  errors(errors) {
    const rest = { ...errors };
    for (const node of this.body.querySelectorAll("[data-input-block]")) {
      const text = rest[node.dataset.inputBlock];
      delete rest[node.dataset.inputBlock];
      node.querySelector(".field-error").textContent = text ?? "";
      node.classList.toggle("wrong", Boolean(text));
      const field = node.querySelector(".text-input, .select, .choices, .tray");
      if (text) field?.setAttribute("aria-invalid", "true");
      else field?.removeAttribute("aria-invalid");
    }
    this.problem.textContent = Object.values(rest).join(" ");
    const first = this.body.querySelector(".wrong");
    first?.scrollIntoView({ block: "nearest" });
    first?.querySelector("input, textarea, select, button")?.focus({ preventScroll: true });
  }

  async send(event) {
    event.preventDefault();
    if (this.submit.hidden || this.submit.getAttribute("aria-busy") === "true") return;
    const { view } = this;
    const values = surfaces.get(view.id).values(this.body);
    const wrong = mistakes(view, values);
    this.errors(wrong);
    if (Object.keys(wrong).length) return;
    this.submit.setAttribute("aria-busy", "true");
    try {
      const answer = await api.post("view/submit", { user: store.me, view_id: view.id, values });
      if (answer?.errors) this.errors(answer.errors);
    } catch (error) {
      this.problem.textContent = error.message;
    } finally {
      this.submit.removeAttribute("aria-busy");
    }
  }

  async dismiss() {
    const { id } = this.view;
    try {
      await api.post("view/close", { user: store.me, view_id: id });
    } catch (error) {
      showView(null); // a workspace that is gone must not hold the reader here
      toast(error.message);
    }
  }
}

/** The top of the view stack as the workspace tells it; null when the stack is empty. */
export function showView(view) {
  if (!view) {
    open?.dialog.close();
    open = null;
    surfaces.clear();
  } else if (open) open.render(view);
  else open = new Modal(view);
}

export function showErrors(viewId, errors) {
  if (open?.view.id === viewId) open.errors(errors);
}
