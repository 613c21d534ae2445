// The list over a composer: slash commands while one types "/", people while one types "@".

import { el, icon, uid } from "./dom.js";
import { avatar } from "./avatar.js";
import { store } from "./store.js";

/** What could complete the text before the caret: {kind, query, start} or null. */
function wanted(text, caret, commands) {
  const before = text.slice(0, caret);
  if (commands && /^\/[\w-]*$/.test(before)) return { kind: "command", query: before, start: 0 };
  const at = /(?:^|\s)@([\w.-]*)$/.exec(before);
  return at && { kind: "person", query: at[1].toLowerCase(), start: caret - at[1].length - 1 };
}

function offers({ kind, query }) {
  if (kind === "command") {
    return store.state.commands.filter(({ command }) => command.startsWith(query)).map((entry) => ({
      insert: `${entry.command} `, exact: entry.command === query, mark: el("span", { class: "hint-mark" }, icon("easel")),
      title: entry.command, usage: entry.usage_hint, note: entry.description,
    }));
  }
  const { bot, users } = store.state;
  const everyone = users.some((person) => person.id === bot.id) ? users : [{ ...bot, real_name: bot.name }, ...users];
  return everyone
    .filter((person) => person.id !== store.me)
    .filter((person) => `${person.name} ${person.real_name ?? ""}`.toLowerCase().split(/\s+/).some((word) => word.startsWith(query)))
    .map((person) => ({ insert: `@${person.name} `, mark: avatar(person.id, "small"), title: person.real_name || person.name, note: `@${person.name}` }));
}

export class Hints {
  constructor(field, { commands, label }) {
    Object.assign(this, { field, commands, items: [], at: 0, steered: false });
    this.id = uid("hints");
    this.list = el("ul", { class: "hints", id: this.id, role: "listbox", "aria-label": label, hidden: true });
    this.usage = el("p", { class: "usage", hidden: true });
    this.node = el("div", { class: "hint-area" }, this.list, this.usage);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.id);
  }

  get open() {
    return !this.list.hidden;
  }

  refresh() {
    const { field } = this;
    this.match = wanted(field.value, field.selectionEnd, this.commands);
    this.items = this.match ? offers(this.match) : [];
    this.at = 0;
    this.steered = false;
    this.draw();
    const command = this.commands && store.state.commands.find((entry) => field.value.startsWith(`${entry.command} `));
    this.usage.hidden = !command;
    if (command) this.usage.replaceChildren(el("strong", {}, command.command), ` ${command.usage_hint ?? ""}`, el("span", {}, command.description ?? ""));
  }

  hide() {
    this.items = [];
    this.draw();
  }

  draw() {
    this.list.hidden = this.items.length === 0;
    this.list.replaceChildren(...this.items.map((item, index) => el("li", {
      role: "option", id: `${this.id}-${index}`, "aria-selected": String(index === this.at), class: "hint-row",
      onpointerdown: (event) => {
        event.preventDefault(); // the caret stays in the field
        this.pick(index);
      },
    }, item.mark, el("span", { class: "hint-title" }, el("strong", {}, item.title), item.usage && el("code", {}, item.usage)), el("small", {}, item.note))));
    if (this.open) this.field.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
    else this.field.removeAttribute("aria-activedescendant");
  }

  pick(index) {
    const { field, match } = this;
    const { insert } = this.items[index];
    const rest = field.value.slice(field.selectionEnd).trimStart();
    field.value = field.value.slice(0, match.start) + insert + rest;
    const caret = match.start + insert.length;
    field.setSelectionRange(caret, caret);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** True if the key was for the list. A command typed out in full is sent, unless one steered. */
  key(event) {
    if (!this.open) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.items.length) % this.items.length;
      this.steered = true;
      this.draw();
      this.list.children[this.at].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Escape") this.hide();
    else if (event.key === "Tab" && !event.shiftKey) this.pick(this.at);
    else if (event.key === "Enter" && !event.shiftKey && (this.steered || !this.items.some((item) => item.exact))) this.pick(this.at);
    else return false;
    event.preventDefault();
    return true;
  }
}
