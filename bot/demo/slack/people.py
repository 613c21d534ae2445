"""What a person does in the workspace: write, attach, type a command, click, fill a form in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.demo.slack import files as slack_files
from bot.demo.slack import forms as slack_forms
from bot.demo.slack import payloads as slack_payloads
from bot.demo.slack import replies as slack_replies
from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack import views as slack_views
from bot.demo.slack.model import (
    BOT_USER_ID,
    Change,
    Channel,
    Delivery,
    File,
    Json,
    Message,
    NotPossibleError,
    ResponseUrl,
    SlackError,
    View,
)

if TYPE_CHECKING:
    from bot.demo.slack.state import World
    from bot.demo.slack.wire import Wire

URL = r"https?://[^\s<>]+"
TROUBLE = "We had some trouble connecting. Try again?"
NO_COMMAND = (
    "{} is not a valid command. In Slack, all messages that start with the “/” "
    "character are interpreted as commands."
)


class People:
    """Everybody's hands. What Slack's own client would not let them do is a `NotPossibleError`."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.world = wire.world

    # Writing

    async def send(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread_ts: str | None = None,
        files: list[str] | None = None,
    ) -> Message:
        """Write a message or a reply; `files` are ids of `upload`."""
        place = self._place(user, channel)
        if thread_ts:
            root = self.world.message(channel, thread_ts)
            if root is None or root.only_for:
                raise NotPossibleError("This thread does not exist any more.")
            thread_ts = root.thread_ts or root.ts
        if not text and not files:
            raise NotPossibleError("The message is empty.")
        return self.world.post(
            place,
            user=user,
            text=typed(self.world, text),
            files=files,
            thread_ts=thread_ts,
            subtype="file_share" if files else None,
        )

    async def upload(self, user: str, name: str, data: bytes) -> File:
        """Attach a file, to send it or to put it into a form; it is processed at once."""
        self.world.user(user)
        file = slack_files.announce(self.world, user, name, len(data))
        await slack_files.fill(file, data)
        file.completed = file.processed = True
        return file

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change one's own message."""
        message = self._own(user, channel, ts)
        text = typed(self.world, text)
        self.world.edit(message, text=text, blocks=message.blocks, mark=True)

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete one's own message."""
        self.world.delete(self._own(user, channel, ts))

    def post_as_other_bot(self, channel: str, text: str) -> Message:
        """A message of another app, with `bot_id` and subtype "bot_message"."""
        return self.world.post(
            self.world.channels[channel],
            user="UOTHERBOT1",
            text=text,
            subtype="bot_message",
            bot_id="BOTHERBOT1",
        )

    async def invite_bot(self, user: str, channel: str) -> None:
        """Add the bot to a channel, as `/invite` does."""
        place = self._place(user, channel)
        if BOT_USER_ID not in place.members:
            self.world.join(place, BOT_USER_ID, inviter=user)

    # Commands, shortcuts, App Home

    async def command(self, user: str, channel: str, command: str, text: str = "") -> Delivery:
        """Type a slash command; `shown` is the message that its acknowledgement carried."""
        place, known = self._place(user, channel), self.world.app.commands.get(command)
        if known is None:
            raise NotPossibleError(NO_COMMAND.format(command))
        text = typed(self.world, text, tokens=known.should_escape)
        person = self.world.user(user)
        payload = slack_payloads.command(self.world, person, place, command, text)
        delivery = await self.wire.deliver("slash_commands", payload)
        if delivery.ok and delivery.payload:
            self._show_ack(user, place, delivery)
        if not delivery.ok:
            self._toast(user, f"{command} failed with the error “{delivery.error}”")
        return delivery

    def _show_ack(self, user: str, channel: Channel, delivery: Delivery) -> None:
        body: Any = delivery.payload if isinstance(delivery.payload, dict) else {"text": "?"}
        if not body.get("text") and not body.get("blocks"):
            return
        try:
            url = ResponseUrl(user, channel.id, self.world.clock(), None)
            delivery.shown = slack_replies.show(self.world, url, body)
        except SlackError:
            delivery.ok, delivery.error = False, "invalid_command_response"

    async def shortcut(
        self, user: str, callback_id: str, channel: str | None = None, message_ts: str | None = None
    ) -> Delivery:
        """Use a global shortcut, or a message shortcut on a message that everybody sees."""
        world = self.world
        person, known = world.user(user), world.app.shortcuts.get(callback_id)
        if known is None:
            raise NotPossibleError(f"There is no shortcut {callback_id}.")
        if known.kind == "global":
            payload = slack_payloads.global_shortcut(world, person, callback_id)
        else:
            message = world.message(channel or "", message_ts or "")
            if message is None or message.only_for:
                raise NotPossibleError("There is no such message.")
            payload = slack_payloads.message_shortcut(world, person, message, callback_id)
        return await self._interact(
            user, payload, f"“{known.name}” failed with the error “{{error}}”"
        )

    async def open_home(self, user: str) -> None:
        """Look at the app's Home tab; wait for `home(user)` to see what it publishes."""
        self.world.emit(Change("home_opened", self.world.direct(user).id, user=user))

    # Blocks

    async def click(
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        value: str | list[str] | None = None,
        *,
        entry: Json | None = None,
    ) -> Delivery:
        """Press a button or choose in a select of a message: by `value`, or a ready-made `entry`.

        A screen may lag behind: what the message showed before its last edits can be clicked, too.
        """
        message = self.world.message(channel, message_ts)
        if message is None or message.only_for not in (None, user):
            raise NotPossibleError("This message is gone.")
        block, element = _clicked(message, action_id, value)
        action = self._action(block, element, value, entry)
        if element["type"] in slack_forms.VALUES:
            message.typed.setdefault(block["block_id"], {})[action_id] = action
        person = self.world.user(user)
        payload = slack_payloads.message_click(self.world, person, message, action)
        return await self._interact(user, payload, "This app did not respond: {error}")

    def shown_view(self, user: str, view_id: str | None = None) -> View:
        """The person's open modal (the top one unless named), or their App Home by its id."""
        views = list(self.world.stacks.get(user, []))
        if user in self.world.homes and view_id is not None:
            views.insert(0, self.world.homes[user])
        for view in reversed(views):
            if view_id in (None, view.id):
                return view
        raise NotPossibleError("This view is closed.")

    async def view_action(
        self,
        user: str,
        action_id: str,
        value: str | list[str] | None = None,
        *,
        view_id: str | None = None,
        entry: Json | None = None,
    ) -> Delivery | None:
        """Press or choose in the open modal, or (by `view_id`) in a lower one or App Home.

        None when an input only takes note, without `dispatch_action`.
        """
        view = self.shown_view(user, view_id)
        block, element = _input(view, action_id)
        action = self._action(block, element, value, entry)
        self.enter(view, {block["block_id"]: {action_id: action}})
        if block["type"] == "input" and not block.get("dispatch_action"):
            return None
        payload = slack_payloads.view_click(self.world, self.world.user(user), view, action)
        return await self._interact(user, payload, TROUBLE)

    def enter(self, view: View, values: dict[str, Json]) -> None:
        """Note what was entered, by block_id and action_id; ids of files become file objects."""
        for block_id, entries in values.items():
            for action_id, entry in entries.items():
                passing = ("action_id", "block_id", "action_ts")
                kept = {key: value for key, value in entry.items() if key not in passing}
                if isinstance(kept.get("files"), list):
                    kept["files"] = [self._given(one) for one in kept["files"]]
                view.typed.setdefault(block_id, {})[action_id] = kept

    def _given(self, ref: Any) -> Json:
        file = self.world.files[ref["id"] if isinstance(ref, dict) else ref]
        file.given_to_app = True
        return slack_shapes.file(self.world, file)

    async def submit_view(
        self,
        user: str,
        values: dict[str, Any] | None = None,
        *,
        view_id: str | None = None,
        entries: dict[str, Json] | None = None,
    ) -> Delivery:
        """Press the modal's submit button, and do what the app's `response_action` says.

        `values` by action_id: a text, an option's value, a list of values or of file ids; what is
        not named stays as it was. `entries` are ready-made, by block_id and action_id.
        """
        view = self.shown_view(user, view_id)
        self.enter(view, entries or {})
        for action_id, value in (values or {}).items():
            block, element = _input(view, action_id)
            entry = slack_forms.entered(element, value)
            self.enter(view, {block["block_id"]: {action_id: entry}})
        state = slack_forms.state(view.body["blocks"], view.typed, view.channel)
        empty = slack_forms.left_empty(view.body["blocks"], state)
        if empty:
            return Delivery(ok=False, seconds=0, error="left_empty", errors=empty)
        payload = slack_payloads.submission(self.world, self.world.user(user), view)
        delivery = await self.wire.deliver("interactive", payload)
        if delivery.ok:
            try:
                self._respond(user, view, delivery)
            except SlackError as refusal:
                delivery.ok, delivery.error = False, refusal.error
        if not delivery.ok:
            self._toast(user, TROUBLE)
        return delivery

    def _respond(self, user: str, view: View, delivery: Delivery) -> None:
        world = self.world
        answer = delivery.payload if isinstance(delivery.payload, dict) else {}
        match answer.get("response_action"):
            case "errors":
                delivery.errors = dict(answer.get("errors", {}))
                data = {"view_id": view.id, "errors": delivery.errors}
                world.emit(Change("errors", user=user, data=data))
            case "update":
                body = slack_views.checked(world, answer.get("view"), "modal")
                slack_views.replace(world, view, body)
            case "push":
                body = slack_views.checked(world, answer.get("view"), "modal")
                slack_views.push(world, user, body, view.channel)
            case "clear":
                slack_views.close_top(world, user, everything=True)
            case _:
                if view in world.stacks.get(user, []):
                    slack_views.close_top(world, user)

    async def close_view(self, user: str, *, view_id: str | None = None) -> Delivery | None:
        """Close the modal without submitting; a delivery if it asked for `notify_on_close`."""
        view = self.shown_view(user, view_id)
        everything = bool(view.body.get("clear_on_close"))
        slack_views.close_top(self.world, user, everything=everything)
        if not view.body.get("notify_on_close"):
            return None
        payload = slack_payloads.closed(self.world.user(user), view, cleared=everything)
        return await self.wire.deliver("interactive", payload)

    # What these have in common

    def _place(self, user: str, channel_id: str) -> Channel:
        """A channel in which the person can write."""
        channel = self.world.channels.get(channel_id)
        self.world.user(user)
        if channel is None or (user not in channel.members and channel.kind != "public"):
            raise NotPossibleError("There is no such channel.")
        if user not in channel.members:
            raise NotPossibleError(f"You are not in #{channel.name}.")
        if channel.is_archived:
            raise NotPossibleError(f"#{channel.name} is archived.")
        return channel

    def _own(self, user: str, channel: str, ts: str) -> Message:
        message = self.world.message(channel, ts)
        if message is None or message.user != user:
            raise NotPossibleError("This is not your message.")
        return message

    async def _interact(self, user: str, payload: Json, trouble: str) -> Delivery:
        delivery = await self.wire.deliver("interactive", payload)
        if not delivery.ok:
            self._toast(user, trouble.format(error=delivery.error))
        return delivery

    def _toast(self, user: str, text: str) -> None:
        """A short notice that only this person sees."""
        self.world.emit(Change("toast", user=user, data={"text": text}))

    def _action(
        self, block: Json, element: Json, value: str | list[str] | None, entry: Json | None
    ) -> Json:
        """The entry of `actions` in the payload."""
        action = {"action_id": element["action_id"], "block_id": block["block_id"]}
        action["action_ts"] = self.world.new_ts()
        kind = {"type": element["type"]}
        if element["type"] == "button":
            kept = ("type", "text", "value", "style", "url")
            return action | {key: element[key] for key in kept if key in element}
        if element["type"] == "overflow" and not entry:
            entry = slack_forms.entered({**element, "type": "static_select"}, value or "")
        return action | (entry or slack_forms.entered(element, value or "")) | kind


