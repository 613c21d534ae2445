// One message: made once, patched part by part when it changes.

import { api } from "./api.js";
import { avatar } from "./avatar.js";
import { patchBlocks, textBody } from "./blocks.js";
import { el, icon, iconButton, toast } from "./dom.js";
import { bytes, count, dayName, fullTime, shortTime, time } from "./format.js";
import { pictureButton } from "./lightbox.js";
import { menuButton } from "./menu.js";
import { spoken } from "./mrkdwn.js";
import { dismiss, isBot, known, nameOf, store } from "./store.js";
import { Surface } from "./surface.js";

// What Slack itself says in a channel: nothing to reply to or to act on.
const SYSTEM = new Set(["channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_archive", "channel_unarchive", "tombstone"]);

const by = (message) => message.user ?? store.state.bot.id;
const fromApp = (message) => message.bot || isBot(by(message));

function fileNode(file) {
  const url = file.url ?? api.fileUrl(store.me, file.id);
  const chip = () => el("a", { class: "file-chip", href: url, download: file.name }, icon("file"),
    el("span", {}, file.title || file.name, el("small", {}, bytes(file.size))));
  if (!file.mimetype?.startsWith("image/")) return chip();
  const figure = el("figure", { class: "file-image" },
    el("figcaption", {}, file.title || file.name),
    pictureButton({ url, alt: file.alt || file.title || file.name, title: file.title || file.name, width: file.width, height: file.height }));
  // What only calls itself a picture is shown as the file that it is.
  figure.querySelector("img").addEventListener("error", () => figure.replaceWith(chip()), { once: true });
  return figure;
}

function tools(message, { inThread, openThread, redraw }) {
  const shortcut = (entry) => ({
    label: entry.name, id: entry.callback_id, icon: icon("bolt"), hint: store.state.bot.name,
    run: async () => {
      const { ts, thread_ts } = known(store.channel, message.ts) ?? message;
      try {
        await api.post("shortcut", { user: store.me, callback_id: entry.callback_id, channel: store.channel, message_ts: ts, thread_ts });
      } catch (error) {
        toast(error.message);
      }
    },
  });
  const copy = { label: "Copy text", run: () => navigator.clipboard?.writeText(spoken(known(store.channel, message.ts)?.text)).catch(() => toast("The browser does not allow copying here.")) };
  const items = () => [
    !inThread && { label: "Reply in thread", icon: icon("reply"), run: () => openThread(message.ts) },
    ...store.state.shortcuts.filter((entry) => entry.type === "message").map(shortcut),
    { divider: true }, copy,
  ].filter(Boolean);
  if (message.ephemeral) {
    return [iconButton("close", "Dismiss this message", { onclick: () => {
      dismiss(message.ts);
      redraw();
    } })];
  }
  return [
    !inThread && iconButton("reply", "Reply in thread", { onclick: () => openThread(message.ts) }),
    menuButton(iconButton("more", "More about this message"), items, "Message"),
  ];
}

/** A list row for a message; `update` below fills it. */
export function createMessage(message, context) {
  const author = by(message);
  const parts = {
    time: el("time", { class: "time", dateTime: new Date(Number(message.ts) * 1000).toISOString(), title: fullTime(message.ts) }, time(message.ts)),
    body: el("div", { class: "body" }),
    files: el("div", { class: "message-files", hidden: true }),
    edited: el("span", { class: "edited", hidden: true }, "(edited)"),
    foot: el("div", { class: "foot" }),
  };
  const node = el("li", { class: "message", dataset: { testid: "message", ts: message.ts, ephemeral: String(Boolean(message.ephemeral)) } },
    el("div", { class: "gutter" }, avatar(author), el("span", { class: "time short", "aria-hidden": "true" }, shortTime(message.ts))),
    el("div", { class: "content" },
      message.ephemeral && el("p", { class: "private" }, icon("eye"), "Only visible to you"),
      el("p", { class: "byline" }, el("strong", {}, nameOf(author)), fromApp(message) && el("span", { class: "badge" }, "APP"), parts.time),
      parts.body, parts.edited, parts.files, parts.foot),
    el("div", { class: "tools" }, tools(message, context)),
  );
  node.classList.toggle("ephemeral", Boolean(message.ephemeral));
  node.parts = parts;
  node.seen = {};
  const channel = store.channel;
  node.surface = new Surface(() => ({ channel, message_ts: message.ts, thread_ts: message.thread_ts ?? null, ephemeral: Boolean(message.ephemeral) }));
  return node;
}

/** Do `draw` when `value` is not what it was; an unchanged part is not touched. */
function when(node, part, value, draw) {
  const json = JSON.stringify(value ?? null);
  if (node.seen[part] === json) return;
  node.seen[part] = json;
  draw();
}

function drawBody(node, message) {
  const { body } = node.parts;
  if (message.blocks?.length) {
    if (node.seen.kind === "text") body.replaceChildren();
    node.seen.kind = "blocks";
    // A changed card brings its own choices; only text that somebody typed is kept.
    for (const [key, state] of node.surface.states) if (!state.type.endsWith("_input")) node.surface.states.delete(key);
    patchBlocks(body, message.blocks, node.surface);
    return;
  }
  if (node.seen.kind === "blocks") patchBlocks(body, [], node.surface);
  node.seen.kind = "text";
  body.replaceChildren(message.text ? textBody(message.text) : "");
}

export function updateMessage(node, message, { continued, inThread, openThread }) {
  const { files, edited, foot } = node.parts;
  node.classList.toggle("continued", continued);
  node.classList.toggle("system", SYSTEM.has(message.subtype));
  when(node, "body", [message.text, message.blocks], () => drawBody(node, message));
  when(node, "edited", message.edited, () => (edited.hidden = !message.edited || fromApp(message)));
  when(node, "files", message.files, () => {
    files.hidden = !message.files?.length;
    files.replaceChildren(...(message.files ?? []).map(fileNode));
  });
  when(node, "foot", inThread ? 0 : [message.reply_count, message.latest_reply], () => {
    const replies = inThread ? 0 : message.reply_count;
    foot.replaceChildren(...(replies ? [el("button", { type: "button", class: "replies", onclick: () => openThread(message.ts) },
      icon("reply"), el("strong", {}, count(replies, "reply")),
      message.latest_reply && el("span", { class: "muted" }, `last ${dayName(message.latest_reply).toLowerCase() === "today" ? "today" : dayName(message.latest_reply)} at ${time(message.latest_reply)}`))] : []));
  });
}

/** What a screen reader hears when it arrives. */
export const said = (message) =>
  `${nameOf(by(message))}${message.ephemeral ? ", only visible to you" : ""}: ${spoken(message.text) || (message.files?.length ? count(message.files.length, "file") : "a message")}`.slice(0, 300);

export const author = by;
export { fromApp };
