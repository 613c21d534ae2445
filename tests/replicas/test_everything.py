"""Everything that people do, at once and at several replicas: no trouble, no word too many."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from bot.demo.slack.model import Message
from bot.demo.slack.seed import ADA, DESIGN, GENERAL, MIA, NOAH
from tests.exhaustive import some
from tests.flow.admins import EVA, second_admin
from tests.flow.budgets import entered, opened
from tests.flow.forms import png
from tests.flow.stage import Stage
from tests.flow.test_settings import choose
from tests.replicas.replicas import at_once, audited, replicas, until_rows

CAPS_OF = 'SELECT channel, "user", period, "limit" FROM caps'
LOCK = "LOCK TABLE workspaces IN SHARE MODE"


async def test_two_forms_of_a_budget(stage: Stage) -> None:
    """Two admins save different fields of the same budget at two replicas: both count."""
    another_admin(stage)
    async with replicas(stage, 2):
        await opened(stage)
        await opened(stage, user=EVA)
        await at_once(
            stage,
            LOCK,
            stage.ws.submit_view(ADA, entered({"cap": "70"})),
            stage.ws.submit_view(EVA, entered({"approve": "10"})),
        )
        await until_rows(stage, "SELECT count(*) FROM changes", 2)

        assert await stage.rows(CAPS_OF) == [(DESIGN, "", "month", 70)]
        assert await stage.rows("SELECT approve_from FROM policies") == [(10,)]


async def test_a_result_deleted_by_two(stage: Stage) -> None:
    """Its asker and an admin delete a result at once, at two replicas: it is gone, once."""
    async with replicas(stage, 2):
        root = await stage.confirm("a harbour --draft")
        await stage.done(1)
        await stage.ws.until(lambda: stage.shares() == 1)
        await until_rows(stage, "SELECT count(*) FROM jobs WHERE state = 'done'", 1)
        both = [stage.ws.click(user, DESIGN, root.ts, "delete") for user in (MIA, ADA)]
        await at_once(stage, "SELECT 1 FROM jobs FOR UPDATE", *both)
        await stage.ws.until(lambda: root.ts not in stage.ws.world.messages[DESIGN])
        await stage.ws.until(lambda: not stage.shares())

        assert (await stage.quota())["Charged"] == "1"
        await audited(stage)


def another_admin(stage: Stage) -> None:
    """Eva is an admin, and a member of the channels."""
    second_admin(stage)
    for channel in (DESIGN, GENERAL):
        stage.ws.world.channels[channel].members.add(EVA)


@pytest.mark.parametrize("seed", some(range(2), [0]))
async def test_everything_at_once(stage: Stage, seed: int) -> None:
    """Many things at three replicas in any order: the books agree, and nobody met trouble."""
    chance = random.Random(seed)  # noqa: S311 -- an order, no secret
    another_admin(stage)
    async with replicas(stage, 3):
        cards = [
            await stage.ask(f"picture {number} --draft", user=user, channel=channel)
            for number in range(20)
            for user in [chance.choice([MIA, NOAH, ADA])]
            for channel in [chance.choice([DESIGN, GENERAL])]
        ]
        await choose(stage, NOAH, skip_below="2")
        doing = [one(stage, card) for card in cards for one in chance.choices(ON_CARDS, k=2)]
        doing += [
            stage.ws.command(admin, channel, "/image-quota", text)
            for admin in (ADA, EVA)
            for channel in (DESIGN, GENERAL)
            for text in ("40 weekly", "grant 5 launch", "pause", "resume", "default")
        ]
        doing += [said(stage, f"make it night {number}") for number in range(5)]
        doing += [stage.ws.open_home(user) for user in (MIA, NOAH, ADA, EVA)]
        chance.shuffle(doing)
        await asyncio.gather(*doing)
        await stage.ws.events_delivered()
        for channel in (DESIGN, GENERAL):
            await stage.ws.command(ADA, channel, "/image-quota", "resume")
        await until_rows(stage, UNDER_WAY, 0)
        [(sold,)] = await stage.rows("SELECT count(*) FROM jobs WHERE state = 'done'")

        assert stage.submits() == sold
        await audited(stage)


UNDER_WAY = (
    "SELECT count(*) FROM jobs WHERE pending_step IS NOT NULL "
    "OR state NOT IN ('done', 'offered', 'cancelled')"
)


async def said(stage: Stage, text: str) -> None:
    """Mia mentions Easel with an image; both events arrive twice."""
    file = await stage.ws.upload(MIA, "cat.png", png())
    for event in ("message", "app_mention"):
        stage.faults.arm("redeliver", event)
    await stage.ws.send(MIA, DESIGN, f"<@{stage.ws.bot_user_id}> {text}", files=[file.id])


async def confirmed(stage: Stage, card: Message) -> None:
    """Generate, twice at once."""
    both = await asyncio.gather(*(stage.press(card, "generate") for _ in range(2)))
    assert all(one.ok for one in both)


async def cancelled(stage: Stage, card: Message) -> None:
    """Cancel."""
    assert (await stage.press(card, "cancel")).ok


ON_CARDS: tuple[Callable[[Stage, Message], Awaitable[object]], ...] = (confirmed, cancelled)
