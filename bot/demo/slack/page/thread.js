// The thread beside the channel.

import { Composer } from "./composer.js";
import { el, iconButton } from "./dom.js";
import { MessageList } from "./messages.js";
import { current, placeName, store, threadOf } from "./store.js";

export class ThreadView {
  constructor(node, { close, redraw }) {
    this.node = node;
    this.where = el("span", { class: "muted" });
    this.list = new MessageList({ label: "Messages in the thread", inThread: true, openThread: () => {}, redraw });
    this.composer = new Composer({ zone: node, thread: () => store.thread, testid: "thread-composer", label: "Reply in thread", sent: () => this.list.toEnd() });
    node.append(el("header", { class: "side-head" }, el("h2", {}, "Thread"), this.where, iconButton("close", "Close thread", { onclick: close })), this.list.node, this.composer.node);
    node.addEventListener("keydown", (event) => {
      const typing = event.target === this.composer.field && event.target.value;
      if (event.key === "Escape" && !typing && !event.defaultPrevented && !document.querySelector("dialog[open]")) close();
    });
  }

  render() {
    const channel = current();
    this.node.hidden = !store.thread;
    if (!store.thread || !channel) {
      this.at = null;
      this.list.render([]);
      return;
    }
    const place = `${store.me}/${channel.id}/${store.thread}`;
    if (place !== this.at) {
      this.at = place;
      this.list.render([]);
      this.list.last = undefined;
      this.list.atEnd = true;
    }
    this.where.textContent = placeName(channel);
    this.composer.node.hidden = Boolean(channel.is_archived);
    this.composer.move("Reply…");
    this.list.render(threadOf(channel.id, store.thread));
  }
}
