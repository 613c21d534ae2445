"""Several Easels at once sell what there is, once, whoever clicks how often and wherever."""

from __future__ import annotations

import asyncio
import random
import re

import pytest

from bot.demo.slack import payloads as slack_payloads
from bot.demo.slack.model import Message
from bot.demo.slack.seed import ADA, DESIGN, GENERAL, MIA, NOAH
from bot.demo.slack.wire import Retry
from tests.exhaustive import some
from tests.flow.forms import form, png
from tests.flow.stage import FOX, Stage, text_of
from tests.flow.test_settings import choose
from tests.replicas.replicas import at_once, audited, replicas, until_rows

HOLDS = "SELECT kind, credits FROM ledger ORDER BY seq"
ONE_HOLD = [("held", 4), ("charged", 4)]
USED = 'SELECT channel, "user", sum(charged), sum(held), sum(granted) FROM usage GROUP BY 1, 2'


@pytest.mark.parametrize("many", some([50, 200], [50]))
async def test_many_clicks_sell_what_there_is(stage: Stage, many: int) -> None:
    """Confirmations at once at three replicas sell exactly as many as the cap has room for."""
    async with replicas(stage, 3):
        cards = [await stage.ask(f"picture {number}") for number in range(many)]
        clicks = await asyncio.gather(*(stage.press(card, "generate") for card in cards))

        assert all(click.ok for click in clicks)

        await stage.ws.until(lambda: stage.shares() == 25)
        await stage.ws.until(lambda: len(refused(stage)) == many - 25)

        assert await stage.quota() == {"Cap": "100", "Charged": "100", "Held": "0", "Left": "0"}
        assert stage.submits() == 25
        await audited(stage)


def refused(stage: Stage) -> list[Message]:
    """Mia's cards that say that the budget does not cover them any more."""
    shown = stage.ws.ephemerals(MIA, DESIGN)
    return [one for one in shown if "The budget has changed" in text_of(one)]


CAPS = {
    ("", ""): 130,
    (DESIGN, ""): 60,
    (GENERAL, ""): 80,
    (DESIGN, MIA): 30,
    (GENERAL, NOAH): 20,
    (GENERAL, "*"): 50,
}
GRANTS = {(DESIGN, ""): 12, ("", ""): 10}


@pytest.mark.parametrize("seed", some(range(3), [0]))
async def test_every_cap_holds_in_any_order(stage: Stage, seed: int) -> None:
    """Clicks of several people and prices, and grants, at once: no cap of any kind is passed."""
    chance = random.Random(seed)  # noqa: S311 -- an order, no secret
    await _limits(stage)
    async with replicas(stage, 3):
        cards = [
            await stage.ask(f"picture {number} --quality {quality}", user=user, channel=channel)
            for number, quality in enumerate(chance.choices(["low", "medium", "high"], k=75))
            for user in [chance.choice([MIA, NOAH, ADA])]
            for channel in [chance.choice([DESIGN, GENERAL])]
        ]
        doing = [stage.press(card, "generate") for card in cards if can(stage, card)]
        doing += [
            stage.ws.command(ADA, DESIGN, "/image-quota", f"grant {credits_} launch")
            for credits_ in (7, 5)
        ]
        chance.shuffle(doing)
        await asyncio.gather(*doing)
        await until_rows(stage, "SELECT count(*) FROM grants", 3)
        await stage.ws.until(lambda: not under_way(stage, cards))
        ended = "SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'offered')"
        await until_rows(stage, ended, 0)

        for channel, user, charged, held, granted in await stage.rows(USED):
            cap = CAPS.get((channel, user))
            if cap is None and channel == GENERAL and user:
                cap = CAPS[GENERAL, "*"]

            assert held == 0
            assert granted <= GRANTS.get((channel, user), 0)
            assert cap is None or charged - granted <= cap
        [(sold, spent)] = await stage.rows(
            "SELECT count(*), sum(charged) FROM jobs WHERE state = 'done'"
        )
        [(of_workspace,)] = await stage.rows("SELECT sum(charged) FROM usage WHERE channel = ''")

        assert stage.submits() == sold > 10
        assert spent == of_workspace
        await audited(stage)


def can(stage: Stage, card: Message) -> bool:
    """Whether a card offers to confirm it."""
    return any(one["action_id"] == "generate" for one in stage.ws.elements(card))


def under_way(stage: Stage, cards: list[Message]) -> list[Message]:
    """Cards of confirmations that are not answered yet: they offer still, without a reason."""
    return [
        one
        for one in cards
        if can(stage, one) and not re.search("has changed|more than", text_of(one))
    ]


