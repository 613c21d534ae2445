"""The state of the embedded workspace, and every way in which it changes.

Whoever wants to know of changes (the app's events, the web page, a waiting test) subscribes.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from typing import TYPE_CHECKING, TypeVar

from bot.demo.slack import forms as slack_forms
from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.model import (
    APP_ID,
    BOT_ID,
    BOT_USER_ID,
    TEAM_ID,
    App,
    Call,
    Change,
    Channel,
    File,
    Json,
    Message,
    NotPossibleError,
    Pace,
    ResponseUrl,
    SlackError,
    Trigger,
    User,
    View,
)

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class World:
    """People, channels, messages, files, views. Not thread-safe: lives on the server's loop."""

    def __init__(self, app: App, clock: Callable[[], float], pace: Pace) -> None:
        self.app = app
        self.pace = pace
        self.clock = clock
        self.url = ""  # of the server, without a slash at the end
        self.bot_token = f"xoxb-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-{APP_ID}-{secrets.token_hex(12)}"
        self.signing_secret = secrets.token_hex(16)
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.usergroups: dict[str, Json] = {}  # id → {"name", "handle", "users"}
        self.messages: dict[str, dict[str, Message]] = {}  # channel → ts → message, oldest first
        self.files: dict[str, File] = {}
        self.stacks: dict[str, list[View]] = {}  # user → modals, the visible one last
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}  # by the secret in the address
        self.tickets: set[str] = set()  # of socket addresses not used yet
        self.stubs: set[str] = set()  # files or channels whose events carry `check_file_info` only
        self.refused_blocks: set[str] = set()  # kinds that this workspace does not have yet
        self.reads: dict[tuple[str, str], str] = {}  # (user, channel) → ts read up to
        self.calls: list[Call] = []
        self.subscribers: list[Callable[[Change], None]] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._counter = itertools.count(1)
        self._last_ts = 0

    # Time, ids, waiting

    def next_number(self) -> int:
        """A number never given before, for readable ids."""
        return next(self._counter)

    def new_ts(self) -> str:
        """A message timestamp, later than every one before, whatever the clock does."""
        self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something after so many seconds, unless the workspace closes before."""

        def run() -> None:
            self._timers.discard(handle)
            act()

        handle = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(handle)

    def close(self) -> None:
        """Forget what was still to be done."""
        for handle in self._timers:
            handle.cancel()
        self._timers.clear()

    def record(self, call: Call) -> None:
        """Remember a call of the app."""
        self.calls.append(call)
        self.emit(Change("call"))

    def emit(self, change: Change) -> None:
        """Tell everybody who subscribed or waits."""
        for subscriber in list(self.subscribers):
            subscriber(change)
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, condition: Callable[[], T], seconds: float) -> T:
        """Wait until the condition gives something true, looked at after each change."""
        async with asyncio.timeout(seconds):
            while not (found := condition()):
                future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(future)
                await future
        return found

    # People and places

    def user(self, user_id: str) -> User:
        """The person; an unknown id is a mistake of the caller."""
        if user_id not in self.users:
            raise NotPossibleError(f"There is no user {user_id}.")
        return self.users[user_id]

    def add_channel(self, channel: Channel) -> Channel:
        """Let there be a channel."""
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        self.emit(Change("channels"))
        return channel

    def direct(self, user_id: str) -> Channel:
        """The person's direct message with the bot, opened when first asked for."""
        for channel in self.channels.values():
            if channel.kind == "im" and channel.partner == user_id:
                return channel
        return self.add_channel(
            Channel(
                id=f"D{user_id[1:]}",
                name="",
                kind="im",
                creator=user_id,
                created=int(self.clock()),
                members={user_id, BOT_USER_ID},
                partner=user_id,
            )
        )

    def join(self, channel: Channel, user_id: str, inviter: str | None = None) -> None:
        """Add a member, with the message that Slack posts about it."""
        channel.members.add(user_id)
        text = f"<@{user_id}> has joined the channel"
        self.post(channel, user=user_id, text=text, subtype="channel_join")
        data = {"member": user_id, "inviter": inviter}
        self.emit(Change("joined", channel=channel.id, data=data))
        self.emit(Change("channels"))

    # Messages

    def post(
        self,
        channel: Channel,
        *,
        user: str,
        text: str,
        blocks: list[Json] | None = None,
        files: list[str] | None = None,
        thread_ts: str | None = None,
        subtype: str | None = None,
        metadata: Json | None = None,
        only_for: str | None = None,
        bot_id: str | None = None,
    ) -> Message:
        """A new message, already checked; with `only_for` an ephemeral."""
        message = Message(
            ts=self.new_ts(),
            channel=channel.id,
            user=user,
            text=text,
            blocks=slack_forms.completed(blocks or [], self.next_number),
            files=files or [],
            thread_ts=thread_ts,
            subtype=subtype,
            bot_id=BOT_ID if user == BOT_USER_ID else bot_id,
            metadata=metadata,
            only_for=only_for,
        )
        self.messages[channel.id][message.ts] = message
        for file_id in message.files:
            share = {"ts": message.ts} | ({"thread_ts": thread_ts} if thread_ts else {})
            self.files[file_id].shares.setdefault(channel.id, []).append(share)
        self.emit(Change("message", channel.id, message, user=only_for))
        return message

    def edit(
        self,
        message: Message,
        *,
        text: str,
        blocks: list[Json],
        metadata: Json | None = None,
        mark: bool = False,
    ) -> None:
        """Replace what a message says; `mark` shows it as edited."""
        before = slack_shapes.message(self, message)
        message.earlier.append(message.blocks)
        message.text = text
        message.blocks = slack_forms.completed(blocks, self.next_number)
        message.metadata = metadata or message.metadata
        if mark:
            message.edited = self.new_ts()
        self.emit(Change("changed", message.channel, message, before, user=message.only_for))

    def delete(self, message: Message) -> None:
        """Take a message away; a root with replies leaves a tombstone, as in Slack."""
        before = slack_shapes.message(self, message)
        for file_id in message.files:
            shares = self.files[file_id].shares
            shares[message.channel] = [
                share for share in shares[message.channel] if share["ts"] != message.ts
            ]
            if not shares[message.channel]:
                del shares[message.channel]
        if self.replies(message):
            message.subtype, message.text = "tombstone", "This message was deleted."
            message.blocks, message.files = [], []
        else:
            del self.messages[message.channel][message.ts]
        self.emit(Change("deleted", message.channel, message, before, user=message.only_for))

    def message(self, channel_id: str, ts: str) -> Message | None:
        """The message, ephemerals included; None where there is none."""
        return self.messages.get(channel_id, {}).get(ts)

    def replies(self, root: Message) -> list[Message]:
        """The replies that everybody sees, oldest first."""
        messages = self.messages[root.channel].values()
        return [one for one in messages if one.thread_ts == root.ts and one.only_for is None]

    # Triggers and response_urls

    def new_trigger(self, user: str, channel: str) -> str:
        """A `trigger_id` for what the person just did."""
        trigger_id = f"{self.next_number()}.{TEAM_ID}.{secrets.token_hex(8)}"
        self.triggers[trigger_id] = Trigger(user, channel, self.clock())
        return trigger_id

    def new_response_url(self, user: str, channel: str, message_ts: str | None, kind: str) -> str:
        """A `response_url`; `kind` is "commands" or "actions", part of the address."""
        secret = secrets.token_hex(12)
        self.response_urls[secret] = ResponseUrl(user, channel, self.clock(), message_ts)
        return f"{self.url}/{kind}/{TEAM_ID}/{self.next_number()}/{secret}"

    # Scopes

    def need_scope(self, *any_of: str) -> None:
        """Refuse with `missing_scope` unless the manifest has one of these bot scopes."""
        if any_of and not set(any_of) & set(self.app.scopes):
            provided = ",".join(self.app.scopes)
            raise SlackError("missing_scope", needed=any_of[0], provided=provided)
