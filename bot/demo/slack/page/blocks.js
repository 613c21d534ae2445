// Block Kit's layout blocks → DOM. Controls are in elements.js and inputs.js.

import { api } from "./api.js";
import { chart, dataTable } from "./data.js";
import { el, keepingFocus, reconcile, uid } from "./dom.js";
import { control } from "./elements.js";
import { pictureButton } from "./lightbox.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { findFile, store } from "./store.js";

const text = (object, tag = "div") => object && el(tag, { class: object.type === "mrkdwn" ? "mrkdwn" : "plain" }, textObject(object));

/** Where a picture of Block Kit comes from; only http(s) or this page's own files. */
function source(block) {
  const file = block.slack_file;
  if (file) {
    const id = file.id ?? /F[A-Z0-9]+/.exec(file.url ?? "")?.[0];
    const known = findFile(id);
    return { url: api.fileUrl(store.me, id), width: known?.width, height: known?.height };
  }
  const url = /^(https?:|\/)/i.test(block.image_url ?? "") ? block.image_url : "";
  return { url, width: block.image_width, height: block.image_height };
}

function section(block, surface) {
  const accessory = block.accessory && (block.accessory.type === "image"
    ? pictureButton({ ...source(block.accessory), alt: block.accessory.alt_text ?? "", title: "" }, { class: "picture thumb" })
    : control(block.accessory, block, surface));
  return el("div", { class: accessory ? "section with-accessory" : "section" },
    el("div", { class: "section-text" }, text(block.text),
      block.fields && el("div", { class: "fields" }, block.fields.map((field) => text(field)))),
    accessory && el("div", { class: "accessory" }, accessory));
}

const context = (block) => el("div", { class: "context" }, block.elements.map((element) =>
  element.type === "image" ? el("img", { class: "context-image", src: source(element).url, alt: element.alt_text ?? "" }) : text(element, "span")));

const image = (block) => el("figure", { class: "image-block" },
  block.title && el("figcaption", {}, textObject(block.title)),
  pictureButton({ ...source(block), alt: block.alt_text ?? "", title: block.title?.text ?? "" }));

const GROUPS = new Set(["radio_buttons", "checkboxes", "file_input"]);
const isGroup = (element) => GROUPS.has(element.type) || element.type.startsWith("multi_");

function input(block, surface) {
  const id = uid("field");
  const group = isGroup(block.element);
  const optional = block.optional && el("span", { class: "muted" }, " (optional)");
  const label = group
    ? el("div", { class: "label", id: `${id}-label` }, textObject(block.label), optional)
    : el("label", { class: "label", for: id }, textObject(block.label), optional);
  const field = control(block.element, block, surface, { id, labelledby: group ? `${id}-label` : undefined, describedby: `${id}-note ${id}-error` });
  return el("div", { class: "input", dataset: { inputBlock: block.block_id ?? "" } }, label, field,
    el("p", { class: "hint", id: `${id}-note` }, textObject(block.hint)),
    el("p", { class: "field-error", id: `${id}-error`, role: "alert" }));
}

function table(block) {
  const cell = (content, tag) => el(tag, {}, content.type === "rich_text" ? richText(content) : String(content.text ?? content.value ?? ""));
  const [head = [], ...rows] = block.rows ?? [];
  return el("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "Table" }, el("table", {},
    el("thead", {}, el("tr", {}, head.map((content) => cell(content, "th")))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((content) => cell(content, "td")))))));
}

function body(block, surface) {
  switch (block.type) {
    case "section": return section(block, surface);
    case "context": return context(block);
    case "header": return el("h3", { class: "block-header" }, textObject(block.text));
    case "divider": return el("hr");
    case "image": return image(block);
    case "actions": return el("div", { class: "actions" }, block.elements.map((element) => control(element, block, surface)));
    case "input": return input(block, surface);
    case "rich_text": return richText(block);
    case "markdown": return el("div", { class: "plain" }, block.text);
    case "table": return table(block);
    case "data_visualization": return chart(block);
    case "data_table": return dataTable(block);
    default: return el("p", { class: "muted" }, `A block of type ${block.type}, which this page does not show.`);
  }
}

/** Show these blocks; a block that did not change keeps its nodes, and with them what people typed. */
export function patchBlocks(container, blocks, surface) {
  container.dataset.surface = "";
  const seen = new Map();
  const items = blocks.filter(Boolean).map((block, index) => {
    const json = JSON.stringify(block);
    const twin = seen.get(json) ?? 0;
    seen.set(json, twin + 1);
    return { key: `${json}#${twin}`, block: { ...block, block_id: block.block_id ?? `b${index}` } };
  });
  keepingFocus(container, () => reconcile(container, items, (item) => item.key,
    ({ block }) => el("div", { class: `block block-${block.type}` }, body(block, surface))));
}

/** A message without blocks. */
export const textBody = (content) => el("div", { class: "mrkdwn" }, mrkdwn(content));
