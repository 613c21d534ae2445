// One place that shows Block Kit and hears its controls: a message, a modal, the Home tab.

import { api } from "./api.js";
import { confirmation } from "./dialog.js";
import { toast } from "./dom.js";
import { store } from "./store.js";

export const keyOf = (blockId, actionId) => `${blockId}/${actionId}`;

export class Surface {
  /** `address`: what /page/action needs to find the place ({channel, message_ts…} or {view_id}). */
  constructor(address) {
    this.address = address;
    this.states = new Map(); // what people typed and chose, by control; outlives the controls
  }

  get(key) {
    return this.states.get(key);
  }

  set(key, state) {
    this.states.set(key, state);
  }

  /** Slack's `state.values` of the controls that are on the screen now. */
  values(container) {
    const values = {};
    for (const node of container.querySelectorAll("[data-state-key]")) {
      const { blockId, actionId, stateKey } = node.dataset;
      if (this.states.has(stateKey)) (values[blockId] ??= {})[actionId] = this.states.get(stateKey);
    }
    return values;
  }

  /** Report a click or a choice; the control is busy until the app has acknowledged it. */
  async act(blockId, element, action, source) {
    if (source.getAttribute("aria-busy") === "true") return;
    if (element.confirm && !(await confirmation(element.confirm))) return;
    source.setAttribute("aria-busy", "true");
    try {
      await api.post("action", {
        user: store.me, ...this.address(), block_id: blockId, action_id: element.action_id,
        action: { type: element.type, ...action },
        state: { values: this.values(source.closest("[data-surface]")) },
      });
    } catch (error) {
      toast(error.message);
    } finally {
      source.removeAttribute("aria-busy");
    }
  }
}
