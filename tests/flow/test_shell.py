"""The admin's work from a shell, while the bot serves from the same database."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.demo.slack.model import TEAM_ID
from bot.demo.slack.seed import DESIGN, GENERAL, MIA
from tests.flow.shell import Done, easel
from tests.flow.stage import FOX, Stage, text_of


def listed(done: Done) -> list[list[str]]:
    """The lines of the list, in cells."""
    return [re.split(r"  +", line) for line in done.out.splitlines()]


async def test_the_next_click_obeys_a_cap_from_the_shell(stage: Stage) -> None:
    """A cap set while the bot runs counts for a card that was shown before."""
    async with stage.bot():
        card = await stage.ask(FOX)
        done = await easel(stage, "quota", "set", DESIGN, "3", "weekly")

        assert (done.status, done.err) == (0, "")
        assert done.out.startswith(f"{DESIGN}: changed. It counts for the very next click.\n")
        assert done.card == {"Cap": "3", "Charged": "0", "Held": "0", "Left": "3"}

        await stage.press(card, "generate")
        await stage.card("has left: 3")

        assert await stage.rows("SELECT * FROM ledger") == []

        await easel(stage, "quota", "set", DESIGN, "none")
        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)


async def test_a_grant_from_the_shell_is_used(stage: Stage) -> None:
    """A grant lifts a cap of 0; who gave it, and why, is recorded."""
    async with stage.bot():
        await easel(stage, "quota", "set", f"<#{DESIGN}|design>", "0")
        done = await easel(stage, "quota", "grant", DESIGN, "5", "--reason", "the launch & more")

        assert done.card == {"Cap": "0", "Grants": "5", "Charged": "0", "Held": "0", "Left": "5"}

        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)

        assert (await stage.quota())["Left"] == "1"
        assert await stage.rows("SELECT reason, giver FROM grants") == [
            ("the launch & more", "shell:root")
        ]
        assert await stage.rows('SELECT DISTINCT "by" FROM changes') == [("shell:root",)]


async def test_a_grant_that_has_ended_before_it_begins(stage: Stage) -> None:
    """A last day in the past is a wrong call that names today; nothing is given."""
    async with stage.bot():
        done = await easel(stage, "quota", "grant", DESIGN, "5", "--until", "2020-01-01")

        assert (done.status, done.out) == (2, "")
        assert "2020-01-01 is in the past. A grant counts until today (" in done.err
        assert await stage.rows("SELECT * FROM changes") == []


async def test_each_person_has_a_cap(stage: Stage) -> None:
    """Everybody's cap binds whoever has none of their own; `default` takes one's own away."""
    async with stage.bot():
        done = await easel(stage, "quota", "set", DESIGN, "3", "daily", "--person", "everybody")

        assert done.out.splitlines()[1:] == ["Cap 3"]
        assert "has left: 3" in text_of(await stage.ask(FOX))

        await easel(stage, "quota", "set", DESIGN, "9", "--person", MIA)

        assert "Generate · 4 credits" in text_of(await stage.ask(FOX))

        await easel(stage, "quota", "set", DESIGN, "default", "--person", f"<@{MIA}>")

        assert "has left: 3" in text_of(await stage.ask(FOX))


async def test_the_list_shows_every_budget(stage: Stage) -> None:
    """Workspace, channels, people in this order; `none`, 0 and the default read differently."""
    async with stage.bot():
        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)
        await stage.ws.command(MIA, DESIGN, "/image-quota", "")
        for words in (
            ["CZZZ", "none"],
            [GENERAL, "0", "weekly"],
            [DESIGN, "7", "daily", "--person", MIA],
            [DESIGN, "9", "--person", "everybody"],
        ):
            await easel(stage, "quota", "set", *words)
        await easel(stage, "quota", "grant", GENERAL, "5")
        [head, *lines] = listed(await easel(stage, "quota", "list"))

        assert head == [
            "SCOPE", "CAP", "PERIOD", "GRANTS", "CHARGED", "HELD", "LEFT", "RENEWS", "NOTE",
        ]  # fmt: skip
        assert [[*line[:7], *line[8:]] for line in lines] == [
            ["workspace", "none", "monthly", "0", "4", "0", "unlimited"],
            [DESIGN, "100", "monthly", "0", "4", "0", "96", "default cap"],
            [GENERAL, "0", "weekly", "5", "0", "0", "5"],
            ["CZZZ", "none", "monthly", "0", "0", "0", "unlimited"],
            [f"everybody in {DESIGN}", "9", "monthly", "-", "-", "-", "-"],
            [f"{MIA} in {DESIGN}", "7", "daily", "0", "4", "0", "3"],
        ]


async def test_a_level_reached_by_a_lowered_cap_is_told(stage: Stage) -> None:
    """What the shell changes is looked at for alerts, as from anywhere else."""
    async with stage.bot():
        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)
        await easel(stage, "quota", "set", DESIGN, "5", "monthly")

        assert await stage.rows("SELECT level FROM alerts ORDER BY level") == [(50,), (80,)]
        assert len(await stage.rows("SELECT * FROM notices WHERE kind = 'alert'")) == 1


async def test_the_export_tells_of_caps_grants_and_jobs(stage: Stage) -> None:
    """One row for each, in the contract's columns; `none` and 0 differ."""
    async with stage.bot():
        await easel(stage, "quota", "set", "workspace", "none")
        await easel(stage, "quota", "set", GENERAL, "0", "daily")
        await easel(stage, "quota", "grant", DESIGN, "5", "--until", "2099-12-31")
        await stage.press(await stage.ask(f"{FOX} --size square"), "generate")
        await stage.done(4)
        done = await easel(stage, "export")
        [(job, version)] = await stage.rows(
            "SELECT id, table_version FROM jobs WHERE state = 'done'"
        )

    assert done.out.splitlines()[0] == (
        "time,workspace,channel,person,job,model,size,quality,images,state,credits,"
        "price version,request id"
    )
    *given, made = done.records

    assert [(one["channel"], one["state"], one["credits"], one["size"]) for one in given] == [
        ("default", "cap", "100", "month"),
        ("", "cap", "none", "month"),
        (GENERAL, "cap", "0", "day"),
        (DESIGN, "grant", "5", given[3]["size"]),
    ]
    assert given[3]["size"].endswith("/2099-12-31")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", made.pop("time"))
    assert made.pop("request id")
    assert made == {
        "workspace": TEAM_ID,
        "channel": DESIGN,
        "person": MIA,
        "job": job,
        "model": "gpt-image-2",
        "size": "1024x1024",
        "quality": "medium",
        "images": "1",
        "state": "charged",
        "credits": "4",
        "price version": version,
    }

    # And while nothing runs.
    assert (await easel(stage, "export")).out == done.out
    assert (await easel(stage, "export", "--to", "2020-01-01")).records == given[:3]


