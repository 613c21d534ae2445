// Block Kit's controls that act at once: buttons, selects, overflow, choices. Inputs that are typed
// into are in inputs.js.

import { el, icon, uid } from "./dom.js";
import { dateField, fileField, textField } from "./inputs.js";
import { menuButton } from "./menu.js";
import { textObject } from "./mrkdwn.js";
import { channelTitle, isDirect, store } from "./store.js";
import { keyOf } from "./surface.js";

function button(element, block, { act }) {
  const style = { primary: "primary", danger: "danger" }[element.style] ?? "";
  const node = el(element.url ? "a" : "button", {
    class: `button ${style}`, "aria-label": element.accessibility_label,
    ...(element.url ? { href: /^https?:/i.test(element.url) ? element.url : "#", target: "_blank", rel: "noopener noreferrer" } : { type: "button" }),
    onclick: () => act({ value: element.value, text: element.text }, node),
  }, el("span", {}, textObject(element.text)));
  return node;
}

function overflow(element, block, { act }) {
  const node = el("button", { type: "button", class: "button overflow", "aria-label": "More choices", title: "More choices" }, icon("more"));
  return menuButton(node, () => element.options.map((option) => ({
    label: textObject(option.text).join(""),
    hint: option.description?.text,
    run: () => act({ selected_option: option }, node),
  })), "More choices");
}

const plainOption = (value, label) => ({ value, text: { type: "plain_text", text: label } });

/** What a select offers, and under which name Slack reports the choice. */
function choices(element) {
  const kind = element.type.replace("multi_", "");
  const channels = store.state.channels.filter((channel) => !channel.is_archived);
  if (kind === "users_select") {
    const people = store.state.users.map((person) => plainOption(person.id, person.real_name || person.name));
    return { options: people, field: "selected_user", initial: element.initial_user, initials: element.initial_users };
  }
  if (kind === "channels_select") {
    const open = channels.filter((channel) => channel.kind === "public");
    return { options: open.map((channel) => plainOption(channel.id, `# ${channel.name}`)), field: "selected_channel", initial: element.initial_channel, initials: element.initial_channels };
  }
  if (kind === "conversations_select") {
    const wanted = element.filter?.include;
    const listed = channels.filter((channel) => !wanted || wanted.includes(channel.kind));
    const options = listed.map((channel) => plainOption(channel.id, isDirect(channel) ? channelTitle(channel) : `# ${channel.name}`));
    const here = element.default_to_current_conversation ? store.channel : undefined;
    return { options, field: "selected_conversation", initial: element.initial_conversation ?? here, initials: element.initial_conversations };
  }
  return {
    options: element.options ?? (element.option_groups ?? []).flatMap((group) => group.options),
    groups: element.option_groups, field: "selected_option",
    initial: element.initial_option?.value, initials: element.initial_options?.map((option) => option.value),
  };
}

function select(element, block, { act, get, set, id, describedby }) {
  const { options, groups, field, initial } = choices(element);
  const report = (option) => ({ [field]: field === "selected_option" ? (option ?? null) : (option?.value ?? null) });
  const kept = get()?.[field];
  const chosen = kept === undefined ? initial : (kept?.value ?? kept);
  const placeholder = element.placeholder?.text ?? "Choose an option";
  const entry = (option) => el("option", { value: option.value, selected: option.value === chosen }, option.text.text);
  const has = options.some((option) => option.value === chosen);
  const node = el("select", {
    class: "select", id, "aria-describedby": describedby, "aria-label": id ? undefined : placeholder,
    onchange: () => {
      const option = options.find((candidate) => candidate.value === node.value);
      set(report(option));
      act(report(option), node);
    },
  },
    (!has || block.optional) && el("option", { value: "", selected: !has, disabled: !block.optional }, placeholder),
    groups ? groups.map((group) => el("optgroup", { label: group.label.text }, group.options.map(entry))) : options.map(entry));
  set(report(options.find((option) => option.value === chosen)));
  return node;
}

/** Radio buttons, checkboxes and the multi-selects: a list of boxes. */
function boxes(element, block, { act, get, set, labelledby, describedby }) {
  const single = element.type === "radio_buttons";
  const { options, field, initial, initials } = choices(element);
  const asOptions = field === "selected_option";
  const name = single || asOptions ? (single ? field : "selected_options") : `${field}s`;
  const kept = get()?.[name];
  const start = kept === undefined ? (single ? [initial] : (initials ?? [])) : [kept].flat().map((choice) => choice?.value ?? choice);
  const group = uid("choice");
  const report = () => {
    const on = options.filter((_, index) => fields[index].checked);
    if (single) return { [name]: on[0] ?? null };
    return { [name]: asOptions ? on : on.map((option) => option.value) };
  };
  const fields = options.map((option, index) => el("input", {
    type: single ? "radio" : "checkbox", name: group, value: option.value, checked: start.includes(option.value),
    id: `${group}-${index}`, dataset: { focusKey: `${element.action_id}:${option.value}` },
    onchange: () => {
      set(report());
      act(report(), node);
    },
  }));
  const node = el("div", {
    class: "choices", role: single ? "radiogroup" : "group", "aria-describedby": describedby,
    "aria-labelledby": labelledby, "aria-label": labelledby ? undefined : "Choices",
  }, options.map((option, index) => el("div", { class: "choice" }, fields[index],
    el("label", { for: `${group}-${index}` }, el("span", {}, textObject(option.text)),
      option.description && el("small", {}, textObject(option.description))))));
  set(report());
  return node;
}

const KINDS = {
  button, workflow_button: button, overflow, radio_buttons: boxes, checkboxes: boxes,
  plain_text_input: textField, number_input: textField, email_text_input: textField, url_text_input: textField,
  datepicker: dateField, timepicker: dateField, datetimepicker: dateField, file_input: fileField,
};

/** The node of one control; `field` has the ids that tie it to its label. */
export function control(element, block, surface, field = {}) {
  const multi = element.type.startsWith("multi_");
  const make = KINDS[element.type] ?? (multi ? boxes : element.type.endsWith("_select") ? select : null);
  if (!make) return el("span", { class: "muted" }, `(${element.type})`);
  const key = keyOf(block.block_id, element.action_id);
  const silent = block.type === "input" && !block.dispatch_action;
  const node = make(element, block, {
    ...field,
    get: () => surface.get(key),
    set: (state) => surface.set(key, { type: element.type, ...state }),
    act: (action, source) => !silent && surface.act(block.block_id, element, action, source),
  });
  node.dataset.actionId = element.action_id ?? "";
  node.dataset.blockId = block.block_id;
  node.dataset.focusKey ??= key;
  if (surface.states.has(key)) node.dataset.stateKey = key;
  return node;
}
