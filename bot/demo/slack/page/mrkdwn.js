// Slack's mrkdwn → DOM nodes. Every piece of text ends as a text node, so nothing in a message can
// become markup; entities are undone once, at the leaves.

import { el } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { fillDate } from "./format.js";
import { channelById, nameOf, store, user } from "./store.js";

const decode = (text) => text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);

// A mark counts only at a word's edge (snake_case and 2*3*4 stay as they are).
const mark = (sign) => `(?<![\\w${sign}])${sign}(?=\\S)([^\\n]*?[^\\s${sign}])${sign}(?![\\w${sign}])`;
const TOKEN = new RegExp(
  ["`([^`\\n]+)`", "<([^<>\\n]+)>", mark("\\*"), mark("_"), mark("~"), ":([a-z0-9_+-]+):"].join("|"),
  "g",
);
const MARKS = ["strong", "em", "s"];

export const emojify = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);

export function link(address, label) {
  if (!/^(https?:|mailto:)/i.test(address)) return el("span", {}, label);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);
}

export function mention(id, label) {
  const name = user(id) || id === store.state.bot.id ? nameOf(id) : (label ?? id);
  return el("span", { class: id === store.me ? "mention mine" : "mention" }, `@${name}`);
}

export const channelMention = (id, label) => el("span", { class: "mention" }, `#${channelById(id)?.name ?? label ?? id}`);
export const broadcast = (range) => el("span", { class: "mention mine" }, `@${range}`);

function special(body) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? undefined : decode(body.slice(bar + 1));
  if (target.startsWith("@")) return mention(target.slice(1), label);
  if (target.startsWith("#")) return channelMention(target.slice(1), label);
  if (target.startsWith("!date^")) {
    const [, seconds, format, address] = target.split("^");
    const text = Number.isFinite(Number(seconds)) ? fillDate(seconds, decode(format ?? "")) : (label ?? "");
    return address ? link(decode(address), text) : el("time", {}, text);
  }
  if (target.startsWith("!subteam^")) return el("span", { class: "mention" }, label ?? target.slice(9));
  if (target.startsWith("!")) return broadcast(label?.replace(/^@/, "") ?? target.slice(1));
  return link(decode(target), label ?? decode(target).replace(/^mailto:/, ""));
}

function inline(text) {
  const nodes = [];
  let last = 0;
  const plainUntil = (end) => end > last && nodes.push(decode(text.slice(last, end)));
  for (const match of text.matchAll(TOKEN)) {
    const [whole, code, token, bold, italic, strike, emoji] = match;
    const marked = [bold, italic, strike];
    const which = marked.findIndex((part) => part !== undefined);
    let node;
    if (code !== undefined) node = el("code", {}, decode(code));
    else if (token !== undefined) node = special(token);
    else if (which >= 0) node = el(MARKS[which], {}, inline(marked[which]));
    else node = EMOJI[emoji];
    if (node === undefined) continue;
    plainUntil(match.index);
    nodes.push(node);
    last = match.index + whole.length;
  }
  plainUntil(text.length);
  return nodes;
}

const QUOTE = /^(?:&gt;|>) ?/;

/** Lines, with runs of quoted ones gathered; `>>>` quotes all that follows. */
function lines(text) {
  const nodes = [];
  let quoted = null;
  let rest = false;
  const rows = text.split("\n");
  rows.forEach((row, index) => {
    const all = /^(?:&gt;|>){3} ?/.exec(row);
    if (all) rest = true;
    if (rest || QUOTE.test(row)) {
      const content = all ? row.slice(all[0].length) : rest ? row : row.replace(QUOTE, "");
      if (quoted) quoted.append("\n");
      else nodes.push((quoted = el("blockquote")));
      quoted.append(...inline(content));
      return;
    }
    quoted = null;
    nodes.push(...inline(row));
    const next = rows[index + 1];
    if (next !== undefined && !QUOTE.test(next)) nodes.push("\n");
  });
  return nodes;
}

/** The nodes of a mrkdwn text. */
export function mrkdwn(text) {
  return text.split(/```/).flatMap((part, index, parts) => {
    const fenced = index % 2 === 1;
    if (fenced && index < parts.length - 1) return [el("pre", {}, decode(part.replace(/^\n/, "").replace(/\n$/, "")))];
    if (fenced) return lines(`\`\`\`${part}`); // never closed: as typed
    const trimmed = (index > 0 ? part.replace(/^\n/, "") : part).replace(index < parts.length - 2 ? /\n$/ : /$^/, "");
    return trimmed ? lines(trimmed) : [];
  });
}

/** A text object of Block Kit: mrkdwn is parsed, plain_text stays what it is. */
export function textObject(object) {
  if (!object) return [];
  if (typeof object === "string") return [object];
  if (object.type === "mrkdwn") return mrkdwn(object.text ?? "");
  return [object.emoji === false ? (object.text ?? "") : emojify(object.text ?? "")];
}

/** One line of words for screen readers and notices. */
export const spoken = (text) => mrkdwn(text ?? "").map((node) => node.textContent ?? node).join("").trim();