async def test_caps_before_anybody_used_it(stage: Stage) -> None:
    """A fresh database is of the token's workspace: Slack says which."""
    async with stage.bot():
        assert await stage.rows("SELECT * FROM workspaces") == []

        done = await easel(stage, "quota", "set", "workspace", "50", "monthly")

        assert done.status == 0
        assert await stage.rows("SELECT team, channel FROM caps") == [(TEAM_ID, "")]


async def test_one_of_several_workspaces_is_named(stage: Stage) -> None:
    """Where several workspaces use a database, the one that is meant has to be named."""
    async with stage.bot():
        pass
    await stage.write("INSERT INTO workspaces VALUES ('T1', 0), ('T2', 0)")
    unnamed = await easel(stage, "quota", "set", DESIGN, "5")
    unknown = await easel(stage, "quota", "set", DESIGN, "5", "--workspace", "T3")
    named = await easel(stage, "quota", "set", DESIGN, "5", "--workspace", "T2")

    assert (unnamed.status, unknown.status, named.status) == (2, 2, 0)
    assert unnamed.err == ("Several workspaces use this database. Name one: --workspace T1, T2\n")
    assert unknown.err == "T3 is not a workspace of this database. It knows: T1, T2\n"
    assert await stage.rows("SELECT team FROM caps") == [("T2",)]


async def test_several_shells_and_the_bot_lose_nothing(stage: Stage) -> None:
    """Grants from several shells while the bot admits and charges: all are there in the end."""
    async with stage.bot():
        cards = [await stage.ask(f"picture {number} --draft") for number in range(6)]
        calls, _ = await asyncio.gather(
            asyncio.gather(*(easel(stage, "quota", "grant", DESIGN, "10") for _ in range(4))),
            asyncio.gather(*(stage.press(card, "generate") for card in cards)),
        )
        await stage.ws.until(lambda: stage.shares() == 6)

        assert [call.status for call in calls] == [0] * 4
        assert await stage.quota() == {
            "Cap": "100",
            "Grants": "40",
            "Charged": "6",
            "Held": "0",
            "Left": "134",
        }


async def test_a_shell_waits_for_nobody_for_ever(stage: Stage) -> None:
    """While somebody holds the write lock, a change is refused in words and nothing is changed."""
    async with stage.bot():
        pass
    await stage.write("INSERT INTO workspaces VALUES ('T1', 0)")
    async with stage.locked():
        done = await easel(stage, "quota", "set", DESIGN, "5")

    assert done.status == 1
    assert done.err == (
        "Easel's database did not answer in time. Nothing was held or changed by this; try again.\n"
    )
    assert await stage.rows("SELECT * FROM caps") == []


@pytest.mark.parametrize("state", ["missing", "empty", "older", "newer"])
async def test_a_database_that_is_not_of_today(stage: Stage, state: str) -> None:
    """No database, an empty one, an older or a newer one: a sentence says what to start."""
    file = stage.folder / "demo.db"
    match state:
        case "missing":
            file.unlink()
            like = "There is no database at .*demo.db yet: start `easel run` once"
        case "empty":
            file.write_bytes(b"")
            like = "There is no database at .*demo.db yet: start `easel run` once"
        case _:
            revision, like = {
                "older": ("0001", "older Easel: start `easel run` of this version once"),
                "newer": ("9999", "revision 9999, which this Easel does not know"),
            }[state]
            async with stage.bot():
                pass
            await stage.write(f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608 -- ours
    for words in (["quota", "list"], ["quota", "grant", DESIGN, "5"], ["export"]):
        done = await easel(stage, *words)

        assert (done.status, done.out) == (1, "")
        assert re.search(like, done.err)
    assert file.exists() is (state != "missing")
