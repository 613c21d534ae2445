"""What an admin does to reach the form of a budget, and what they see then."""

from __future__ import annotations

import json
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.model import Delivery, Message, View
from bot.demo.slack.seed import ADA, DESIGN
from bot.views import kit, names
from tests.flow.forms import form
from tests.flow.stage import Stage, text_of

CHANGES = 'SELECT channel, user, what, "by" FROM changes ORDER BY id'
CAPS = 'SELECT channel, user, period, "limit" FROM caps ORDER BY channel, user'


def button(of: str) -> list[dict[str, Any]]:
    """What stands on every screen that leads to the form."""
    return [kit.actions([kit.button("Change…", names.BUDGET, of)])]


async def press(stage: Stage, *, user: str = ADA, of: str = DESIGN, at: str = DESIGN) -> Delivery:
    """Click the button of a budget (empty: the workspace's) in a channel."""
    web = AsyncWebClient(stage.ws.bot_token, base_url=stage.ws.api_url)
    posted = await web.chat_postMessage(channel=at, text="A budget", blocks=button(of))
    return await stage.ws.click(user, at, str(posted["ts"]), names.BUDGET)


async def opened(stage: Stage, *, user: str = ADA, of: str = DESIGN, at: str = DESIGN) -> View:
    """The form, as it opens for an admin."""
    await press(stage, user=user, of=of, at=at)
    return await form(stage, "Save", user=user)


async def save(stage: Stage, *, user: str = ADA, of: str = DESIGN, **fields: str) -> Message:
    """Open the form, enter this, save; what the admin is told then."""
    await opened(stage, user=user, of=of)
    return await submit(stage, user=user, **fields)


async def submit(stage: Stage, *, user: str = ADA, **fields: str) -> Message:
    """Save the open form with this entered; what the person is told then, in #design."""
    before = len(stage.ws.ephemerals(user, DESIGN))
    sent = await stage.ws.submit_view(user, entered(fields))
    assert sent.ok
    assert not sent.errors, sent.errors
    await stage.ws.until(lambda: len(stage.ws.ephemerals(user, DESIGN)) > before)
    return stage.ws.ephemerals(user, DESIGN)[-1]


async def mistake(stage: Stage, field: str, text: str) -> str:
    """Save the open form with this in a field; the sentence that appears at that field."""
    sent = await stage.ws.submit_view(ADA, entered({field: text}))
    assert list(sent.errors) == [field]
    return str(sent.errors[field])


async def told(stage: Stage, text: str, *, user: str = ADA) -> Message:
    """Wait until the person's direct message with Easel says this."""
    channel = stage.ws.direct(user).id

    def found() -> Message | None:
        return next((m for m in stage.ws.messages(channel) if text in text_of(m)), None)

    message = await stage.ws.until(found)
    assert message is not None
    return message


def entered(fields: dict[str, str]) -> dict[str, str]:
    """Fields by the action of their control."""
    return {f"limits_{name}": text for name, text in fields.items()}


def initial(view: View, field: str) -> str:
    """What a field showed when the form was opened."""
    shown = json.loads(view.body["private_metadata"])["shown"]
    return str(shown.get(field, ""))


async def charge_last_month(stage: Stage, *charges: tuple[str, int], channel: str = DESIGN) -> None:
    """So many credits were charged to these people on the last day of last month, in this order."""
    for user, amount in charges:
        [(number,)] = await stage.rows("SELECT count(*) FROM ledger")
        for kind in ("held", "charged"):
            values = (stage.ws.team_id, f"old-{number}", kind, amount, channel, user, 0, "test")
            await stage.write(
                "INSERT INTO ledger (team, job, kind, credits, channel, user, at, table_version, "  # noqa: S608 -- all of it is ours
                f"day) VALUES ({', '.join(map(repr, values))}, "
                "date('now', 'start of month', '-1 day'))"
            )
