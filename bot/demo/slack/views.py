"""views.* methods: modals in a person's stack, and App Home."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from bot.demo.slack import forms as slack_forms
from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.access import refuses_slack_file
from bot.demo.slack.blocks import too_large, view_problems
from bot.demo.slack.model import Change, Json, SlackError, Trigger, View

if TYPE_CHECKING:
    from bot.demo.slack.args import Args
    from bot.demo.slack.state import World

DEEPEST = 3  # views in a stack


def open_view(world: World, args: Args) -> Json:
    """views.open: a modal for whoever caused the trigger."""
    body = checked(world, _view(args), "modal")
    trigger = _exchange(world, args.needed("trigger_id"))
    stack = world.stacks.setdefault(trigger.user, [])
    stack.clear()
    return {"view": slack_shapes.view(push(world, trigger.user, body, trigger.channel))}


def push_view(world: World, args: Args) -> Json:
    """views.push: a modal on top of the open one."""
    body = checked(world, _view(args), "modal")
    trigger = _exchange(world, args.needed("trigger_id"))
    stack = world.stacks.get(trigger.user, [])
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= DEEPEST:
        raise SlackError("push_limit_reached")
    return {"view": slack_shapes.view(push(world, trigger.user, body, trigger.channel))}


def update_view(world: World, args: Args) -> Json:
    """views.update: by `view_id` or `external_id`."""
    body = checked(world, _view(args), "modal")
    view = _find(world, args)
    if args.text("hash") and args.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    replace(world, view, body)
    return {"view": slack_shapes.view(view)}


def publish_view(world: World, args: Args) -> Json:
    """views.publish: a person's App Home."""
    user_id = args.needed("user_id")
    if user_id not in world.users:
        raise SlackError("user_not_found")
    body = checked(world, _view(args), "home")
    old = world.homes.get(user_id)
    if args.text("hash") and (old is None or args.text("hash") != old.hash):
        raise SlackError("hash_conflict")
    view_id = old.id if old else f"V{world.next_number():09d}"
    view = View(view_id, user_id, _complete(world, body), _hash(world), view_id, None, "")
    world.homes[user_id] = view
    world.emit(Change("home", user=user_id))
    return {"view": slack_shapes.view(view)}


def checked(world: World, body: Any, kind: str) -> Json:
    """The view, unless Slack would refuse it."""
    problems = view_problems(body, kind, lambda ref: refuses_slack_file(world, ref))
    if problems:
        raise SlackError.explained("invalid_arguments", problems)
    if too_large(body):
        raise SlackError("view_too_large")
    assert isinstance(body, dict)
    return body


def push(world: World, user_id: str, body: Json, channel: str) -> View:
    """Show a (checked) modal on top of a person's stack."""
    stack = world.stacks.setdefault(user_id, [])
    view_id = f"V{world.next_number():09d}"
    root_id, previous = (stack[0].id, stack[-1].id) if stack else (view_id, None)
    view = View(view_id, user_id, _complete(world, body), _hash(world), root_id, previous, channel)
    stack.append(view)
    world.emit(Change("view", user=user_id))
    return view


def replace(world: World, view: View, body: Json) -> None:
    """Change an open modal to a (checked) new body; inputs with the same ids keep their values."""
    view.body = _complete(world, body)
    view.hash = _hash(world)
    world.emit(Change("view", user=view.user))


def close_top(world: World, user_id: str, *, everything: bool = False) -> None:
    """Take away the visible modal, or the whole stack."""
    stack = world.stacks.get(user_id, [])
    if everything:
        stack.clear()
    elif stack:
        stack.pop()
    world.emit(Change("view", user=user_id))


def _view(args: Args) -> Any:
    view = args.structure("view", "invalid_arguments")
    if view is None:
        raise SlackError.explained("invalid_arguments", ["missing required field: view"])
    return view


def _exchange(world: World, trigger_id: str) -> Trigger:
    """Use a trigger up. In these words the views methods answer; dialogs had other ones."""
    trigger = world.triggers.get(trigger_id)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if world.clock() - trigger.issued > world.pace.trigger:
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger


def _find(world: World, args: Args) -> View:
    wanted, external = args.text("view_id"), args.text("external_id")
    for stack in world.stacks.values():
        for view in stack:
            if view.id == wanted or (external and view.body.get("external_id") == external):
                return view
    raise SlackError("not_found")


def _complete(world: World, body: Json) -> Json:
    return {**body, "blocks": slack_forms.completed(body["blocks"], world.next_number)}


def _hash(world: World) -> str:
    return f"{int(world.clock())}.{secrets.token_hex(4)}"
