// Addresses of messages: the workspace's permalinks lead to places in this page.

import { store } from "./store.js";

const stamp = (digits) => `${digits.slice(0, -6)}.${digits.slice(-6)}`;

/** Where an address leads, if it is a permalink of this workspace: {channel, ts, thread}. */
export function placeOf(address) {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) return null;
  // A permalink opened by itself is redirected to the same thing in the address's fragment.
  const match = /^(?:\/archives\/|#)([A-Z0-9]+)\/p(\d{7,})$/.exec(url.pathname === "/" ? url.hash : url.pathname);
  return match && { channel: match[1], ts: stamp(match[2]), thread: url.searchParams.get("thread_ts") };
}

/** Bring a message into view, and show for a moment which one it is. */
export function reveal(ts) {
  const inside = store.thread ? "#thread" : "#channel-messages";
  const node = document.querySelector(`${inside} [data-ts="${CSS.escape(ts)}"]`);
  if (!node) return;
  node.scrollIntoView({ block: "center" });
  node.classList.add("pointed-at");
  setTimeout(() => node.classList.remove("pointed-at"), 2500);
}
