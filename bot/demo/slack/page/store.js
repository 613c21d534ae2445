// What the page knows: who looks at what, and the messages seen so far.

export const store = {
  me: null,
  state: null,
  channel: null,
  thread: null,
  tab: "messages",
  home: null,
  offline: false,
  messages: new Map(), // channel id → Map(ts → message): roots and replies together
  loaded: new Set(), // what has been fetched whole: "C" or "C/ts"
  version: 0, // rises with every live event, so that a slower fetch does not undo one
};

const SEEN = "easel-dismissed";
let dismissed;
try {
  dismissed = new Set(JSON.parse(sessionStorage.getItem(SEEN) ?? "[]"));
} catch {
  dismissed = new Set();
}

export const user = (id) => store.state.users.find((person) => person.id === id);
export const channelById = (id) => store.state.channels.find((channel) => channel.id === id);
export const current = () => channelById(store.channel);
export const people = () => store.state.users.filter((person) => !person.is_bot);
export const isBot = (id) => id === store.state.bot.id || Boolean(user(id)?.is_bot);
export const nameOf = (id) => user(id)?.real_name || user(id)?.name || (id === store.state.bot.id ? store.state.bot.name : id);
/** Between people, without a name of its own: with one of them, or a group's. */
export const isDirect = (channel) => channel?.kind === "im" || channel?.kind === "mpim";
export const isApp = (channel) => channel?.kind === "im" && isBot(channel.user);

/** As it is spoken of: a channel with its mark, a direct message by who is in it. */
export const placeName = (channel) => (isDirect(channel) ? channelTitle(channel) : `#${channel.name}`);

export function channelTitle(channel) {
  return channel.kind === "im" ? nameOf(channel.user) : channel.name;
}

const bucket = (channel) => {
  if (!store.messages.has(channel)) store.messages.set(channel, new Map());
  return store.messages.get(channel);
};
const isRoot = (message) => !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";
const inOrder = (messages) => messages.sort((a, b) => Number(a.ts) - Number(b.ts));
const visible = (message) => !dismissed.has(message.ts);

export const known = (channel, ts) => store.messages.get(channel)?.get(ts);
export const roots = (channel) => inOrder([...bucket(channel).values()].filter((message) => isRoot(message) && visible(message)));
export const threadOf = (channel, ts) =>
  inOrder([...bucket(channel).values()].filter((message) => (message.ts === ts || message.thread_ts === ts) && visible(message)));

export function put(channel, message) {
  const before = known(channel, message.ts);
  bucket(channel).set(message.ts, { ...before, ...message });
  return !before;
}

export function remove(channel, ts) {
  bucket(channel).delete(ts);
}

/** Take over a fetched list. If a live event came in between it may be older than what is known:
 * then nothing that is known is changed or forgotten. */
export function takeOver(channel, thread, messages, since) {
  const here = bucket(channel);
  const isNewest = since === store.version;
  if (isNewest) {
    const stay = new Set(messages.map((message) => message.ts));
    for (const message of thread ? threadOf(channel, thread) : roots(channel)) {
      if (!stay.has(message.ts)) here.delete(message.ts);
    }
  }
  for (const message of messages) if (isNewest || !here.has(message.ts)) put(channel, message);
  store.loaded.add(thread ? `${channel}/${thread}` : channel);
}

export function forgetAll() {
  store.messages.clear();
  store.loaded.clear();
  store.home = null;
}

/** Dismissing an ephemeral is the reader's own business: nothing is told to the workspace. */
export function dismiss(ts) {
  dismissed.add(ts);
  try {
    sessionStorage.setItem(SEEN, JSON.stringify([...dismissed].slice(-200)));
  } catch {
    // Without storage it comes back on reload.
  }
}

/** A file seen in any message: its size keeps the place of a picture that is still loading. */
export function findFile(id) {
  for (const messages of store.messages.values()) {
    for (const message of messages.values()) {
      const file = message.files?.find((candidate) => candidate.id === id);
      if (file) return file;
    }
  }
  return undefined;
}
