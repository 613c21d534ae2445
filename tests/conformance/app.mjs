// A small app on the official JavaScript Bolt, as anybody would write it. Over Socket Mode where it
// is given an app token, else over HTTP. Each thing that Slack's own client and this app agree on is
// a line `check NAME` on standard output; anything unexpected is `fail NAME REASON`.

import { createHash } from "node:crypto";
import bolt from "@slack/bolt";

const { App, LogLevel } = bolt;
const env = process.env;

const say = (line) => process.stdout.write(`${line}\n`);
const check = (name, holds, reason = "") => say(holds ? `check ${name}` : `fail ${name} ${reason}`);
const guarded = (name, work) => async (args) => {
  try {
    await work(args);
  } catch (error) {
    say(`fail ${name} ${error?.data?.error ?? error}`);
  }
};

const app = new App({
  token: env.SLACK_BOT_TOKEN,
  ...(env.SLACK_APP_TOKEN
    ? { appToken: env.SLACK_APP_TOKEN, socketMode: true }
    : { signingSecret: env.SLACK_SIGNING_SECRET, endpoints: "/slack/events" }),
  clientOptions: { slackApiUrl: env.SLACK_API_URL, retryConfig: { retries: 0 } },
  logLevel: LogLevel.ERROR,
});

const text = (words) => ({ type: "plain_text", text: words });
const button = (action, words, value) => ({
  type: "button", action_id: action, text: text(words), value,
});

app.command("/image", guarded("command", async ({ command, ack, respond }) => {
  await ack();
  check("command text", command.text === "a fox & <b>".replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), command.text);
  check("command names channel and person", /^C/.test(command.channel_id) && /^U/.test(command.user_id));
  await respond({
    text: "a card",
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: "*a card*" } },
      { type: "actions", elements: [button("generate", "Generate · 4 credits", "job.1"), button("form", "Form", "job.1")] },
    ],
  });
  say("check respond to a command");
}));

app.action("generate", guarded("click", async ({ ack, action, body, respond, client }) => {
  await ack();
  check("click carries the value", action.value === "job.1", action.value);
  check("click on an ephemeral names its container", body.container.is_ephemeral === true);
  await respond({ replace_original: true, text: "Queued" });
  say("check replace_original");

  const root = await client.chat.postMessage({ channel: body.channel.id, text: "root" });
  const bytes = Buffer.from(env.PICTURE, "base64");
  const sent = await client.filesUploadV2({
    channel_id: body.channel.id,
    thread_ts: root.ts,
    file: bytes,
    filename: "fox.png",
    title: "A fox",
    alt_text: "a fox",
    initial_comment: "here it is",
  });
  const file = sent.files?.[0]?.files?.[0];
  check("filesUploadV2", /^F/.test(file?.id ?? ""), JSON.stringify(sent));

  const info = await client.files.info({ file: file.id });
  check("files.info of an own file", info.file.mimetype === "image/png" && info.file.size === bytes.length, JSON.stringify(info.file));
  await client.chat.update({ channel: body.channel.id, ts: root.ts, text: "root, edited" });
  const replies = await client.conversations.replies({ channel: body.channel.id, ts: root.ts });
  check("conversations.replies", replies.messages.length >= 1 && replies.messages[0].text === "root, edited", JSON.stringify(replies));
  const link = await client.chat.getPermalink({ channel: body.channel.id, message_ts: root.ts });
  check("chat.getPermalink", URL.canParse(link.permalink));
  say(`root ${root.ts}`);
}));

