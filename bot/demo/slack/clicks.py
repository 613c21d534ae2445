"""What a person does with an app's blocks: buttons and selects, modals, App Home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.demo.slack import forms as slack_forms
from bot.demo.slack import payloads as slack_payloads
from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack import views as slack_views
from bot.demo.slack.model import Change, Delivery, Json, Message, NotPossibleError, SlackError, View
from bot.demo.slack.people import toast

if TYPE_CHECKING:
    from bot.demo.slack.state import World
    from bot.demo.slack.wire import Wire

TROUBLE = "We had some trouble connecting. Try again?"


async def click(
    wire: Wire,
    user_id: str,
    channel_id: str,
    message_ts: str,
    action_id: str,
    value: str | list[str] | None = None,
    entry: Json | None = None,
) -> Delivery:
    """Press a button or choose in a select of a message; `value` chooses, `entry` is ready-made.

    A screen may lag behind: what the message showed before its last edits can be clicked as well.
    """
    world = wire.world
    message = world.message(channel_id, message_ts)
    if message is None or message.only_for not in (None, user_id):
        raise NotPossibleError("This message is gone.")
    block, element = _find(message, action_id, value)
    action = _action(world, block, element, value, entry)
    if element["type"] in slack_forms.VALUES:
        message.typed.setdefault(block["block_id"], {})[action_id] = action
    payload = slack_payloads.message_click(world, world.user(user_id), message, action)
    delivery = await wire.deliver("interactive", payload)
    if not delivery.ok:
        toast(world, user_id, f"This app did not respond: {delivery.error}")
    return delivery


def _find(message: Message, action_id: str, value: str | list[str] | None) -> tuple[Json, Json]:
    for blocks in [message.blocks, *reversed(message.earlier)]:
        for block, element in slack_forms.elements(blocks):
            if element.get("action_id") == action_id:
                button = element["type"] == "button"
                if not button or value is None or element.get("value") == value:
                    return block, element
    raise NotPossibleError(f"There is nothing called {action_id} in this message.")


def _action(
    world: World, block: Json, element: Json, value: str | list[str] | None, entry: Json | None
) -> Json:
    """The entry of `actions` in the payload."""
    action = {"action_id": element["action_id"], "block_id": block["block_id"]}
    action["action_ts"] = world.new_ts()
    if element["type"] == "button":
        kept = ("type", "text", "value", "style", "url")
        return action | {key: element[key] for key in kept if key in element}
    if element["type"] == "overflow":
        chosen = slack_forms.entered({**element, "type": "static_select"}, value or "")
        return (
            action
            | (entry or {"selected_option": chosen["selected_option"]})
            | {"type": "overflow"}
        )
    return action | (entry or slack_forms.entered(element, value or "")) | {"type": element["type"]}


# Modals and App Home


def shown_view(world: World, user_id: str, view_id: str | None = None) -> View:
    """The person's open modal (the top one unless named), or their App Home by its id."""
    views = list(world.stacks.get(user_id, []))
    if user_id in world.homes and view_id is not None:
        views.insert(0, world.homes[user_id])
    for view in reversed(views):
        if view_id in (None, view.id):
            return view
    raise NotPossibleError("This view is closed.")


async def view_action(
    wire: Wire,
    user_id: str,
    view: View,
    action_id: str,
    value: str | list[str] | None = None,
    entry: Json | None = None,
) -> Delivery | None:
    """Press or choose in a view; None when an input only takes note, without `dispatch_action`."""
    world = wire.world
    block, element = _find_input(view, action_id)
    action = _action(world, block, element, value, entry)
    enter(world, view, {block["block_id"]: {action_id: action}})
    if block["type"] == "input" and not block.get("dispatch_action"):
        return None
    payload = slack_payloads.view_click(world, world.user(user_id), view, action)
    delivery = await wire.deliver("interactive", payload)
    if not delivery.ok:
        toast(world, user_id, TROUBLE)
    return delivery


def _find_input(view: View, action_id: str) -> tuple[Json, Json]:
    for block, element in slack_forms.elements(view.body["blocks"]):
        if element.get("action_id") == action_id:
            return block, element
    raise NotPossibleError(f"There is nothing called {action_id} in this view.")


def filled(view: View, values: dict[str, Any]) -> dict[str, Json]:
    """Entries from plain values by action_id: a text, an option's value, a list of file ids."""
    entries: dict[str, Json] = {}
    for action_id, value in values.items():
        block, element = _find_input(view, action_id)
        entry = slack_forms.entered(element, value)
        entries.setdefault(block["block_id"], {})[action_id] = entry
    return entries


def enter(world: World, view: View, values: dict[str, Json]) -> None:
    """Note what was entered, by block_id and action_id; ids of files become file objects."""
    for block_id, entries in values.items():
        for action_id, entry in entries.items():
            kept = {
                key: value
                for key, value in entry.items()
                if key not in ("action_id", "block_id", "action_ts")
            }
            if isinstance(kept.get("files"), list):
                kept["files"] = [_given(world, one) for one in kept["files"]]
            view.typed.setdefault(block_id, {})[action_id] = kept


def _given(world: World, ref: Any) -> Json:
    file = world.files[ref["id"] if isinstance(ref, dict) else ref]
    file.given_to_app = True
    return slack_shapes.file(world, file)


async def submit(wire: Wire, user_id: str, view: View, values: dict[str, Json]) -> Delivery:
    """Press the modal's submit button, and do what the app's `response_action` says."""
    world = wire.world
    enter(world, view, values)
    state = slack_forms.state(view.body["blocks"], view.typed, view.channel)
    empty = slack_forms.left_empty(view.body["blocks"], state)
    if empty:
        return Delivery(ok=False, seconds=0, error="left_empty", errors=empty)
    payload = slack_payloads.submission(world, world.user(user_id), view)
    delivery = await wire.deliver("interactive", payload)
    if delivery.ok:
        try:
            _respond(world, user_id, view, delivery)
        except SlackError as refusal:
            delivery.ok, delivery.error = False, refusal.error
    if not delivery.ok:
        toast(world, user_id, TROUBLE)
    return delivery


def _respond(world: World, user_id: str, view: View, delivery: Delivery) -> None:
    answer = delivery.payload if isinstance(delivery.payload, dict) else {}
    match answer.get("response_action"):
        case "errors":
            delivery.errors = dict(answer.get("errors", {}))
            data = {"view_id": view.id, "errors": delivery.errors}
            world.emit(Change("errors", user=user_id, data=data))
        case "update":
            body = slack_views.checked(world, answer.get("view"), "modal")
            slack_views.replace(world, view, body)
        case "push":
            body = slack_views.checked(world, answer.get("view"), "modal")
            slack_views.push(world, user_id, body, view.channel)
        case "clear":
            slack_views.close_top(world, user_id, everything=True)
        case _:
            if view in world.stacks.get(user_id, []):
                slack_views.close_top(world, user_id)


async def close(wire: Wire, user_id: str, view: View) -> Delivery | None:
    """Press the modal's close button; None when the app did not ask to be told."""
    world = wire.world
    everything = bool(view.body.get("clear_on_close"))
    slack_views.close_top(world, user_id, everything=everything)
    if not view.body.get("notify_on_close"):
        return None
    payload = slack_payloads.closed(world.user(user_id), view, cleared=everything)
    return await wire.deliver("interactive", payload)
