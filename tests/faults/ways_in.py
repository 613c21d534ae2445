"""Every way in which somebody reaches Easel: what comes before, and what is then done."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.model import Delivery, Message
from bot.demo.slack.seed import ADA, DESIGN, MIA, NOAH
from bot.views import kit, names
from tests.flow import budgets
from tests.flow.admins import opened, told
from tests.flow.forms import form, png, saying
from tests.flow.stage import FOX, Stage, text_of

Reach = Callable[[], Awaitable[Delivery | None]]
"""What somebody does in the end, while there is trouble."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """One way in; `begin` does what comes before."""

    key: str
    begin: Callable[[Stage], Awaitable[Reach]]
    table: str = "preferences"  # without which its listener meets what nobody has foreseen
    user: str = MIA


async def command(stage: Stage) -> Reach:
    """`/image` with a prompt."""
    return lambda: stage.type(FOX)


async def alone(stage: Stage) -> Reach:
    """`/image` alone."""
    return lambda: stage.type("")


async def on_a_card(stage: Stage) -> Reach:
    """A button of an ephemeral."""
    card = await stage.ask()
    return lambda: stage.press(card, "cancel")


async def on_a_message(stage: Stage) -> Reach:
    """A button of a message that everybody sees."""
    await stage.confirm()
    root = await stage.root("Done")
    await stage.ws.until(stage.shares)
    return lambda: stage.press(root, "vary")


def in_app_home(text: str, action: str, user: str) -> Callable[[Stage], Awaitable[Reach]]:
    """A button of App Home, without all that stands around it there."""

    async def begin(stage: Stage) -> Reach:
        web = AsyncWebClient(stage.ws.bot_token, base_url=stage.ws.api_url)
        blocks = [kit.actions([kit.button(text, action, "")])]
        home = await web.views_publish(user_id=user, view={"type": "home", "blocks": blocks})
        return lambda: stage.ws.view_action(user, action, view_id=home["view"]["id"])

    return begin


async def on_a_message_by_shortcut(stage: Stage) -> Reach:
    """*Edit this image*, where nobody has replied yet."""
    file = await stage.ws.upload(NOAH, "cat.png", png())
    message = await stage.ws.send(NOAH, DESIGN, "look", files=[file.id])
    return lambda: stage.ws.shortcut(MIA, "edit_image", DESIGN, message.ts)


async def by_shortcut(stage: Stage) -> Reach:
    """*Create an image*, from anywhere."""
    return lambda: stage.ws.shortcut(MIA, "create_image")


async def composer_control(stage: Stage) -> Reach:
    """Another quality in the composer."""
    await stage.type("")
    await saying(stage, "96 after this")
    return lambda: stage.ws.view_action(MIA, "compose_quality", "high")


async def composer_submit(stage: Stage) -> Reach:
    """*Generate* in the composer."""
    await stage.type("")
    await saying(stage, "96 after this")
    return lambda: stage.ws.submit_view(MIA, {"compose_prompt": FOX})


async def budget_control(stage: Stage) -> Reach:
    """Another cap in the form of a budget."""
    await budgets.opened(stage)
    return lambda: stage.ws.view_action(ADA, "limits_cap", "50")


async def budget_submit(stage: Stage) -> Reach:
    """*Save* in the form of a budget."""
    await budgets.opened(stage)
    return lambda: stage.ws.submit_view(ADA, budgets.entered({"cap": "5"}))


async def more_submit(stage: Stage) -> Reach:
    """*Ask for more*, submitted."""
    await stage.press(await stage.ask(f"{FOX} --quality high --n 10"), "more")
    await opened(stage, "Ask for more")
    return lambda: stage.ws.submit_view(MIA, {"reason": "the launch"})


async def settings_submit(stage: Stage) -> Reach:
    """*Save* in somebody's own settings."""
    await stage.type("settings")
    await form(stage, "Save")
    return lambda: stage.ws.submit_view(MIA, {"skip_below": "5"})


WRITING = (
    WayIn("command", command),
    WayIn("button on an ephemeral", on_a_card, "jobs"),
    WayIn("button on a channel's message", on_a_message, "jobs"),
    WayIn("button in App Home", in_app_home("Pause", names.PAUSE, ADA), "pauses", ADA),
    WayIn("composer, submitted", composer_submit, "jobs"),
    WayIn("budget's form, submitted", budget_submit, "caps", ADA),
    WayIn("ask for more, submitted", more_submit, "approval_requests"),
    WayIn("own settings, submitted", settings_submit),
)
"""Those that write before they can be answered."""

READING = (
    WayIn("command alone", alone),
    WayIn("form from App Home", in_app_home("Create", names.CREATE, MIA)),
    WayIn("message shortcut", on_a_message_by_shortcut),
    WayIn("global shortcut", by_shortcut),
    WayIn("composer's control", composer_control, "caps"),
    WayIn("budget's control", budget_control, "caps", ADA),
)
"""Those that read at most: a database that cannot be written does not concern them."""


def reads(stage: Stage, user: str, delivery: Delivery | None) -> str:
    """All that somebody has before their eyes: what is shown to them, and their open form."""
    shown: list[Message] = [*stage.ws.ephemerals(user, DESIGN), *told(stage, user)]
    if delivery is not None and delivery.shown is not None:
        shown.append(delivery.shown)
    errors = json.dumps(delivery.errors, ensure_ascii=False) if delivery is not None else ""
    view = stage.ws.view(user)
    return " ".join([*map(text_of, shown), errors, str(view.body["blocks"]) if view else ""])
