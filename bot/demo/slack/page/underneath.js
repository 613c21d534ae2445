// The drawer for people who evaluate the app: books, calls, and switches that make things go wrong.

import { api } from "./api.js";
import { el, icon, iconButton, keepingFocus, toast } from "./dom.js";
import { count, fullTime, seconds } from "./format.js";
import { current, nameOf, placeName, store } from "./store.js";

const PAUSE = 250; // milliseconds: many events come together; one look afterwards is enough
const AGAIN = 1000; // while a job is under way, its end is not missed

export class Underneath {
  constructor(node, { close }) {
    this.node = node;
    this.timer = null;
    this.books = el("div");
    this.switches = el("div", { class: "faults" });
    this.mood = el("span", { class: "mood" });
    const wrong = el("details", { class: "wrong-things" }, el("summary", { dataset: { testid: "faults", focusKey: "faults" } }, icon("bolt"), "Make it go wrong", this.mood), this.switches);
    this.past = el("div");
    this.body = el("div", { class: "underneath-body", tabindex: "0", role: "group", "aria-label": "Books and switches" }, this.books, wrong, this.past);
    node.append(el("header", { class: "side-head" }, el("h2", {}, "Underneath"), el("span", { class: "muted" }, "what really happened"), iconButton("close", "Close drawer", { onclick: close })), this.body);
  }

  /** Is there anything to show? A workspace without this drawer answers 204. */
  async exists() {
    return (await api.underneath(store.me, store.channel).catch(() => null)) !== null;
  }

  soon(wait = PAUSE) {
    if (this.node.hidden || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.refresh();
    }, wait);
  }

  async refresh() {
    const [me, place] = [store.me, current()];
    const data = await api.underneath(me, place.id).catch(() => null);
    if (this.node.hidden || !data) return;
    if (store.me !== me || store.channel !== place.id) return this.soon();
    const json = JSON.stringify([me, place.id, data]);
    if (json !== this.seen) {
      this.seen = json;
      keepingFocus(this.body, () => this.draw(placeName(place), data));
    }
    if (data.busy) this.soon(AGAIN);
  }

  draw(place, data) {
    this.books.replaceChildren(budget(place, data.budget));
    this.past.replaceChildren(jobs(place, data.jobs), ledger(place, data.ledger), calls(data.calls, data.billed));
    const armed = data.faults.filter((fault) => fault.armed).length;
    this.mood.textContent = armed ? `${armed} on` : "all is well";
    this.mood.classList.toggle("armed", armed > 0);
    const sides = [...new Set(data.faults.map((fault) => fault.side))];
    this.switches.replaceChildren(...sides.flatMap((side) => [
      el("h4", {}, side),
      ...data.faults.filter((fault) => fault.side === side).map((fault) => this.fault(fault)),
    ]));
  }

  fault({ kind, label, hint, now, armed, met }) {
    const named = { dataset: { testid: `fault-${kind}`, focusKey: `fault-${kind}` } };
    const id = `fault-${kind}`;
    const control = now
      ? el("button", { type: "button", class: "button small", "aria-labelledby": `${id} ${id}-label`, id, ...named, onclick: () => this.turn(kind, true) }, "Now")
      : el("input", { type: "checkbox", role: "switch", class: "switch", id, checked: armed, ...named, onchange: () => this.turn(kind, control.checked) });
    const struck = met > 0 && el("span", { class: "struck" }, ` Struck ${met === 1 ? "once" : count(met, "time")}${armed ? "" : ", now off again"}.`);
    const text = [el("span", { id: `${id}-label` }, label), el("small", {}, hint, struck)];
    return el("div", { class: armed ? "fault armed" : "fault" }, control, el(now ? "span" : "label", { class: "fault-text", for: now ? null : id }, ...text));
  }

  async turn(kind, armed) {
    try {
      await api.post("faults", { kind, armed });
      if (kind === "socket_drop") toast("The app's connection is broken. It comes back by itself.");
    } catch (error) {
      this.seen = null;
      toast(error.message);
    }
    this.refresh();
  }
}

