// START HERE: who looks at what, and when things are fetched and drawn.

import { api, connect } from "./api.js";
import { ChannelView } from "./channel.js";
import { toast } from "./dom.js";
import { visitHome } from "./home.js";
import { hear } from "./live.js";
import { showView } from "./modal.js";
import { Sidebar, Topbar } from "./sidebar.js";
import { channelById, current, forgetAll, isApp, store, takeOver } from "./store.js";
import { placeOf, reveal } from "./permalink.js";
import { ThreadView } from "./thread.js";
import { Underneath } from "./underneath.js";

const byId = (id) => document.getElementById(id);
const frame = byId("frame");
const LAST = "easel-person";
let views = null;
let disconnect = () => {};
let planned = false;

/** However many things change in one turn, the page is drawn once. */
function draw() {
  if (planned) return;
  planned = true;
  queueMicrotask(() => {
    planned = false;
    for (const view of [views.topbar, views.sidebar, views.channel, views.thread]) view.render();
    views.underneath.soon();
  });
}

/** The address says who looks at what: two tabs can be two people, and a reload changes nothing. */
function remember() {
  try {
    sessionStorage.setItem(LAST, store.me);
    localStorage.setItem(LAST, store.me);
  } catch {
    // Without storage only the address remembers.
  }
  const place = new URLSearchParams({ user: store.me, channel: store.channel });
  if (store.thread) place.set("thread", store.thread);
  if (isApp(current())) place.set("tab", store.tab);
  history.replaceState(null, "", `#${place}`);
}

/** A permalink does not say who follows it: the person of this tab, or of the last one. */
function lastPerson() {
  try {
    return sessionStorage.getItem(LAST) ?? localStorage.getItem(LAST) ?? undefined;
  } catch {
    return undefined;
  }
}

const fetching = new Map();

/** Fetch a channel's roots (or one thread) whole, until no live event comes in between; calls that
 * come meanwhile share one more fetch. */
async function load(channel, thread) {
  const key = `${channel}/${thread ?? ""}`;
  const running = fetching.get(key);
  if (running) {
    running.again = true;
    return running.done;
  }
  const task = { again: false };
  fetching.set(key, task);
  task.done = (async () => {
    const me = store.me;
    let since;
    do {
      task.again = false;
      since = store.version;
      const { messages } = await api.messages(me, channel, thread);
      if (store.me === me) takeOver(channel, thread, messages, since);
    } while ((task.again || since !== store.version) && store.me === me);
  })().finally(() => fetching.delete(key));
  await task.done;
}

const quietly = (promise) => promise.catch((error) => toast(error.message)).then(draw);
const resync = (channel) => store.loaded.has(channel) && quietly(load(channel));

async function reload() {
  const me = store.me;
  const state = await api.state(me).catch(() => null);
  if (!state || store.me !== me) return;
  store.state = state;
  if (!current()) await choose(firstChannel());
  draw();
}

async function read(channel) {
  const entry = channelById(channel);
  if (entry) entry.unread = 0;
  await api.post("read", { user: store.me, channel }).catch(() => null);
}

const firstChannel = () => (store.state.channels.find((channel) => channel.is_bot_member && channel.kind === "public") ?? store.state.channels[0]).id;

const composers = () => [views.channel.composer, views.thread.composer];

async function choose(channel, { thread = null, tab } = {}) {
  for (const composer of composers()) composer.leave();
  const app = isApp(channelById(channel));
  store.channel = channel;
  store.thread = thread;
  store.tab = app ? (tab ?? store.tab) : "messages";
  for (const composer of composers()) composer.arrive();
  remember();
  closeChannels();
  if (store.loaded.has(channel)) draw();
  if (app && store.tab === "home") quietly(visitHome());
  read(channel);
  await quietly(Promise.all([load(channel), thread && load(channel, thread)]));
}

async function openThread(ts) {
  store.thread = ts;
  remember();
  draw();
  await quietly(load(store.channel, ts));
  byId("thread-composer").focus();
}

function closeThread() {
  const ts = store.thread;
  store.thread = null;
  remember();
  draw();
  queueMicrotask(() => {
    const root = document.querySelector(`#channel-messages [data-ts="${CSS.escape(ts ?? "")}"]`);
    (root?.querySelector(".replies, .tools button") ?? byId("composer")).focus({ preventScroll: true });
  });
}

/** The place of another person that is like this one: the same channel, or their own talk with the app. */
function likewise(state, before) {
  if (!before) return undefined;
  const same = state.channels.find((channel) => channel.id === before.id);
  const own = isApp(before) && state.channels.find((channel) => channel.kind === "im" && channel.user === before.user);
  return same ?? (own || undefined);
}

