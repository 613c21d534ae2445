// Initials on the person's colour; the app has its mark.

import { el, icon } from "./dom.js";
import { initials } from "./format.js";
import { isBot, nameOf, user } from "./store.js";

const FALLBACK = "#6b6558";

/** Black or white: at this threshold one of them always has a contrast of 4.5 and more. */
function readableOn(colour) {
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = channels.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}

/** What stands before a place: its other end, or the mark of its kind. */
export function placeMark(channel, size) {
  return channel.kind === "im" ? avatar(channel.user, size) : icon({ mpim: "people", private: "lock" }[channel.kind] ?? "hash");
}

export function avatar(id, size = "") {
  const person = user(id);
  if (isBot(id)) return el("span", { class: `avatar app ${size}`, "aria-hidden": "true" }, icon("easel"));
  const raw = person?.color ?? "";
  const colour = /^#?[0-9a-f]{6}$/i.test(raw) ? `#${raw.replace("#", "")}` : FALLBACK;
  const node = el("span", { class: `avatar ${size}`, "aria-hidden": "true" }, initials(nameOf(id)));
  node.style.background = colour;
  node.style.color = readableOn(colour);
  return node;
}
