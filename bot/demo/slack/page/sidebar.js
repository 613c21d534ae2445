// The channel list, and the bar at the top with the people one can be.

import { avatar, placeMark } from "./avatar.js";
import { el, icon, iconButton, reconcile } from "./dom.js";
import { channelTitle, isApp, isDirect, people, store, user } from "./store.js";

const SECTIONS = [
  ["Channels", (channel) => !isDirect(channel)],
  ["Direct messages", (channel) => isDirect(channel) && !isApp(channel)],
  ["Apps", isApp],
];

export class Sidebar {
  constructor(node, { choose }) {
    this.choose = choose;
    this.team = el("strong");
    this.lists = SECTIONS.map(([title, belongs]) => {
      const heading = el("h2", { id: `section-${title.split(" ")[0].toLowerCase()}` }, title);
      const list = el("ul", { class: "channels", "aria-labelledby": heading.id });
      return { belongs, list, node: el("section", {}, heading, list) };
    });
    node.append(
      el("div", { class: "workspace" }, el("span", { class: "workspace-mark", "aria-hidden": "true" }, icon("easel")),
        el("div", {}, this.team, el("small", {}, "demo workspace on this machine"))),
      ...this.lists.map((entry) => entry.node));
  }

  render() {
    this.team.textContent = store.state.team.name;
    for (const { belongs, list, node } of this.lists) {
      const channels = store.state.channels.filter(belongs);
      node.hidden = channels.length === 0;
      // The two ends of a direct message share its id and show each other.
      reconcile(list, channels, (channel) => `${channel.id} ${channel.user ?? ""}`, (channel) => this.create(channel), (row, channel) => this.update(row, channel));
    }
  }

  create(channel) {
    const name = channel.kind === "im" ? (user(channel.user)?.name ?? channel.user) : channel.kind === "mpim" ? "group" : channel.name;
    return el("li", {}, el("button", { type: "button", class: "channel", dataset: { testid: `channel-${name}` }, onclick: () => this.choose(channel.id) },
      placeMark(channel, "tiny"), el("span", { class: "channel-name" }), el("span", { class: "unread" })));
  }

  update(row, channel) {
    const button = row.firstChild;
    const here = channel.id === store.channel;
    const unread = here ? 0 : (channel.unread ?? 0);
    button.querySelector(".channel-name").textContent = channelTitle(channel);
    button.querySelector(".unread").textContent = unread ? String(unread) : "";
    const kind = { im: "", mpim: "group", private: "private channel", public: "channel" }[channel.kind];
    const told = [channelTitle(channel), kind, channel.is_archived && "archived", unread && `${unread} unread`];
    button.setAttribute("aria-label", told.filter(Boolean).join(", "));
    button.classList.toggle("has-unread", unread > 0);
    button.classList.toggle("archived", Boolean(channel.is_archived));
    if (here) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
}

const dark = () => document.documentElement.dataset.theme === "dark";

export class Topbar {
  constructor(node, { become, toggleChannels, toggleUnderneath }) {
    this.become = become;
    this.menu = iconButton("menu", "Channels", { class: "only-narrow", "aria-expanded": "false", "aria-controls": "sidebar", onclick: toggleChannels });
    this.people = el("div", { class: "personas", role: "group", "aria-label": "Look at the workspace as" });
    this.theme = iconButton("moon", "Dark colours", { onclick: () => document.dispatchEvent(new CustomEvent("themechoice", { detail: dark() ? "light" : "dark" })) });
    this.underneath = el("button", { type: "button", class: "button quiet", "aria-pressed": "false", hidden: true, "aria-label": "Underneath: what happened behind the messages", dataset: { testid: "underneath-toggle" }, onclick: toggleUnderneath }, icon("layers"), el("span", { class: "wide-label" }, "Underneath"));
    this.offline = el("p", { class: "offline", role: "status" });
    node.append(this.menu, el("span", { class: "personas-label", "aria-hidden": "true" }, "You are"), this.people, this.offline, el("span", { class: "spring" }), this.underneath, this.theme);
    document.addEventListener("themechange", () => this.drawTheme());
    this.drawTheme();
  }

  drawTheme() {
    const label = dark() ? "Light colours" : "Dark colours";
    this.theme.replaceChildren(icon(dark() ? "sun" : "moon"));
    this.theme.setAttribute("aria-label", label);
    this.theme.title = label;
  }

  render() {
    this.offline.textContent = store.offline ? "Reconnecting…" : "";
    reconcile(this.people, people(), (person) => person.id, (person) => this.create(person), (button, person) => {
      button.setAttribute("aria-pressed", String(person.id === store.me));
    });
  }

  create(person) {
    const name = person.real_name || person.name;
    return el("button", { type: "button", class: `persona role-${person.role}`, dataset: { testid: `persona-${person.name}` }, title: `${name}, ${person.role}`, onclick: () => this.become(person.id) },
      avatar(person.id, "tiny"), el("span", { class: "persona-name" }, name.split(" ")[0]), el("small", {}, person.role));
  }
}
