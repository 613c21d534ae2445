"""What one person sees of the workspace, as the web page gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.model import BOT_USER_ID, TEAM_ID, TEAM_NAME

if TYPE_CHECKING:
    from bot.demo.slack.model import Change, Channel, File, Json, Message, User
    from bot.demo.slack.state import World


class Sight:
    """The workspace through one person's eyes."""

    def __init__(self, world: World, me: User) -> None:
        self.world = world
        self.me = me

    def state(self) -> Json:
        """Everything but the messages."""
        app = self.world.app
        channels = [one for one in self.world.channels.values() if self.lists(one)]
        return {
            "team": {"id": TEAM_ID, "name": TEAM_NAME},
            "me": self.me.id,
            "users": [_user(person) for person in self.world.users.values()],
            "bot": {"id": BOT_USER_ID, "name": app.name},
            "channels": [self._channel(one) for one in channels],
            "commands": [
                {"command": one.name, "description": one.description, "usage_hint": one.usage_hint}
                for one in app.commands.values()
            ],
            "shortcuts": [
                {"name": one.name, "type": one.kind, "callback_id": one.callback_id}
                for one in app.shortcuts.values()
            ],
        }

    def lists(self, channel: Channel) -> bool:
        """Whether the person can open the channel."""
        if channel.kind == "public" and self.me.role in ("member", "admin"):
            return True
        return self.me.id in channel.members

    def sees_file(self, file: File) -> bool:
        """Whether the person may see the file: their own, or shared where they can look."""
        places = (self.world.channels[channel_id] for channel_id in file.shares)
        return file.user == self.me.id or any(self.lists(place) for place in places)

    def messages(self, channel: Channel, thread_ts: str | None) -> list[Json]:
        """The channel's roots, or a thread with its root, oldest first."""
        return [
            self.message(one)
            for one in self.world.messages[channel.id].values()
            if one.only_for in (None, self.me.id)
            and (thread_ts in (one.ts, one.thread_ts) if thread_ts else not one.thread_ts)
        ]

    def live(self, change: Change) -> list[Json]:
        """What the page is told about a change; nothing when it is not this person's to see."""
        world, me = self.world, self.me
        if change.user not in (None, me.id):
            return []
        match change.kind:
            case "message" | "changed" | "deleted":
                return self._message_live(change)
            case "channels":
                return [{"type": "channels"}]
            case "view":
                stack = world.stacks.get(me.id, [])
                return [{"type": "view", "view": slack_shapes.view(stack[-1]) if stack else None}]
            case "home":
                return [{"type": "home", "view": slack_shapes.view(world.homes[me.id])}]
            case "call":
                return [{"type": "underneath"}]
            case "errors" | "toast":
                return [{"type": change.kind, **change.data}]
            case _:
                return []

    def _message_live(self, change: Change) -> list[Json]:
        message, channel = change.message, self.world.channels[change.channel]
        assert message is not None
        if not self.lists(channel):
            return []
        place = {"channel": channel.id}
        items: list[Json] = []
        if change.kind == "deleted" and message.subtype != "tombstone":
            items.append(
                {"type": "deleted", **place, "ts": message.ts, "thread_ts": message.thread_ts}
            )
        else:
            kind = "message" if change.kind == "message" else "changed"
            items.append({"type": kind, **place, "message": self.message(message)})
        root = self.world.message(channel.id, message.thread_ts) if message.thread_ts else None
        if root and not message.only_for and change.kind != "changed":  # its reply_count
            items.append({"type": "changed", **place, "message": self.message(root)})
        return items

    def _channel(self, channel: Channel) -> Json:
        me = self.me
        read = self.world.reads.get((me.id, channel.id), "")
        unread = [
            one
            for one in self.world.messages[channel.id].values()
            if one.ts > read
            and not one.thread_ts
            and one.user != me.id
            and one.only_for in (None, me.id)
        ]
        return {
            "id": channel.id,
            "name": self._name(channel),
            "kind": channel.kind,
            "topic": channel.topic,
            "is_bot_member": BOT_USER_ID in channel.members,
            "is_archived": channel.is_archived,
            "unread": len(unread),
            "user": BOT_USER_ID if channel.kind == "im" else "",
        }

    def _name(self, channel: Channel) -> str:
        """A group direct message is called by the others in it."""
        if channel.kind != "mpim":
            return channel.name
        users = self.world.users
        others = sorted(channel.members - {self.me.id}, key=lambda one: (one == BOT_USER_ID, one))
        return ", ".join(users[one].real_name for one in others)

    def message(self, one: Message) -> Json:
        """A message of the page's contract."""
        replies = [] if one.thread_ts or one.only_for else self.world.replies(one)
        return {
            "ts": one.ts,
            "user": one.user,
            "bot": one.bot_id is not None,
            "text": one.text,
            "blocks": one.blocks,
            "files": [self.file(self.world.files[file_id]) for file_id in one.files],
            "thread_ts": one.thread_ts,
            "reply_count": len(replies),
            "latest_reply": replies[-1].ts if replies else None,
            "edited": one.edited is not None,
            "ephemeral": one.only_for is not None,
            "subtype": one.subtype,
        }

    def file(self, file: File) -> Json:
        """A file of the page's contract."""
        return {
            "id": file.id,
            "name": file.name,
            "title": file.title,
            "mimetype": file.mimetype,
            "size": file.size,
            "width": file.width,
            "height": file.height,
            "alt": file.alt_text,
            "url": f"/page/file/{file.id}?user={self.me.id}",
        }


def _user(person: User) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name,
        "role": person.role,
        "color": person.color,
        "is_bot": person.role == "bot",
    }
