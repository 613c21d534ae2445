"""The demo's fault switches against the real bot: each strikes, and each is survived."""

from __future__ import annotations

import re

import pytest

from bot.demo.slack.seed import DESIGN, MIA
from bot.demo.switches import SWITCHES, Switches
from tests.flow.stage import FOX, Stage, text_of
from tests.flow.talk import png


def switches(stage: Stage) -> Switches:
    """The switches of this stage's switchboard."""
    return Switches(stage.faults, drop_sockets=stage.ws.drop_sockets)


def state(board: Switches, kind: str) -> tuple[bool, int]:
    """Whether a switch is on, and how often it has struck."""
    [found] = [one for one in board.look() if one["kind"] == kind]
    return found["armed"], found["met"]


def test_each_says_what_it_does() -> None:
    """Every switch has a name of its own and words for people."""
    kinds = [one.kind for one in SWITCHES]

    assert len(set(kinds)) == len(kinds) == 11
    assert all(re.fullmatch(r"[A-Z].{8,39}", one.label) for one in SWITCHES)
    assert all(re.fullmatch(r"[A-Z].{20,110}\.", one.hint) for one in SWITCHES)


@pytest.mark.parametrize(
    ("kind", "stays"),
    [
        ("slow_slack", True),
        ("slack_429", False),
        ("lost_upload", False),
        ("slow_pixapi", True),
        ("picture_gone", False),
    ],
)
async def test_the_picture_comes_all_the_same(stage: Stage, kind: str, *, stays: bool) -> None:
    """It strikes; the picture arrives once and is paid once; what strikes once is off again."""
    board = switches(stage)
    async with stage.bot():
        board.turn(kind, on=True)
        await stage.press(await stage.ask(f"{FOX} --draft"), "generate")
        await stage.done(1)
        await stage.ws.until(stage.shares)
        armed, met = state(board, kind)
        board.turn(kind, on=False)

        assert (armed, met > 0) == (stays, True)
        assert stage.faults.armed == []
        assert (stage.shares(), stage.submits()) == (1, 1)
        assert (await stage.quota())["Charged"] == "1"


async def test_an_empty_account_charges_nothing(stage: Stage) -> None:
    """The asker reads whose credits are out; nothing is charged or held."""
    board = switches(stage)
    async with stage.bot():
        board.turn("account_empty", on=True)
        await stage.press(await stage.ask(), "generate")
        await stage.card("(?i)account")
        numbers = await stage.quota()

        assert state(board, "account_empty") == (True, 1)
        assert (numbers["Charged"], numbers["Held"]) == ("0", "0")


async def test_a_paid_picture_waits_for_room(stage: Stage) -> None:
    """The root message says what it waits for; once there is room, it comes, once."""
    board = switches(stage)
    async with stage.bot():
        board.turn("storage_full", on=True)
        await stage.press(await stage.ask(), "generate")
        await stage.root("Slack's file storage is full")
        board.turn("storage_full", on=False)
        await stage.done(4)

        assert (stage.shares(), stage.submits()) == (1, 1)


async def test_a_login_page_is_no_picture(stage: Stage) -> None:
    """An image that Slack does not hand out is told of, costs nothing, and is not sent on."""
    board = switches(stage)
    async with stage.bot():
        board.turn("login_page", on=True)
        file = await stage.ws.upload(MIA, "fox.png", png())
        await stage.ws.send(MIA, DESIGN, "@Easel make it night", files=[file.id])
        said = text_of((await stage.ws.until(lambda: stage.ws.ephemerals(MIA, DESIGN)))[-1])

        assert state(board, "login_page") == (False, 1)
        assert "fox.png" in said
        assert stage.submits() == 0


async def test_a_message_told_of_twice_is_one_card(stage: Stage) -> None:
    """Each event comes twice, and there is one card."""
    board = switches(stage)
    async with stage.bot():
        board.turn("redeliver", on=True)
        file = await stage.ws.upload(MIA, "fox.png", png())
        await stage.ws.send(MIA, DESIGN, "@Easel make it night", files=[file.id])
        await stage.card("make it night")
        await stage.ws.events_delivered()

        assert state(board, "redeliver")[1] >= 2
        assert len(stage.ws.ephemerals(MIA, DESIGN)) == 1


async def test_a_broken_connection_comes_back(stage: Stage) -> None:
    """The switch acts at once and is never on; afterwards commands are answered again."""
    board = switches(stage)
    async with stage.bot():
        [before] = stage.ws.wire.sockets
        board.turn("socket_drop", on=True)
        await stage.ws.until(
            lambda: stage.ws.connections and before not in stage.ws.wire.sockets, seconds=90
        )

        assert state(board, "socket_drop") == (False, 0)
        assert "Generate" in text_of(await stage.ask())