const section = (title, note, ...content) => el("section", {}, el("h3", {}, title, note && el("span", { class: "muted" }, note)), ...content);
const nothing = (words) => el("p", { class: "muted" }, words);
const clock = (at) => el("time", { title: fullTime(at) }, seconds(at));

/** The rule of the books, with today's numbers: cap + grants = charged + held + left. */
function budget(place, { cap, period, grants, charged, held, unknown, left, paused }) {
  const parts = [["charged", charged], ["held", held], ["left", Math.max(left ?? 0, 0)]];
  const tile = (name, sign, value, note) => el("div", { class: `tile ${name}`, dataset: { sign } }, el("dt", {}, name), el("dd", {}, String(value), note && el("small", {}, note)));
  return section(`Budget of ${place}`, paused ? " paused" : "",
    el("div", { class: "meter", "aria-hidden": "true" }, parts.filter(([, value]) => value > 0).map(([name, value]) => {
      const part = el("span", { class: name });
      part.style.flexGrow = value;
      return part;
    })),
    el("dl", { class: "tiles" },
      tile("cap", "", cap ?? "none", cap === null ? "" : period), tile("grants", "+", grants),
      tile("charged", "=", charged), tile("held", "+", held, unknown ? `${unknown} not known` : ""), tile("left", "+", left ?? "no end")));
}

function jobs(place, states) {
  return section("Jobs", ` in ${place}`, states.length
    ? el("ul", { class: "states" }, states.map(({ state, count: many }) => el("li", { class: `state ${state}` }, state, " ", el("strong", {}, String(many)))))
    : nothing("Nobody has asked for anything yet."));
}

function ledger(place, lines) {
  if (!lines.length) return section("Ledger", ` of ${place}`, nothing("No credit has moved yet. Looking at prices is free."));
  return section("Ledger", ` of ${place}, newest first`, table("Ledger", ["Time", "", "Credits", "Who", "Job"], lines.map(({ at, job, kind, credits, user }) => [
    clock(at), el("span", { class: `state ${kind}` }, kind === "unknown" ? "not known" : kind), credits, nameOf(user).split(" ")[0], el("code", { title: job }, job.slice(-6)),
  ])));
}

function calls(listed, billed) {
  if (!listed.length) return section("Pixapi", " was not asked yet", nothing("A request leaves when somebody confirms a price."));
  return section("Pixapi", ` of the whole workspace; billed ${count(billed, "credit")}`, table("Pixapi", ["Time", "Asked for", "Answer", "Billed"], listed.map((call) => [
    clock(call.at), el("span", {}, call.edit ? "Edit, " : "", call.asked.join(" "), call.images === "1" ? "" : ` ×${call.images}`), answer(call), call.credits,
  ])));
}

function answer({ status, outcome, task, looks }) {
  if (task) {
    const word = { open: "working", completed: "done", failed: "failed" }[task];
    const lost = status === null && outcome !== "open" ? "answer lost; " : "";
    return el("span", {}, el("span", { class: `state ${word}` }, word), el("small", {}, ` ${lost}${count(looks, "poll")}`));
  }
  if (outcome === "open") return el("span", { class: "state working" }, "waiting");
  return el("span", {}, el("span", { class: "state failed" }, String(status ?? "lost")), el("small", {}, ` ${status ? outcome : ""}`));
}

function table(label, columns, rows) {
  const number = (cell) => (typeof cell === "number" ? "number" : undefined);
  const cell = (value) => (value instanceof Node ? value : String(value));
  return el("div", { class: "table-scroll" }, el("table", { "aria-label": label },
    el("thead", {}, el("tr", {}, columns.map((name, index) => el(name ? "th" : "td", { scope: name && "col", class: number(rows[0][index]) }, name)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((value) => el("td", { class: number(value) }, cell(value))))))));
}