async def _limits(stage: Stage) -> None:
    """Caps of every kind, and a grant to the workspace; the database is made by a first start."""
    async with stage.bot():
        pass
    for (channel, user), cap in CAPS.items():
        await stage.write(
            'INSERT INTO caps (team, channel, "user", period, "limit", set_by, set_at) '  # noqa: S608
            f"VALUES ('{stage.ws.team_id}', '{channel}', '{user}', 'month', {cap}, '{ADA}', 0)"
        )
    await stage.write(
        'INSERT INTO grants (team, channel, "user", credits, used, starts, ends, reason, giver, '  # noqa: S608
        f"given) VALUES ('{stage.ws.team_id}', '', '', 10, 0, '2000-01-01', '2999-01-01', '', "
        f"'{ADA}', 0)"
    )


async def test_a_click_that_arrives_everywhere(stage: Stage) -> None:
    """Ten clicks, each delivered to three replicas at once: ten holds, ten pictures."""
    async with replicas(stage, 3):
        cards = [await stage.ask(f"picture {number}") for number in range(10)]
        await asyncio.gather(*(stage.press(card, "generate") for card in cards for _ in range(3)))
        await stage.ws.until(lambda: stage.shares() == 10)

        assert (await stage.quota())["Charged"] == "40"
        assert stage.submits() == 10
        await audited(stage)


async def test_a_message_told_everywhere(stage: Stage) -> None:
    """Both events of a mention and a repeat of each, at four replicas at once: one card."""
    async with replicas(stage, 4):
        for number in range(5):
            file = await stage.ws.upload(MIA, "cat.png", png())
            for event in ("message", "app_mention"):
                stage.faults.arm("redeliver", event)
            said = f"<@{stage.ws.bot_user_id}> make it night {number}"
            await stage.ws.send(MIA, DESIGN, said, files=[file.id])
            await stage.card(f"make it night {number}")
        await stage.ws.events_delivered()
    assert len(stage.ws.ephemerals(MIA, DESIGN)) == 5
    assert await stage.rows("SELECT count(*) FROM jobs") == [(5,)]


async def test_a_command_that_skips_the_card_everywhere(stage: Stage) -> None:
    """A command below its sender's level, delivered to three replicas at once: one hold."""
    async with replicas(stage, 3):
        await choose(stage, skip_below="5")
        world = stage.ws.world
        payload = slack_payloads.command(
            world, world.user(MIA), world.channels[DESIGN], "/image", FOX
        )
        deliver = stage.ws.wire.deliver
        await asyncio.gather(
            *(deliver("slash_commands", payload, Retry(each, "timeout")) for each in range(1, 4))
        )
        await stage.done(4)

        assert await stage.rows(HOLDS) == ONE_HOLD
        assert await stage.rows("SELECT count(*) FROM jobs") == [(1,)]
        assert stage.submits() == 1


async def test_a_form_submitted_everywhere(stage: Stage) -> None:
    """The same form, delivered to three replicas at once: one job, one hold."""
    async with replicas(stage, 3):
        await stage.type("")
        view = await form(stage, "Generate · 4 credits")
        await stage.ws.view_action(MIA, "compose_prompt", FOX)
        payload = slack_payloads.submission(stage.ws.world, stage.ws.world.user(MIA), view)
        deliver = stage.ws.wire.deliver
        await asyncio.gather(*(deliver("interactive", payload) for _ in range(3)))
        await stage.done(4)

        assert await stage.rows(HOLDS) == ONE_HOLD
        assert await stage.rows("SELECT count(*) FROM jobs") == [(1,)]
        assert stage.submits() == 1


async def test_a_changed_card_submitted_everywhere(stage: Stage) -> None:
    """The form of a card, taken by two replicas before either has written: still its own job."""
    async with replicas(stage, 2):
        card = await stage.ask()
        await stage.press(card, "change")
        view = await form(stage, "Generate · 4 credits")
        await stage.ws.view_action(MIA, "compose_prompt", "a blue fox")
        payload = slack_payloads.submission(stage.ws.world, stage.ws.world.user(MIA), view)
        deliver = stage.ws.wire.deliver
        both = [deliver("interactive", payload) for _ in range(2)]
        await at_once(stage, "SELECT 1 FROM jobs FOR UPDATE", *both)
        await stage.done(4)

        assert await stage.rows(HOLDS) == ONE_HOLD
        assert await stage.rows("SELECT count(*) FROM jobs") == [(1,)]
        assert stage.submits() == 1
