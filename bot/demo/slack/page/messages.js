// A scrolling list of messages with day dividers. It follows new messages only while the reader is
// at the end; else the place stays and a button says that there is more.

import { el, icon, reconcile } from "./dom.js";
import { count, dayKey, dayName } from "./format.js";
import { author, createMessage, updateMessage } from "./message.js";

const NEAR_END = 48;
const SAME_BREATH = 300; // seconds in which a second message goes without name and picture

export class MessageList {
  /** `context`: {inThread, openThread, redraw}; `lead`: what stands before the first message. */
  constructor({ label, lead, ...context }) {
    this.context = context;
    this.list = el("ol", { class: "messages" });
    this.more = el("button", { type: "button", class: "more-below", hidden: true, onclick: () => this.toEnd() }, icon("down"), "New messages");
    this.scroller = el("div", { class: "scroller", tabindex: "0", role: "group", "aria-label": label,
      onscroll: () => this.scrolled() }, lead, this.list);
    this.node = el("div", { class: "message-area" }, this.scroller, this.more);
    this.atEnd = true;
    // Pictures that arrive late grow the list: keep the end in sight.
    new ResizeObserver(() => this.atEnd && this.jump()).observe(this.list);
    new ResizeObserver(() => this.atEnd && this.jump()).observe(this.scroller);
  }

  isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  jump() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.size = this.measure();
  }

  measure() {
    return `${this.scroller.scrollHeight}/${this.scroller.clientHeight}`;
  }

  /** A list that grew, or a window that shrank, also scrolls: only the reader leaves the end. */
  scrolled() {
    if (this.atEnd && this.size !== this.measure()) {
      this.jump();
      return;
    }
    this.atEnd = this.isAtEnd();
    if (this.atEnd) this.more.hidden = true;
  }

  toEnd() {
    this.atEnd = true;
    this.more.hidden = true;
    this.jump();
  }

  render(messages) {
    const rows = [];
    let before = null;
    const replies = messages.filter((message) => !message.ephemeral).length - 1; // as the channel counts them
    messages.forEach((message, index) => {
      const newDay = !before || dayKey(before.ts) !== dayKey(message.ts);
      if (newDay && !this.context.inThread) rows.push({ key: `day ${dayKey(message.ts)}`, day: message.ts });
      if (this.context.inThread && index === 1 && replies > 0) rows.push({ key: "replies", replies });
      const continued = !newDay && before && !before.ephemeral && !message.ephemeral && !message.blocks?.length
        && author(before) === author(message) && message.ts - before.ts < SAME_BREATH
        && !(this.context.inThread && index === 1);
      rows.push({ key: message.ts, message, continued: Boolean(continued) });
      before = message;
    });
    const follow = this.atEnd;
    const focused = this.list.contains(document.activeElement);
    const grew = this.last !== undefined && before && Number(before.ts) > Number(this.last);
    this.last = before?.ts;
    reconcile(this.list, rows, (row) => row.key, (row) => this.create(row), (node, row) => this.update(node, row));
    // A button that is gone must not throw a keyboard back to the top of the page.
    if (focused && document.activeElement === document.body) this.scroller.focus({ preventScroll: true });
    if (follow) this.jump();
    else if (grew) this.more.hidden = false;
  }

  create(row) {
    if (row.day) return el("li", { class: "day" }, el("span", {}, dayName(row.day)));
    if (row.replies !== undefined) return el("li", { class: "day replies-line" }, el("span"));
    return createMessage(row.message, this.context);
  }

  update(node, row) {
    if (row.message) updateMessage(node, row.message, { ...this.context, continued: row.continued });
    if (row.replies !== undefined) node.firstChild.textContent = count(row.replies, "reply");
  }
}
