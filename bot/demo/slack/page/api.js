// The server's addresses, and the live socket.

async function answer(response) {
  if (response.status === 204) return null;
  const data = await response.json().catch(() => null);
  if (!response.ok) throw new Error(data?.error ?? `The workspace answered ${response.status}.`);
  return data;
}

async function get(path, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return answer(await fetch(`/page/${path}?${new URLSearchParams(wanted)}`));
}

/** Errors are sentences: a refusal by the workspace and a workspace that is gone look the same. */
async function post(path, body) {
  let response;
  try {
    response = await fetch(`/page/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The workspace does not answer. Is the demo still running?");
  }
  const data = await answer(response);
  if (data?.ok === false) throw new Error(data.error ?? "That did not work.");
  return data;
}

export const api = {
  state: (user) => get("state", { user }),
  messages: (user, channel, thread_ts) => get("messages", { user, channel, thread_ts }),
  underneath: async (user, channel) => {
    const response = await fetch(`/page/underneath?${new URLSearchParams({ user, channel })}`);
    return response.status === 404 ? null : answer(response);
  },
  post,
  upload: async (user, file) => {
    const query = new URLSearchParams({ user, name: file.name });
    const headers = { "Content-Type": file.type || "application/octet-stream" };
    return answer(await fetch(`/page/upload?${query}`, { method: "POST", headers, body: file }));
  },
  fileUrl: (user, id) => `/page/file/${encodeURIComponent(id)}?${new URLSearchParams({ user })}`,
};

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

/** One socket for one person. `again` is called after a gap, when events may have been missed. */
export function connect(user, { event, again, down }) {
  let socket = null;
  let wait = FIRST_WAIT;
  let timer = null;
  let closed = false;
  let gap = false;

  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/page/live?${new URLSearchParams({ user })}`);
    socket.onopen = () => {
      wait = FIRST_WAIT;
      down(false);
      if (gap) again();
      gap = false;
    };
    socket.onmessage = ({ data }) => !closed && event(JSON.parse(data));
    socket.onclose = () => {
      if (closed) return;
      gap = true;
      down(true);
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
  };
  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    socket.close();
  };
}
