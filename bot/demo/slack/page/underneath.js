// The drawer for people who evaluate the app: books, calls, and switches that make things go wrong.

import { api } from "./api.js";
import { el, iconButton, keepingFocus, toast } from "./dom.js";
import { store } from "./store.js";

const PAUSE = 250;

export class Underneath {
  constructor(node, { close }) {
    this.node = node;
    this.body = el("div", { class: "underneath-body", tabindex: "0", role: "group", "aria-label": "Books and switches" });
    this.timer = null;
    node.append(el("header", { class: "side-head" }, el("h2", {}, "Underneath"), el("span", { class: "muted" }, "what really happened"), iconButton("close", "Close drawer", { onclick: close })), this.body);
  }

  /** Is there anything to show? A workspace without this drawer answers 404 (or 204). */
  async exists() {
    return (await api.underneath(store.me, store.channel).catch(() => null)) !== null;
  }

  /** Many events come together; one look afterwards is enough. */
  soon() {
    if (this.node.hidden || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.refresh();
    }, PAUSE);
  }

  async refresh() {
    const data = await api.underneath(store.me, store.channel).catch(() => null);
    if (!data) return;
    const json = JSON.stringify(data);
    if (json === this.seen) return;
    this.seen = json;
    keepingFocus(this.body, () => this.body.replaceChildren(...(data.sections ?? []).map((section) => this.section(section)), this.faults(data.faults ?? [])));
  }

  section({ title, columns, rows }) {
    const numbers = columns.map((_, index) => rows.every((row) => typeof row[index] === "number"));
    const align = (index) => (numbers[index] ? "number" : undefined);
    return el("section", {}, el("h3", {}, title), rows.length === 0 ? el("p", { class: "muted" }, "Nothing yet.") : el("div", { class: "table-scroll" },
      el("table", {}, el("thead", {}, el("tr", {}, columns.map((name, index) => el("th", { scope: "col", class: align(index) }, name)))),
        el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, index) => el("td", { class: align(index) }, String(cell ?? "")))))))));
  }

  faults(faults) {
    if (!faults.length) return el("span", { hidden: true });
    return el("section", {}, el("h3", {}, "Make it go wrong"), el("div", { class: "faults" }, faults.map((fault) => {
      const field = el("input", { type: "checkbox", role: "switch", class: "switch", checked: fault.armed, dataset: { testid: `fault-${fault.kind}`, focusKey: `fault-${fault.kind}` }, onchange: () => this.arm(fault.kind, field) });
      return el("label", { class: "fault" }, field, el("span", {}, fault.label));
    })));
  }

  async arm(kind, field) {
    try {
      await api.post("faults", { kind, armed: field.checked });
    } catch (error) {
      field.checked = !field.checked;
      toast(error.message);
    }
    this.refresh();
  }
}
