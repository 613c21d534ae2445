// Files about to be sent: uploaded at once, shown as previews, removable. Used by the composer (which
// has its own button) and by Block Kit's file_input (which brings one).

import { api } from "./api.js";
import { el, icon, iconButton, reconcile, toast, uid } from "./dom.js";
import { bytes } from "./format.js";

const fits = (file, types) => {
  if (!types.length) return true;
  const ending = file.name.split(".").at(-1).toLowerCase();
  const aliases = { jpeg: "jpg" };
  return types.some((type) => (aliases[type] ?? type) === (aliases[ending] ?? ending));
};

export class Tray {
  constructor({ user, limit = 10, types = [], files = [], changed, bare = false, labelledby, describedby }) {
    Object.assign(this, { user, limit, types, changed });
    this.entries = files.map((file) => ({ key: uid("file"), file, name: file.name, preview: file.mimetype?.startsWith("image/") ? file.url : null }));
    this.list = el("ul", { class: "tray-list", "aria-label": "Attached files" });
    this.node = el("div", { class: bare ? "tray" : "tray drop", role: "group", "aria-labelledby": labelledby, "aria-describedby": describedby, "aria-label": labelledby ? undefined : "Files" }, this.list);
    if (!bare) this.node.append(this.picker());
    acceptDrops(this.node, this);
    this.draw();
  }

  picker() {
    const accept = this.types.map((type) => `.${type}`).join(",") || undefined;
    const field = el("input", { type: "file", class: "sr-only", tabindex: "-1", multiple: this.limit > 1, accept, "aria-label": "Choose files", dataset: { testid: "file-input" },
      onchange: () => {
        this.add(field.files);
        field.value = "";
      } });
    return el("div", { class: "tray-pick" },
      el("button", { type: "button", class: "button", onclick: () => field.click() }, icon("clip"), "Choose files"),
      el("span", { class: "muted" }, "or drop them here"), field);
  }

  files = () => this.entries.map((entry) => entry.file).filter(Boolean);
  ids = () => this.files().map((file) => file.id);
  busy = () => this.entries.some((entry) => !entry.file);

  async add(chosen) {
    const files = [...chosen];
    const good = files.filter((file) => fits(file, this.types));
    if (good.length < files.length) toast(`Only ${this.types.join(", ")} files can be added here.`);
    const room = this.limit - this.entries.length;
    if (good.length > room) toast(`No more than ${this.limit} files can be added.`);
    await Promise.all(good.slice(0, Math.max(room, 0)).map((file) => this.upload(file)));
  }

  async upload(file) {
    const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
    const entry = { key: uid("file"), file: null, name: file.name, size: file.size, preview, local: true };
    this.entries.push(entry);
    this.draw();
    try {
      entry.file = await api.upload(this.user(), file);
    } catch (error) {
      toast(`${file.name} could not be uploaded: ${error.message}`);
      this.drop(entry);
      return;
    }
    this.draw();
    this.changed();
  }

  drop(entry) {
    if (!this.entries.includes(entry)) return;
    this.entries = this.entries.filter((other) => other !== entry);
    if (entry.local && entry.preview) URL.revokeObjectURL(entry.preview);
    this.draw();
    this.changed();
  }

  /** Hand over what is here and begin anew. */
  take() {
    const entries = this.entries;
    this.entries = [];
    this.draw();
    return entries;
  }

  restore(entries) {
    this.entries = [...entries];
    this.draw();
  }

  draw() {
    this.list.hidden = this.entries.length === 0;
    const size = (entry) => bytes(entry.file?.size ?? entry.size);
    reconcile(this.list, this.entries, (entry) => entry.key,
      (entry) => el("li", { class: "tray-item" },
        entry.preview ? el("img", { src: entry.preview, alt: "" }) : el("span", { class: "tray-icon" }, icon("file")),
        el("span", { class: "tray-name", title: entry.name }, entry.name, el("small", {}, size(entry))),
        iconButton("close", `Remove ${entry.name}`, { class: "small", onclick: () => this.drop(entry) })),
      (node, entry) => node.classList.toggle("uploading", !entry.file));
  }
}

/** Drag files over `zone`: it says so, and takes them. */
export function acceptDrops(zone, tray) {
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    zone.classList.toggle("dropping", depth > 0);
  };
  zone.addEventListener("dragenter", (event) => carries(event) && mark(1));
  zone.addEventListener("dragleave", (event) => carries(event) && mark(-1));
  zone.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  zone.addEventListener("drop", (event) => {
    if (!carries(event) || event.defaultPrevented) return;
    event.preventDefault();
    mark(-depth);
    tray.add(event.dataTransfer.files);
  });
}
