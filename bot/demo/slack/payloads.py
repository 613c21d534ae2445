"""Payloads of commands and interactions, field by field as Slack sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.demo.slack import forms as slack_forms
from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.model import APP_ID, TEAM_DOMAIN, TEAM_ID

if TYPE_CHECKING:
    from bot.demo.slack.model import Channel, Json, Message, User, View
    from bot.demo.slack.state import World

CHANNEL_NAME = {"private": "privategroup", "im": "directmessage"}


def command(world: World, person: User, channel: Channel, name: str, text: str) -> Json:
    """A slash command; all values are strings, as in its HTTP form."""
    return {
        "token": "deprecated",
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": _channel_name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": world.new_response_url(person.id, channel.id, None, "commands"),
        "trigger_id": world.new_trigger(person.id, channel.id),
    }


def message_click(world: World, person: User, message: Message, action: Json) -> Json:
    """block_actions from a message; an ephemeral one is not part of the payload."""
    channel = world.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.only_for is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = {
        **_interaction("block_actions", person),
        "container": container,
        "trigger_id": world.new_trigger(person.id, channel.id),
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "state": {"values": slack_forms.state(message.blocks, message.typed, channel.id)},
        "response_url": world.new_response_url(person.id, channel.id, message.ts, "actions"),
        "actions": [action],
    }
    if message.only_for is None:
        payload["message"] = slack_shapes.message(world, message)
    return payload


def view_click(world: World, person: User, view: View, action: Json) -> Json:
    """block_actions from a modal or App Home."""
    return {
        **_interaction("block_actions", person),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": world.new_trigger(person.id, view.channel),
        "view": slack_shapes.view(view),
        "actions": [action],
    }


def submission(world: World, person: User, view: View) -> Json:
    """view_submission, with a `response_url` for each select that asks for one."""
    shape = slack_shapes.view(view)
    response_urls = []
    for block, element in slack_forms.elements(view.body["blocks"]):
        if element.get("response_url_enabled"):
            block_id, action_id = block["block_id"], element["action_id"]
            key = slack_forms.VALUES[element["type"]][0]
            channel_id = shape["state"]["values"][block_id][action_id][key]
            if channel_id in world.channels:
                url = world.new_response_url(person.id, channel_id, None, "actions")
                response_urls.append(
                    {
                        "block_id": block_id,
                        "action_id": action_id,
                        "channel_id": channel_id,
                        "response_url": url,
                    }
                )
    return {
        **_interaction("view_submission", person),
        "trigger_id": world.new_trigger(person.id, view.channel),
        "view": shape,
        "response_urls": response_urls,
    }


def closed(person: User, view: View, *, cleared: bool) -> Json:
    """view_closed."""
    payload = _interaction("view_closed", person)
    return {**payload, "view": slack_shapes.view(view), "is_cleared": cleared}


def message_shortcut(world: World, person: User, message: Message, callback_id: str) -> Json:
    """message_action; its `response_url` can replace nothing."""
    channel = world.channels[message.channel]
    return {
        **_interaction("message_action", person),
        "callback_id": callback_id,
        "action_ts": world.new_ts(),
        "trigger_id": world.new_trigger(person.id, channel.id),
        "response_url": world.new_response_url(person.id, channel.id, None, "actions"),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "message": slack_shapes.message(world, message),
    }


def global_shortcut(world: World, person: User, callback_id: str) -> Json:
    """A global shortcut, which knows of no channel."""
    return {
        **_interaction("shortcut", person),
        "callback_id": callback_id,
        "action_ts": world.new_ts(),
        "trigger_id": world.new_trigger(person.id, ""),
    }


def _interaction(kind: str, person: User) -> Json:
    return {
        "type": kind,
        "token": "deprecated",
        "api_app_id": APP_ID,
        "team": slack_shapes.team(),
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
    }


def _channel_name(channel: Channel) -> str:
    return CHANNEL_NAME.get(channel.kind, channel.name)
