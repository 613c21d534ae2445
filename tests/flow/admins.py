"""What admins and askers see in their direct messages with Easel, and what they do there."""

from __future__ import annotations

import re

from bot.demo.slack.model import Delivery, Message
from bot.demo.slack.seed import ADA, DESIGN, MIA
from tests.flow.stage import FOX, Stage, text_of

EVA = "UEVAADMIN2"  # one more admin, where a test needs one


def told(stage: Stage, user: str) -> list[Message]:
    """What the bot has written to somebody for good, oldest first."""
    channel = stage.ws.direct(user).id
    return [one for one in stage.ws.messages(channel) if one.user == stage.ws.bot_user_id]


async def letter(stage: Stage, like: str, *, user: str = ADA) -> Message:
    """Wait for a message to somebody to match."""

    def found() -> Message | None:
        return next((m for m in told(stage, user) if re.search(like, text_of(m))), None)

    message = await stage.ws.until(found)
    assert message is not None
    return message


async def answer(stage: Stage, like: str, *, user: str = ADA) -> Message:
    """Wait for what only this person sees in their direct message with Easel."""
    return await stage.card(like, user=user, channel=stage.ws.direct(user).id)


async def click(stage: Stage, message: Message, action: str, *, user: str = ADA) -> Delivery:
    """Click a button of a message, as somebody."""
    return await stage.ws.click(user, message.channel, message.ts, action)


def buttons(stage: Stage, message: Message) -> list[str]:
    """The buttons of a message."""
    return [element["action_id"] for element in stage.ws.elements(message)]


def second_admin(stage: Stage) -> None:
    """Eva is an admin, too."""
    stage.ws.add_user(EVA, "Eva", role="admin")


async def quota(stage: Stage, text: str, like: str) -> None:
    """Ada says it in #design, and sees what it led to."""
    await stage.ws.command(ADA, DESIGN, "/image-quota", text)
    await stage.card(like, user=ADA)


async def fill_in(stage: Stage, card: Message, **values: str) -> Delivery:
    """Mia clicks *Ask for more* and submits the form."""
    await stage.press(card, "more")
    await opened(stage, "Ask for more")
    return await stage.ws.submit_view(MIA, {"reason": "the launch", **values})


async def opened(stage: Stage, title: str, *, user: str = MIA) -> None:
    """Wait until somebody has a form with this title before them."""

    def found() -> bool:
        view = stage.ws.view(user)
        return view is not None and view.body["title"]["text"] == title

    await stage.ws.until(found)


async def asked(stage: Stage, text: str = f"{FOX} --quality high", **values: str) -> Message:
    """Mia asks for a picture that is too dear, and for more; what Ada is told."""
    await fill_in(stage, await stage.ask(text), **values)
    return await letter(stage, "asks for")
