// Block Kit's inputs: text, numbers, dates, files.

import { el } from "./dom.js";
import { store } from "./store.js";
import { Tray } from "./tray.js";

const TYPING_PAUSE = 300;

export function textField(element, block, { act, get, set, id, describedby }) {
  const number = element.type === "number_input";
  const initial = element.initial_value ?? "";
  const value = get()?.value ?? String(initial);
  const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  let timer = null;
  const report = () => ({ value: node.value === "" ? null : node.value });
  const send = () => {
    clearTimeout(timer);
    act(report(), node);
  };
  const node = el(element.multiline ? "textarea" : "input", {
    class: "text-input", id, "aria-describedby": describedby, placeholder: element.placeholder?.text,
    "aria-label": id ? undefined : (element.placeholder?.text ?? "Text"), autocomplete: "off",
    ...(element.multiline ? { rows: 4 } : { type: { url_text_input: "url", email_text_input: "email" }[element.type] ?? "text" }),
    ...(number ? { inputmode: element.is_decimal_allowed ? "decimal" : "numeric" } : {}),
    ...(element.max_length ? { maxLength: element.max_length } : {}),
    oninput: () => {
      set(report());
      if (!on.includes("on_character_entered")) return;
      clearTimeout(timer);
      timer = setTimeout(send, TYPING_PAUSE);
    },
    onkeydown: (event) => {
      if (event.key !== "Enter" || event.isComposing || event.shiftKey) return;
      const dispatches = block.type !== "input" || (block.dispatch_action && on.includes("on_enter_pressed"));
      if (!dispatches || element.multiline) return;
      event.preventDefault();
      send();
    },
  });
  node.value = value;
  set({ value: value === "" ? null : value });
  if (element.focus_on_load) node.dataset.autofocus = "";
  return node;
}

const DATES = {
  datepicker: { type: "date", field: "selected_date", initial: (element) => element.initial_date },
  timepicker: { type: "time", field: "selected_time", initial: (element) => element.initial_time },
  datetimepicker: { type: "datetime-local", field: "selected_date_time", initial: (element) => element.initial_date_time },
};

// Slack counts a moment in seconds; the browser's field wants the local wall clock.
const toField = (seconds) => new Date((seconds - new Date(seconds * 1000).getTimezoneOffset() * 60) * 1000).toISOString().slice(0, 16);

export function dateField(element, block, { act, get, set, id, describedby }) {
  const { type, field, initial } = DATES[element.type];
  const moment = element.type === "datetimepicker";
  const start = get()?.[field] ?? initial(element) ?? null;
  const report = () => ({ [field]: node.value === "" ? null : moment ? Math.floor(new Date(node.value) / 1000) : node.value });
  const node = el("input", {
    class: "text-input date", type, id, "aria-describedby": describedby, "aria-label": id ? undefined : (element.placeholder?.text ?? "Date"),
    onchange: () => {
      set(report());
      act(report(), node);
    },
  });
  if (start !== null) node.value = moment ? toField(start) : start;
  set({ [field]: start });
  return node;
}

export function fileField(element, block, { act, get, set, labelledby, describedby }) {
  const kept = get()?.files ?? [];
  const types = element.filetypes ?? [];
  const known = kept.map((entry) => (typeof entry === "string" ? fileField.known.get(entry) : entry)).filter(Boolean);
  const report = () => ({ files: tray.ids() });
  const tray = new Tray({
    user: () => store.me, limit: element.max_files ?? 10, types, files: known, labelledby, describedby,
    changed: () => {
      for (const file of tray.files()) fileField.known.set(file.id, file);
      set(report());
      if (!tray.busy()) act(report(), tray.node);
    },
  });
  set({ files: kept });
  return tray.node;
}
fileField.known = new Map(); // files by id: the state holds ids only, a redrawn field shows them again
