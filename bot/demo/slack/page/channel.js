// The middle of the page: a channel's head, its messages (or the app's Home), its composer.

import { api } from "./api.js";
import { placeMark } from "./avatar.js";
import { Composer } from "./composer.js";
import { el, icon, toast } from "./dom.js";
import { Home } from "./home.js";
import { fromApp } from "./message.js";
import { MessageList } from "./messages.js";
import { channelTitle, current, isApp, isDirect, placeName, roots, store } from "./store.js";

const EXAMPLES = ["/image a red fox in the snow", "/image a poster of a lighthouse, art deco --size 2k --quality high", "/image-quota"];

export class ChannelView {
  constructor(node, { openThread, chooseTab, redraw }) {
    this.chooseTab = chooseTab;
    this.title = el("h1", { id: "channel-name" });
    this.topic = el("p", { class: "topic" });
    this.tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "App", onkeydown: (event) => this.steer(event) }, ["home", "messages"].map((tab) => el("button", {
      type: "button", role: "tab", id: `tab-${tab}`, "aria-controls": tab === "home" ? "home" : "channel-messages", dataset: { tab, testid: `tab-${tab}` }, onclick: () => chooseTab(tab),
    }, tab === "home" ? "Home" : "Messages")));
    this.intro = el("div", { class: "intro" });
    this.list = new MessageList({ label: "Messages", lead: this.intro, inThread: false, openThread, redraw });
    this.composer = new Composer({ zone: node, testid: "composer", label: "Message", sent: () => this.list.toEnd() });
    this.home = new Home();
    this.invite = el("div", { class: "invite" });
    this.tip = el("p", { class: "tip" });
    this.chat = el("div", { class: "chat", id: "channel-messages" }, this.list.node, this.tip, this.invite, this.composer.node);
    node.append(el("header", { class: "channel-head" }, this.title, this.topic, this.tabs), this.chat, this.home.node, el("p", { class: "drop-note", "aria-hidden": "true" }, icon("clip"), "Drop to attach"));
  }

  steer(event) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const tab = store.tab === "home" ? "messages" : "home";
    this.chooseTab(tab);
    this.tabs.querySelector(`[data-tab=${tab}]`).focus();
  }

  example(text) {
    return el("button", { type: "button", class: "example", onclick: () => this.composer.fill(text) }, el("code", {}, text));
  }

  render() {
    const channel = current();
    if (!channel) return;
    const app = isApp(channel);
    const home = app && store.tab === "home";
    this.head(channel, app);
    this.chat.hidden = home;
    this.home.node.hidden = !home;
    if (home) this.home.render();
    const place = `${store.me}/${channel.id}`;
    const moved = place !== this.at;
    if (moved) {
      this.at = place;
      this.list.atEnd = true;
      this.list.last = undefined;
      this.list.more.hidden = true;
      this.list.render([]); // nodes know whose they are: another person's view gets its own
    }
    const messages = roots(channel.id);
    this.renderIntro(channel, app, messages);
    this.list.render(messages);
    const usable = !channel.is_archived;
    this.composer.node.hidden = !usable;
    this.composer.move(`Message ${placeName(channel)}`);
    this.renderInvite(channel, app);
  }

  head(channel, app) {
    const key = JSON.stringify([channel, store.tab, channelTitle(channel)]);
    if (this.headKey === key) return;
    this.headKey = key;
    this.title.replaceChildren(placeMark(channel, "small"), channelTitle(channel), app ? el("span", { class: "badge" }, "APP") : "");
    this.topic.textContent = channel.topic ?? "";
    this.topic.title = channel.topic ?? "";
    this.tabs.hidden = !app;
    if (app) {
      this.chat.setAttribute("role", "tabpanel");
      this.chat.setAttribute("aria-labelledby", "tab-messages");
    } else {
      this.chat.removeAttribute("role");
      this.chat.removeAttribute("aria-labelledby");
    }
    for (const tab of this.tabs.children) {
      const on = tab.dataset.tab === store.tab;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    }
    document.title = `${channelTitle(channel)} · ${store.state.team.name}`;
    this.list.scroller.setAttribute("aria-label", `Messages in ${channelTitle(channel)}`);
  }

  renderIntro(channel, app, messages) {
    const bot = store.state.bot.name;
    const here = (app || channel.is_bot_member) && !channel.is_archived;
    const tried = messages.some(fromApp);
    const key = JSON.stringify([channel.id, here, tried, messages.length > 0, store.me]);
    if (this.introKey === key) return;
    this.introKey = key;
    const title = placeName(channel);
    this.intro.replaceChildren(
      el("span", { class: "intro-mark" }, placeMark(channel, "large")),
      el("h2", {}, app ? `This is ${title}` : isDirect(channel) ? `You, ${title}` : `Welcome to ${title}`),
      el("p", { class: "muted" }, here
        ? `Ask ${bot} for a picture. You see what it costs before it costs anything. Click a line to try it:`
        : isDirect(channel) ? "Nobody else can read this." : "This is where the channel begins."),
      here ? el("div", { class: "examples" }, EXAMPLES.map((text) => this.example(text))) : "");
    this.tip.hidden = !here || tried || messages.length === 0;
    this.tip.replaceChildren("Try ", this.example(EXAMPLES[0]));
  }

  renderInvite(channel, app) {
    const bot = store.state.bot.name;
    const missing = !app && !isDirect(channel) && !channel.is_bot_member;
    const key = JSON.stringify([channel.id, channel.is_archived, missing]);
    if (this.inviteKey === key) return;
    this.inviteKey = key;
    this.invite.hidden = !channel.is_archived && !missing;
    if (channel.is_archived) this.invite.replaceChildren("This channel is archived. It can be read, not written to.");
    else if (missing) this.invite.replaceChildren(el("span", {}, `${bot} is not in this channel.`), el("button", { type: "button", class: "button", dataset: { testid: "invite-bot" }, onclick: () => this.join(channel.id) }, `Add ${bot}`));
  }

  async join(channel) {
    try {
      await api.post("join", { user: store.me, channel, bot: true });
    } catch (error) {
      toast(error.message);
    }
  }
}