/** Become a person. All is fetched first, so that the page changes at once and not bit by bit. */
async function become(user, wanted = {}) {
  for (const composer of composers()) composer.leave();
  try {
    await turnInto(user, wanted);
  } finally {
    for (const composer of composers()) composer.arrive();
  }
}

async function turnInto(user, wanted) {
  const state = await api.state(user);
  const before = store.state && current();
  const keepThread = before && wanted.thread === undefined && !isApp(before) ? store.thread : wanted.thread;
  const channel = state.channels.find((candidate) => candidate.id === wanted.channel) ?? likewise(state, before);
  const id = channel?.id ?? (state.channels.find((candidate) => candidate.is_bot_member && candidate.kind === "public") ?? state.channels[0]).id;
  const thread = channel ? (keepThread ?? null) : null;
  const [roots, replies] = await Promise.all([api.messages(state.me, id), thread && api.messages(state.me, id, thread)]);
  disconnect();
  showView(null);
  forgetAll();
  Object.assign(store, { me: state.me, state, channel: id, thread });
  takeOver(id, null, roots.messages, store.version);
  if (replies) takeOver(id, thread, replies.messages, store.version);
  store.tab = isApp(current()) ? (wanted.tab ?? store.tab) : "messages";
  disconnect = connect(state.me, {
    event: (event) => hear(event, { draw, resync, reload, read, look: () => views.underneath.soon() }),
    again: () => {
      store.version += 1;
      reload();
      quietly(Promise.all([load(store.channel), store.thread && load(store.channel, store.thread)]));
    },
    down: (offline) => {
      store.offline = offline;
      draw();
    },
  });
  remember();
  read(id);
  if (isApp(current()) && store.tab === "home") quietly(visitHome());
}

function chooseTab(tab) {
  store.tab = tab;
  store.thread = null;
  remember();
  if (tab === "home") quietly(visitHome());
  draw();
}

async function goTo({ channel, ts, thread }) {
  if (!channelById(channel)) return toast("You cannot see that channel.");
  await choose(channel, { thread: thread === ts ? null : thread, tab: "messages" });
  return reveal(ts);
}

/** Permalinks inside messages are followed inside the page. */
function followPermalink(event) {
  const anchor = event.target.closest("a[href]");
  const place = anchor && !event.ctrlKey && !event.metaKey && placeOf(anchor.href);
  if (!place) return;
  event.preventDefault();
  goTo(place);
}

function toggleChannels() {
  const open = frame.classList.toggle("channels-open");
  views.topbar.menu.setAttribute("aria-expanded", String(open));
  if (open) byId("sidebar").querySelector(".channel").focus();
}

function closeChannels() {
  frame.classList.remove("channels-open");
  views.topbar.menu.setAttribute("aria-expanded", "false");
}

function toggleUnderneath() {
  const { node } = views.underneath;
  node.hidden = !node.hidden;
  views.topbar.underneath.setAttribute("aria-pressed", String(!node.hidden));
  if (!node.hidden) views.underneath.refresh();
}

async function start() {
  views = {
    topbar: new Topbar(byId("topbar"), { become: (id) => id !== store.me && quietly(become(id)), toggleChannels, toggleUnderneath }),
    sidebar: new Sidebar(byId("sidebar"), { choose: (id) => choose(id) }),
    channel: new ChannelView(byId("main"), { openThread, chooseTab, redraw: draw }),
    thread: new ThreadView(byId("thread"), { close: closeThread, redraw: draw }),
    underneath: new Underneath(byId("underneath"), { close: toggleUnderneath }),
  };
  byId("scrim").addEventListener("click", closeChannels);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeChannels());
  document.addEventListener("visibilitychange", () => !document.hidden && store.channel && read(store.channel));
  // A file dropped beside its place would replace the page.
  for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
  document.addEventListener("click", followPermalink);
  const target = placeOf(location.href);
  const wanted = target ? { user: lastPerson(), channel: target.channel } : Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const known = (await api.state()).users.some((person) => person.id === wanted.user);
  await (known ? become(wanted.user, wanted) : become(undefined, target ? wanted : {})); // else an address from another demo
  byId("boot").remove();
  frame.hidden = false;
  for (const view of [views.topbar, views.sidebar, views.channel, views.thread]) view.render();
  if (target) reveal(target.ts);
  else if (matchMedia("(min-width: 721px)").matches) byId("composer").focus();
  views.topbar.underneath.hidden = !(await views.underneath.exists());
}

start().catch((error) => {
  byId("boot").textContent = `The workspace could not be opened: ${error.message}`;
});
