// What the socket says → what the page knows. Drawing is left to the caller.

import { announce, toast } from "./dom.js";
import { said } from "./message.js";
import { showErrors, showView } from "./modal.js";
import { channelById, put, remove, store } from "./store.js";

const inSight = (channel, message) =>
  channel === store.channel && (!message.thread_ts || message.thread_ts === message.ts || message.thread_ts === store.thread);

/** `draw` redraws; `resync` fetches a channel's list again; `reload` fetches the state;
 * `look` looks into the drawer. */
export function hear(event, { draw, resync, reload, read, look }) {
  switch (event.type) {
    case "message": {
      store.version += 1;
      const { channel, message } = event;
      const fresh = put(channel, message);
      const reply = message.thread_ts && message.thread_ts !== message.ts;
      if (reply && !message.ephemeral) resync(channel); // the root counts its replies
      if (fresh && message.user !== store.me && inSight(channel, message)) announce(said(message));
      if (channel === store.channel && !document.hidden) read(channel);
      else if (fresh && message.user !== store.me && !reply) {
        const entry = channelById(channel);
        if (entry) entry.unread = (entry.unread ?? 0) + 1;
        else reload();
      }
      break;
    }
    case "changed":
      store.version += 1;
      put(event.channel, event.message);
      break;
    case "deleted":
      store.version += 1;
      remove(event.channel, event.ts);
      if (store.thread === event.ts) store.thread = null;
      if (event.thread_ts && event.thread_ts !== event.ts) resync(event.channel);
      break;
    case "view":
      showView(event.view);
      return;
    case "home":
      store.home = event.view;
      break;
    case "errors":
      showErrors(event.view_id, event.errors);
      return;
    case "toast":
      toast(event.text);
      return;
    case "underneath":
      look();
      return;
    case "channels":
      reload();
      return;
    default:
      return;
  }
  draw();
}
