"""Modals and App Home: triggers, the stack, submissions, what was entered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.slack.model import NotPossibleError, Pace
from bot.demo.slack.seed import DESIGN, MIA, NOAH
from tests.workspace.raw import (
    App,
    Clock,
    asks,
    button,
    call,
    modal,
    options,
    picture,
    refusal,
    section,
)

if TYPE_CHECKING:
    import aiohttp

    from bot.demo.slack.workspace import Workspace

FORM = modal(
    asks("prompt"),
    asks("size", {"type": "static_select", "options": options("1K", "2K"),
                  "initial_option": options("1K")[0]}),
    asks("images", {"type": "file_input"}, optional=True),
    callback_id="form",
    private_metadata="7",
)  # fmt: skip


async def trigger(ws: Workspace, app: App, user: str = MIA) -> str:
    """A fresh trigger_id."""
    _, payload = await asyncio.gather(ws.shortcut(user, "create_image"), app.answer("interactive"))
    found: str = payload["trigger_id"]
    return found


async def opened(
    ws: Workspace, app: App, http: aiohttp.ClientSession, view: dict[str, Any] = FORM
) -> dict[str, Any]:
    """A modal open for Mia."""
    answer = await call(http, ws, "views.open", trigger_id=await trigger(ws, app), view=view)
    assert answer["ok"], answer
    found: dict[str, Any] = answer["view"]
    return found


async def test_a_trigger_lasts_three_seconds(
    ws: Workspace, app: App, http: aiohttp.ClientSession, clock: Clock
) -> None:
    """A trigger opens a modal within three seconds and not after."""
    early, late = await trigger(ws, app), await trigger(ws, app)
    clock.passed = 2
    assert await refusal(http, ws, "views.open", trigger_id=early, view=FORM) is None

    clock.passed = 4

    error = await refusal(http, ws, "views.open", trigger_id=late, view=FORM)
    assert error == "expired_trigger_id"


async def test_a_trigger_works_once(ws: Workspace, app: App, http: aiohttp.ClientSession) -> None:
    """The second modal on one trigger is refused; a refused view does not use the trigger up."""
    trigger_id = await trigger(ws, app)
    errors = [
        await refusal(http, ws, "views.open", trigger_id=trigger_id, view=view)
        for view in (modal(section("")), FORM, FORM)
    ]

    assert errors == ["invalid_arguments", None, "exchanged_trigger_id"]
    assert await refusal(http, ws, "views.open", trigger_id="1.2.3", view=FORM) == (
        "invalid_trigger_id"
    )


async def test_a_modal_is_for_one_person(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """Only the person who caused the trigger sees the modal."""
    view = await opened(ws, app, http)

    assert (view["callback_id"], view["private_metadata"]) == ("form", "7")
    assert ws.view(MIA)
    assert ws.view(NOAH) is None


async def test_a_submission_has_every_value(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """What was entered, what the form started with, and whole file objects are in the state."""
    await opened(ws, app, http)
    file = await ws.upload(MIA, "fox.png", picture())
    delivery, payload = await asyncio.gather(
        ws.submit_view(MIA, {"prompt": "a fox", "images": [file.id]}), app.answer("interactive")
    )
    values = payload["view"]["state"]["values"]
    sent = values["images_block"]["images"]["files"][0]
    headers = {"Authorization": f"Bearer {ws.bot_token}"}
    async with http.get(sent["url_private_download"], headers=headers) as answer:
        data = await answer.read()

    assert delivery.ok
    assert values["prompt_block"]["prompt"] == {"type": "plain_text_input", "value": "a fox"}
    assert values["size_block"]["size"]["selected_option"]["value"] == "1K"
    assert (sent["mimetype"], data) == ("image/png", picture())
    assert ws.view(MIA) is None


async def test_required_inputs_are_asked_for(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """An empty required input is refused before the app hears of it."""
    await opened(ws, app, http)
    delivery = await ws.submit_view(MIA, {"size": "2K"})

    assert delivery.errors == {"prompt_block": "Please complete this required field."}
    assert ws.view(MIA)


@pytest.mark.parametrize("action", ["errors", "update", "push", "clear"])
async def test_response_actions(
    ws: Workspace, app: App, http: aiohttp.ClientSession, action: str
) -> None:
    """The acknowledgement can show errors, change the modal, put one on top or close them all."""
    view = await opened(ws, app, http)
    payload = {
        "errors": {"errors": {"prompt_block": "too rude"}},
        "update": {"view": modal(section("next"))},
        "push": {"view": modal(section("next"))},
        "clear": {},
    }[action]
    delivery, _ = await asyncio.gather(
        ws.submit_view(MIA, {"prompt": "x"}),
        app.answer("interactive", {"response_action": action, **payload}),
    )
    top = ws.view(MIA)

    assert delivery.ok
    assert delivery.errors == payload.get("errors", {})
    assert (top is None) == (action == "clear")
    if top:
        assert (top.id == view["id"]) == (action != "push")
        assert (top.previous_id == view["id"]) == (action == "push")


async def test_a_wrong_view_in_a_response_keeps_the_modal(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """A view that Slack would refuse is an error, and the form stays."""
    view = await opened(ws, app, http)
    answer = {
        "response_action": "update",
        "view": modal(title={"type": "plain_text", "text": "x" * 25}),
    }
    delivery, _ = await asyncio.gather(
        ws.submit_view(MIA, {"prompt": "x"}), app.answer("interactive", answer)
    )
    top = ws.view(MIA)

    assert (delivery.ok, delivery.error) == (False, "invalid_arguments")
    assert top
    assert top.id == view["id"]


async def test_an_unacknowledged_submission_keeps_the_modal(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """Without an acknowledgement the person sees trouble, and the form stays as it was."""
    await opened(ws, app, http)
    ws.world.pace = Pace(ack=0.05)
    delivery = await ws.submit_view(MIA, {"prompt": "x"})

    assert delivery.error == "operation_timeout"
    assert ws.view(MIA)


async def test_an_update_keeps_what_was_entered(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """views.update changes the form and its hash; inputs with the same ids keep their values."""
    view = await opened(ws, app, http, modal(asks("prompt", dispatch_action=True), asks("size")))
    _, payload = await asyncio.gather(
        ws.view_action(MIA, "prompt", "a fox"), app.answer("interactive")
    )
    changed = await call(
        http, ws, "views.update", view_id=view["id"], hash=view["hash"], view=modal(asks("prompt"))
    )

    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert payload["actions"][0]["value"] == "a fox"
    assert changed["view"]["state"]["values"]["prompt_block"]["prompt"]["value"] == "a fox"
    assert changed["view"]["hash"] != view["hash"]


async def test_refused_updates(ws: Workspace, app: App, http: aiohttp.ClientSession) -> None:
    """An old hash, an unknown view and a pushed view without a stack are refused."""
    view = await opened(ws, app, http)
    update = "views.update"

    assert await refusal(http, ws, update, view_id="V0", view=FORM) == "not_found"
    assert (
        await refusal(http, ws, update, view_id=view["id"], hash="old", view=FORM)
        == "hash_conflict"
    )
    trigger_id = await trigger(ws, app, NOAH)
    assert await refusal(http, ws, "views.push", trigger_id=trigger_id, view=FORM) == "not_found"


async def test_an_input_without_dispatch_action_is_quiet(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """Typing into an ordinary input sends nothing."""
    await opened(ws, app, http)

    assert await ws.view_action(MIA, "prompt", "x") is None


async def test_three_modals_at_most(ws: Workspace, app: App, http: aiohttp.ClientSession) -> None:
    """A fourth modal on the stack is refused; closing shows the one below."""
    push = modal({"type": "actions", "elements": [button("more")]})
    first = await opened(ws, app, http, push)
    errors = []
    for _ in range(3):
        _, payload = await asyncio.gather(ws.view_action(MIA, "more"), app.answer("interactive"))
        errors.append(
            await refusal(http, ws, "views.push", trigger_id=payload["trigger_id"], view=push)
        )
    for _ in range(2):
        await ws.close_view(MIA)
    top = ws.view(MIA)

    assert errors == [None, None, "push_limit_reached"]
    assert top
    assert top.id == first["id"]


async def test_closing(ws: Workspace, app: App, http: aiohttp.ClientSession) -> None:
    """The app hears of a closed modal if it asked to."""
    await opened(ws, app, http)
    assert await ws.close_view(MIA) is None

    await opened(ws, app, http, FORM | {"notify_on_close": True})
    _, payload = await asyncio.gather(ws.close_view(MIA), app.answer("interactive"))

    assert (payload["type"], payload["is_cleared"]) == ("view_closed", False)
    with pytest.raises(NotPossibleError):
        await ws.close_view(MIA)


async def test_home(ws: Workspace, app: App, http: aiohttp.ClientSession) -> None:
    """Each person has their own App Home, whose buttons work."""
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [button("grant")]}]}
    answer = await call(http, ws, "views.publish", user_id=MIA, view=home)
    _, payload = await asyncio.gather(
        ws.view_action(MIA, "grant", view_id=answer["view"]["id"]), app.answer("interactive")
    )

    assert ws.home(MIA)
    assert ws.home(NOAH) is None
    assert (payload["view"]["type"], payload["actions"][0]["action_id"]) == ("home", "grant")
    assert await refusal(http, ws, "views.publish", user_id="U0", view=home) == "user_not_found"


async def test_the_conversation_of_a_form(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """A select can start at the present channel, and gives a response_url for the chosen one."""
    select = {
        "type": "conversations_select",
        "default_to_current_conversation": True,
        "response_url_enabled": True,
    }
    _, command = await asyncio.gather(
        ws.command(MIA, DESIGN, "/image"), app.answer("slash_commands")
    )
    await call(
        http, ws, "views.open", trigger_id=command["trigger_id"], view=modal(asks("where", select))
    )
    _, payload = await asyncio.gather(ws.submit_view(MIA), app.answer("interactive"))
    [url] = payload["response_urls"]
    async with http.post(url["response_url"], json={"text": "hello"}) as answer:
        status = answer.status

    assert (url["channel_id"], status) == (DESIGN, 200)
    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == ["hello"]
