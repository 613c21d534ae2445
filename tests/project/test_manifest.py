from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest
import yaml

from bot.cli.doctor import NEEDED_SCOPES
from bot.slack_in import routes

ROOT = Path(__file__).parents[2]
SCHEMAS = Path(__file__).with_name("schemas")  # github.com/slackapi/manifest-schema, MIT

EVENT_SCOPES: dict[str, set[str]] = {
    # https://docs.slack.dev/reference/events/NAME, "Required Scopes"
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "member_joined_channel": {"channels:read", "groups:read"},  # public, private channels
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "tokens_revoked": set(),
}


@pytest.fixture
def manifest() -> dict[str, Any]:
    """The manifest as Slack reads it."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    return loaded


@pytest.mark.parametrize("schema", ["schema.v1.json", "schema.v2.json"])
def test_schema(manifest: dict[str, Any], schema: str) -> None:
    """The manifest is valid under both of Slack's schemas, limits of length included."""
    rules = json.loads((SCHEMAS / schema).read_text("utf-8"))

    assert [e.message for e in jsonschema.Draft7Validator(rules).iter_errors(manifest)] == []


def test_the_schemas_refuse() -> None:
    """The check above can fail: a shortcut's name of 25 characters is one too long."""
    rules = json.loads((SCHEMAS / "schema.v2.json").read_text("utf-8"))
    shortcut = {"name": "n" * 25, "type": "global", "callback_id": "c", "description": "d"}
    broken = {"display_information": {"name": "Easel"}, "features": {"shortcuts": [shortcut]}}

    assert not jsonschema.Draft7Validator(rules).is_valid(broken)


def test_every_event_has_its_scopes(manifest: dict[str, Any]) -> None:
    """No event is subscribed to that Slack would not send for lack of a scope."""
    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    events = manifest["settings"]["event_subscriptions"]["bot_events"]

    assert {e: EVENT_SCOPES[e] - scopes for e in events if not EVENT_SCOPES[e] <= scopes} == {}


def test_doctor_asks_for_the_manifests_scopes(manifest: dict[str, Any]) -> None:
    """`easel doctor` misses a scope exactly when the manifest has it and the token has not."""
    scopes = manifest["oauth_config"]["scopes"]["bot"]

    assert sorted(NEEDED_SCOPES) == scopes


def test_commands(manifest: dict[str, Any]) -> None:
    """Both commands are there, and Slack hands over ids of the people and channels in them."""
    commands = manifest["features"]["slash_commands"]

    assert {command["command"]: command["should_escape"] for command in commands} == {
        "/image": True,
        "/image-quota": True,
    }


def test_shortcuts(manifest: dict[str, Any]) -> None:
    """The shortcuts have the names that the outside relies on."""
    shortcuts = manifest["features"]["shortcuts"]

    assert {shortcut["callback_id"]: shortcut["type"] for shortcut in shortcuts} == {
        "edit_image": "message",
        "create_image": "global",
    }


def test_code_and_manifest_name_the_same(manifest: dict[str, Any]) -> None:
    """What Slack is told of is what the routes answer: commands, shortcuts, and every event."""
    features = manifest["features"]
    events = {
        name.partition(".")[0] for name in manifest["settings"]["event_subscriptions"]["bot_events"]
    }

    assert {one["command"] for one in features["slash_commands"]} == set(routes.COMMANDS)
    assert {one["callback_id"] for one in features["shortcuts"]} == set(routes.SHORTCUTS)
    assert set(routes.EVENTS) <= events
