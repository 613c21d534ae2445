// The app's Home tab.

import { api } from "./api.js";
import { patchBlocks } from "./blocks.js";
import { el, toast } from "./dom.js";
import { store } from "./store.js";
import { Surface } from "./surface.js";

export class Home {
  constructor() {
    this.surface = new Surface(() => ({ view_id: store.home?.id }));
    this.blocks = el("div", { class: "home-blocks" });
    this.empty = el("p", { class: "muted home-empty" });
    this.node = el("div", { class: "home scroller", id: "home", role: "tabpanel", "aria-labelledby": "tab-home", tabindex: "0", dataset: { testid: "home" } }, el("h2", { class: "sr-only" }, "Home"), this.empty, this.blocks);
  }

  render() {
    this.empty.hidden = Boolean(store.home);
    this.empty.textContent = `${store.state.bot.name} has put nothing here yet.`;
    patchBlocks(this.blocks, store.home?.blocks ?? [], this.surface);
  }
}

/** Tell the app that its Home was opened; what it publishes then comes over the socket. */
export async function visitHome() {
  const me = store.me;
  try {
    const answer = await api.post("home", { user: me });
    if (answer?.view && store.me === me) store.home = answer.view;
  } catch (error) {
    toast(error.message);
  }
}