app.action("form", guarded("form", async ({ ack, body, client }) => {
  await ack();
  const opened = await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: "modal",
      callback_id: "form",
      title: text("A form"),
      submit: text("Send"),
      private_metadata: "kept",
      blocks: [{
        type: "input", block_id: "prompt", label: text("Prompt"),
        element: { type: "plain_text_input", action_id: "prompt" },
      }],
    },
  });
  check("views.open", /^V/.test(opened.view.id) && opened.view.private_metadata === "kept");
  const updated = await client.views.update({
    view_id: opened.view.id,
    hash: opened.view.hash,
    view: {
      type: "modal", callback_id: "form", title: text("A form"), submit: text("Send · 4"), private_metadata: "kept",
      blocks: opened.view.blocks.map(({ type, block_id, label, element }) => ({ type, block_id, label, element })),
    },
  });
  check("views.update with its hash", updated.view.hash !== opened.view.hash);
  try {
    await client.views.open({ trigger_id: body.trigger_id, view: { type: "modal", title: text("x"), blocks: [] } });
    say("fail a trigger opens one form it opened two");
  } catch (error) {
    check("a trigger opens one form", error.data?.error === "exchanged_trigger_id", error.data?.error);
  }
  say("opened");
}));

app.view("form", guarded("submission", async ({ ack, view, body }) => {
  const typed = view.state.values.prompt.prompt.value;
  if (typed === "wrong") {
    await ack({ response_action: "errors", errors: { prompt: "not this" } });
    say("check errors at a field");
    return;
  }
  await ack();
  check("submission carries what was typed", typed === "make it night", typed);
  check("submission keeps private_metadata", view.private_metadata === "kept");
  await app.client.chat.postMessage({ channel: body.user.id, text: `you said ${typed}` });
  say("check a message to a person");
}));

app.event("message", guarded("message", async ({ event, client, context }) => {
  if (context.retryNum) {
    check("a redelivery says which it is", context.retryNum >= 1 && Boolean(context.retryReason), `${context.retryNum} ${context.retryReason}`);
    if (event.text === "once more") await client.chat.postMessage({ channel: event.channel, text: "heard again" });
  }
  if (event.subtype !== "file_share" || event.bot_id) return;
  check("a reply names its thread", Boolean(event.thread_ts));
  const { file } = await client.files.info({ file: event.files[0].id });
  const answer = await fetch(file.url_private_download, {
    headers: { authorization: `Bearer ${env.SLACK_BOT_TOKEN}` },
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const digest = createHash("sha256").update(bytes).digest("hex");
  check("the download is the file", answer.ok && digest === env.PICTURE_SHA256, `${answer.status} ${digest}`);
  const without = await fetch(file.url_private_download, { redirect: "manual" });
  check("without the token there is no file", without.headers.get("content-type") !== "image/png");
  await client.chat.postEphemeral({
    channel: event.channel, user: event.user, thread_ts: event.thread_ts, text: "seen",
  });
  say("check postEphemeral in a thread");
}));

app.event("app_mention", guarded("mention", async ({ event, say: answer }) => {
  await answer({ text: "yes?", thread_ts: event.thread_ts ?? event.ts });
  say("check say in a thread");
}));

app.shortcut("create_image", guarded("global shortcut", async ({ ack, shortcut }) => {
  await ack();
  check("a global shortcut has a trigger", Boolean(shortcut.trigger_id));
}));

app.shortcut("edit_image", guarded("message shortcut", async ({ ack, shortcut }) => {
  await ack();
  check("a message shortcut has its message", Boolean(shortcut.message?.ts) && shortcut.channel.id.startsWith("C"));
}));

app.event("app_home_opened", guarded("home", async ({ event, client }) => {
  await client.views.publish({
    user_id: event.user,
    view: { type: "home", blocks: [{ type: "header", text: text("Home") }] },
  });
  say("check views.publish");
}));

app.error(async (error) => say(`fail bolt ${error.message}`));

await app.start(env.SLACK_APP_TOKEN ? undefined : Number(env.PORT));
const me = await app.client.auth.test();
check("auth.test", /^T/.test(me.team_id) && /^U/.test(me.user_id) && /^B/.test(me.bot_id));
try {
  await app.client.chat.postMessage({ channel: "C0NOSUCH", text: "x" });
  say("fail a channel that is none it was posted");
} catch (error) {
  check("a channel that is none", error.data?.error === "channel_not_found", error.data?.error);
}
say("ready");
process.on("SIGTERM", async () => {
  await app.stop();
  process.exit(0);
});
