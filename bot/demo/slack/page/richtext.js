// rich_text blocks: what Slack's own editor, and some apps, write.

import { el } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { fillDate } from "./format.js";
import { broadcast, channelMention, link, mention } from "./mrkdwn.js";

const STYLES = [["code", "code"], ["strike", "s"], ["italic", "em"], ["bold", "strong"]];

function leaf(part) {
  switch (part.type) {
    case "text": return part.text;
    case "link": return link(part.url, part.text ?? part.url);
    case "user": return mention(part.user_id);
    case "channel": return channelMention(part.channel_id);
    case "broadcast": return broadcast(part.range);
    case "emoji": return EMOJI[part.name] ?? `:${part.name}:`;
    case "date": return fillDate(part.timestamp, part.format ?? "{date}");
    case "color": return part.value;
    default: return part.text ?? "";
  }
}

const styled = (part) =>
  STYLES.reduce((node, [style, tag]) => (part.style?.[style] ? el(tag, {}, node) : node), leaf(part));

function piece(element) {
  const inner = () => (element.elements ?? []).map(styled);
  switch (element.type) {
    case "rich_text_section": return el("div", { class: "mrkdwn" }, inner());
    case "rich_text_quote": return el("blockquote", { class: "mrkdwn" }, inner());
    case "rich_text_preformatted": return el("pre", {}, (element.elements ?? []).map(leaf));
    case "rich_text_list": {
      const ordered = element.style === "ordered";
      const list = el(ordered ? "ol" : "ul", { class: "rich-list" }, (element.elements ?? []).map((item) => el("li", {}, piece(item))));
      if (ordered && element.offset) list.start = element.offset + 1;
      list.style.setProperty("--indent", element.indent ?? 0);
      return list;
    }
    default: return null;
  }
}

export const richText = (block) => el("div", { class: "rich-text" }, (block.elements ?? []).map(piece));
