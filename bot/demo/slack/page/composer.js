// Where one writes: text, files, hints. One class for the channel and for the thread.

import { api } from "./api.js";
import { el, icon, iconButton, toast } from "./dom.js";
import { Hints } from "./hints.js";
import { menuButton } from "./menu.js";
import { store } from "./store.js";
import { acceptDrops, Tray } from "./tray.js";

const drafts = new Map(); // what was begun and not sent, by person and place

export class Composer {
  /** `zone`: where files may be dropped; `thread()` gives the thread's ts or null. */
  constructor({ zone, thread = () => null, testid, label, sent }) {
    Object.assign(this, { thread, sent });
    const threaded = testid === "thread-composer";
    const names = threaded ? { send: "thread-send", attach: "thread-attach", plus: "thread-plus" } : { send: "send", attach: "attach", plus: "plus" };
    this.field = el("textarea", { class: "composer-field", rows: 1, id: testid, dataset: { testid }, "aria-label": label,
      oninput: () => this.changed(), onkeydown: (event) => this.keyed(event), onpaste: (event) => this.pasted(event),
      onblur: () => this.hints.hide() });
    this.hints = new Hints(this.field, { commands: !threaded, label: "Suggestions" });
    this.tray = new Tray({ user: () => store.me, changed: () => this.changed(), bare: true });
    this.picker = el("input", { type: "file", class: "sr-only", multiple: true, tabindex: "-1", "aria-label": "Attach files", dataset: { testid: names.attach },
      onchange: () => {
        this.tray.add(this.picker.files);
        this.picker.value = "";
        this.field.focus();
      } });
    this.button = el("button", { type: "button", class: "send", "aria-label": "Send", title: "Send", disabled: true, dataset: { testid: names.send }, onclick: () => this.send() }, icon("send"));
    this.error = el("p", { class: "composer-error", role: "alert" });
    const plus = menuButton(iconButton("plus", "Attach files and shortcuts", { dataset: { testid: names.plus } }), () => this.menu(), "Add");
    this.node = el("div", { class: "composer" }, this.hints.node,
      el("div", { class: "composer-box" }, this.tray.node, this.field,
        el("div", { class: "composer-row" }, plus,
          iconButton("clip", "Attach files", { onclick: () => this.picker.click() }),
          el("span", { class: "keys muted" }, el("kbd", {}, "Enter"), " sends, ", el("kbd", {}, "Shift"), " + ", el("kbd", {}, "Enter"), " starts a line"),
          this.picker, this.button)), this.error);
    acceptDrops(zone, this.tray);
  }

  menu() {
    const global = store.state.shortcuts.filter((entry) => entry.type === "global");
    const shortcut = (entry) => ({ label: entry.name, id: entry.callback_id, hint: store.state.bot.name, icon: icon("bolt"), run: async () => {
      try {
        await api.post("shortcut", { user: store.me, callback_id: entry.callback_id });
      } catch (error) {
        toast(error.message);
      }
    } });
    const attach = { label: "Attach files", icon: icon("clip"), run: () => this.picker.click() };
    return [attach, ...(global.length ? [{ divider: true }] : []), ...global.map(shortcut)];
  }

  place() {
    return `${store.me}/${store.channel}/${this.thread() ?? ""}`;
  }

  /** Called when somebody asks for another person or channel: what is written from now on is for that place. */
  leave() {
    this.moving = true;
    if (!this.at) return;
    drafts.set(this.at, { text: this.field.value, entries: this.tray.take() });
    this.at = null;
    this.field.value = "";
    this.changed();
  }

  /** Called when person, channel or thread changed: put the draft away, take out the other one. */
  move(placeholder) {
    const place = this.place();
    if (this.field.placeholder !== placeholder) this.field.placeholder = placeholder;
    if (place === this.at || this.moving) return;
    this.leave();
    const draft = drafts.get(place) ?? { text: "", entries: [] };
    this.at = place;
    this.moving = false;
    this.field.value = [draft.text, this.field.value].filter(Boolean).join(" ");
    this.tray.restore([...draft.entries, ...this.tray.take()]);
    this.error.textContent = "";
    this.changed();
    this.hints.hide();
  }

  /** The other place is known: the next `move` takes its draft out, behind it what was written meanwhile. */
  arrive() {
    this.moving = false;
  }

  fill(text) {
    this.field.value = text;
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
    this.changed();
  }

  changed() {
    this.button.disabled = !this.at || (!this.field.value.trim() && !this.tray.ids().length) || this.tray.busy();
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 200)}px`;
    this.error.textContent = "";
    this.hints.refresh();
  }

  keyed(event) {
    if (event.isComposing || this.hints.key(event)) return;
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.send();
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    // A pasted screenshot comes without a name of its own.
    this.tray.add(files.map((file) => (file.name ? file : new File([file], "pasted.png", { type: file.type }))));
  }

  async send() {
    if (this.button.disabled) return;
    const text = this.field.value.trim();
    const place = this.at;
    const thread = this.thread();
    const files = this.tray.ids();
    const entries = this.tray.take();
    this.field.value = "";
    this.changed();
    this.sent();
    try {
      await api.post("send", { user: store.me, channel: store.channel, text, files, ...(thread ? { thread_ts: thread } : {}) });
    } catch (error) {
      this.giveBack(place, text, entries, error.message);
    }
  }

  /** What was refused is not lost: it stands in its composer again, with the reason. */
  giveBack(place, text, entries, reason) {
    if (place !== this.at) {
      drafts.set(place, { text, entries });
      toast(reason);
      return;
    }
    if (!this.field.value) this.field.value = text;
    this.tray.restore([...entries, ...this.tray.entries]);
    this.changed();
    this.error.textContent = reason;
  }
}