def _clicked(message: Message, action_id: str, value: str | list[str] | None) -> tuple[Json, Json]:
    for blocks in [message.blocks, *reversed(message.earlier)]:
        for block, element in slack_forms.elements(blocks):
            if element.get("action_id") == action_id:
                button = element["type"] == "button"
                if not button or value is None or element.get("value") == value:
                    return block, element
    raise NotPossibleError(f"There is nothing called {action_id} in this message.")


def _input(view: View, action_id: str) -> tuple[Json, Json]:
    for block, element in slack_forms.elements(view.body["blocks"]):
        if element.get("action_id") == action_id:
            return block, element
    raise NotPossibleError(f"There is nothing called {action_id} in this view.")


def typed(world: World, text: str, *, tokens: bool = True) -> str:
    """`&`, `<` and `>` as entities, and (with `tokens`) mentions and addresses as Slack's tokens.

    A mention is `@name`, `#name`, or the token itself of somebody or some channel that exists, as
    picking it from the list in Slack's composer leaves it.
    """
    if not tokens:
        return entities(text)
    people = {f"@{person.name}": f"<@{person.id}>" for person in world.users.values()}
    people |= {f"@{person.real_name}": f"<@{person.id}>" for person in world.users.values()}
    people[f"@{world.app.name}"] = f"<@{BOT_USER_ID}>"
    known = dict(people)
    for channel in world.channels.values():
        if channel.name:
            shown = channel.name if channel.kind == "public" else ""
            known[f"#{channel.name}"] = f"<#{channel.id}|{shown}>"
            known[f"<#{channel.id}>"] = known[f"#{channel.name}"]
    known |= {token: token for token in list(known.values())}
    names = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:(?P<name>{names})(?!\w)|(?P<url>{URL}))")
    parts: list[str] = []
    end = 0
    for found in pattern.finditer(text):
        parts.append(entities(text[end : found.start()]))
        parts.append(known[found["name"]] if found["name"] else f"<{entities(found['url'])}>")
        end = found.end()
    return "".join([*parts, entities(text[end:])])


def entities(text: str) -> str:
    """The three control characters of Slack's text, escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
