"""The nouns of the embedded workspace, as plain values that the server may change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

APP_ID = "AEASELAPP1"
BOT_ID = "BEASELBOT1"
BOT_USER_ID = "UEASELBOT1"
TEAM_ID = "TACMESTUDIO"
TEAM_NAME = "Acme Studio"
TEAM_DOMAIN = "acme-studio"

Json = dict[str, Any]
Role = Literal["member", "admin", "guest", "stranger", "bot"]
Kind = Literal["public", "private", "im", "mpim"]


@dataclass(slots=True)
class User:
    """A person or a bot. A stranger belongs to another workspace (Slack Connect)."""

    id: str
    name: str
    real_name: str
    role: Role
    color: str  # six hex digits, as Slack gives them
    team_id: str
    deleted: bool = False


@dataclass(slots=True)
class Channel:
    """A channel, a group direct message ("mpim"), or one person's with the bot (`kind` "im")."""

    id: str
    name: str
    kind: Kind
    creator: str
    created: int  # seconds since 1970
    members: set[str] = field(default_factory=set)
    topic: str = ""
    is_archived: bool = False
    is_ext_shared: bool = False
    partner: str = ""  # the person at the other end of a direct message


@dataclass(slots=True)
class Message:
    """A message, or an ephemeral (`only_for` names the one person who sees it)."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    thread_ts: str | None = None  # of the root, in a reply
    subtype: str | None = None
    bot_id: str | None = None
    edited: str | None = None  # ts of the last edit that Slack shows as "(edited)"
    metadata: Json | None = None
    only_for: str | None = None
    earlier: list[list[Json]] = field(default_factory=list)  # blocks before each edit, oldest first
    typed: dict[str, Json] = field(default_factory=dict)  # block_id → action_id → entry


@dataclass(slots=True)
class File:
    """An uploaded file: announced, then with bytes, then completed, shared and processed."""

    id: str
    user: str
    name: str
    title: str
    size: int  # bytes, as announced
    created: int  # seconds since 1970
    secret: str  # part of its upload address
    alt_text: str = ""
    mimetype: str = "application/octet-stream"
    data: bytes | None = None
    width: int = 0  # pixels; 0 when it is no image
    height: int = 0
    completed: bool = False
    processed: bool = False
    deleted: bool = False
    given_to_app: bool = False  # through a modal's file_input
    shares: dict[str, list[Json]] = field(default_factory=dict)  # channel → [{ts, thread_ts?}]
    odd: Json = field(default_factory=dict)  # what Slack says otherwise: mode, file_access, size, …


@dataclass(slots=True)
class View:
    """A modal in a person's stack, or their App Home; `body` is what the app sent."""

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None
    channel: str  # where the person was when it opened; "" for App Home
    typed: dict[str, Json] = field(default_factory=dict)  # block_id → action_id → entry


@dataclass(slots=True)
class Trigger:
    """A `trigger_id` as the server remembers it: good once, for three seconds."""

    user: str
    channel: str
    issued: float
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """A `response_url` as the server remembers it: five uses in thirty minutes."""

    user: str
    channel: str
    issued: float
    message_ts: str | None  # the clicked message; None for a command or a shortcut
    uses: int = 0


@dataclass(slots=True, frozen=True)
class Change:
    """Something happened. `user` narrows it to the one person who sees it."""

    kind: Literal[
        "message", "changed", "deleted", "joined", "channels", "home_opened",
        "view", "home", "errors", "toast", "call",
    ]  # fmt: skip
    channel: str = ""
    message: Message | None = None
    before: Json | None = None  # the message as Slack showed it before
    user: str | None = None
    data: Json = field(default_factory=dict)


@dataclass(slots=True)
class Delivery:
    """What became of one command or interaction on its way to the app."""

    ok: bool
    seconds: float  # until the acknowledgement, or until Slack gave up
    status: int | None = None  # of the HTTP answer; None over Socket Mode
    payload: Any = None  # the body of the acknowledgement
    error: str | None = None  # as Slack shows it: operation_timeout, dispatch_failed, …
    shown: Message | None = None  # the message that the acknowledgement carried
    errors: dict[str, str] = field(default_factory=dict)  # under a modal's inputs, by block_id
    retry: bool = True  # False: the app asked not to be sent this again


@dataclass(slots=True)
class Call:
    """A recorded call of the app: a Web API method, or "upload", "response_url", "download"."""

    method: str
    args: Json
    ok: bool
    error: str | None = None
    answer: Json = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Pace:
    """How long Slack takes for things, in seconds."""

    ack: float = 3.0  # patience with an acknowledgement
    trigger: float = 3.0  # for which a trigger id opens a view
    sharing: float = 0.1  # from files.completeUploadExternal to the message
    processing: float = 0.3  # from sharing until `slack_file` takes the file
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)  # before each redelivery of an event


class SlackError(Exception):
    """A refusal in Slack's words; `extra` goes into the answer beside `error`."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra

    @classmethod
    def explained(cls, error: str, problems: list[str]) -> SlackError:
        """A refusal with reasons, in both places where Slack puts them."""
        messages = [f"[ERROR] {problem}" for problem in problems]
        return cls(error, errors=problems, response_metadata={"messages": messages})


class NotPossibleError(Exception):
    """What a person tried cannot be done in Slack; says why in a sentence for them."""


@dataclass(slots=True, frozen=True)
class Command:
    """A slash command of the manifest."""

    name: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(slots=True, frozen=True)
class Shortcut:
    """A shortcut of the manifest; `kind` is "message" or "global"."""

    name: str
    kind: str
    callback_id: str


@dataclass(slots=True, frozen=True)
class App:
    """The one installed app."""

    name: str
    commands: dict[str, Command]
    shortcuts: dict[str, Shortcut]
    scopes: tuple[str, ...]
    events: frozenset[str]

    @classmethod
    def from_manifest(cls, manifest: Json) -> App:
        """Read a manifest (as parsed from YAML or JSON); what is missing in it, the app has not."""
        features: Json = manifest.get("features", {})
        name = manifest.get("display_information", {}).get("name", "App")
        commands = [
            Command(
                one["command"],
                one.get("description", ""),
                one.get("usage_hint", ""),
                one.get("should_escape", False),
            )
            for one in features.get("slash_commands", [])
        ]
        shortcuts = [
            Shortcut(one["name"], one["type"], one["callback_id"])
            for one in features.get("shortcuts", [])
        ]
        subscriptions = manifest.get("settings", {}).get("event_subscriptions", {})
        return cls(
            name=features.get("bot_user", {}).get("display_name", name),
            commands={command.name: command for command in commands},
            shortcuts={shortcut.callback_id: shortcut for shortcut in shortcuts},
            scopes=tuple(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
            events=frozenset(subscriptions.get("bot_events", [])),
        )
