"""What the app's manifest says, as the workspace needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.demo.slack.model import Json

APP_ID = "AEASELAPP1"
BOT_ID = "BEASELBOT1"
BOT_USER_ID = "UEASELBOT1"


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
