"""What is saved in the form of a budget, and what the very next click meets."""

from __future__ import annotations

import pytest

from bot.demo.slack.seed import ADA, DESIGN, GUS, MIA, NOAH
from tests.flow.budgets import CAPS, CHANGES, opened, save, submit, told
from tests.flow.shell import easel
from tests.flow.stage import FOX, Stage, text_of

BO = "UBOADMIN01"  # another admin


async def generate(stage: Stage, user: str, says: str) -> None:
    """Ask for a medium picture (4 credits), click Generate on the card; what becomes of it."""
    await stage.press(await stage.ask(FOX, user=user), "generate")
    await stage.card(says, user=user)


async def test_the_very_next_click_meets_the_new_cap(either: Stage) -> None:
    """A cap saved after a card was shown is what the click on that card meets; it is recorded."""
    async with either.bot():
        card = await either.ask(FOX)
        answer = text_of(await save(either, cap="3", period="week"))

        assert "Cap: 3 a week; before: the default (100 a month)" in answer
        assert "It counts for the very next click" in answer

        await either.press(card, "generate")
        await either.card("more than this channel's budget has left: 3")

        assert await either.rows("SELECT * FROM ledger") == []
        assert await either.rows(CHANGES) == [(DESIGN, "", "cap 3 a week", ADA)]


async def test_none_and_zero_are_kept_apart(stage: Stage) -> None:
    """No cap and 0 are stored, shown and said differently; default takes the row away."""
    async with stage.bot():
        assert "Cap: none a month" in text_of(await save(stage, cap="none"))
        assert await stage.rows(CAPS) == [(DESIGN, "", "month", None)]

        assert "left unlimited" in str((await opened(stage)).body["blocks"][0])

        answer = text_of(await submit(stage, cap="0"))

        assert "Cap: 0 a month (nothing is allowed); before: none a month" in answer
        assert await stage.rows(CAPS) == [(DESIGN, "", "month", 0)]
        assert "Nothing is allowed" in text_of(await stage.ask(FOX))

        answer = text_of(await save(stage, cap="default"))

        assert "Cap: the default (100 a month); before: 0 a month" in answer
        assert await stage.rows(CAPS) == []


async def test_the_workspace_has_a_form_too(stage: Stage) -> None:
    """The workspace's cap and policies are set in it and count in every channel."""
    async with stage.bot():
        answer = text_of(await save(stage, of="", cap="3", approve="2", spenders="admins"))

        assert "Image budget of the workspace" in answer
        assert "Cap: 3 a month; before: none a month" in answer
        assert "more than the workspace's budget has left: 3" in text_of(await stage.ask(FOX))

        view = await opened(stage)

        assert "For the whole workspace it is 2" in str(view.body["blocks"])
        assert "Default: only admins" in str(view.body["blocks"])
        assert [row[:3] for row in await stage.rows(CHANGES)] == [
            ("", "", "cap 3 a month"),
            ("", "", "approval from 2"),
            ("", "", "spenders admins"),
        ]


async def test_each_person_has_the_cap_of_each(stage: Stage) -> None:
    """A cap of each person stops who has used it up, and nobody else."""
    async with stage.bot():
        answer = text_of(await save(stage, each="5", each_period="day"))

        assert "Cap of each person: 5 a day; before: none" in answer
        assert "Whoever has used more than the new cap of each person keeps it" in answer

        await stage.press(await stage.ask(FOX, user=MIA), "generate")
        await stage.done(4)

        assert "has left: 1" in text_of(await stage.ask(FOX, user=MIA))

        await generate(stage, NOAH, "Queued|charged")

        assert await stage.rows(CAPS) == [(DESIGN, "*", "day", 5)]


async def test_a_person_may_have_a_cap_of_their_own(stage: Stage) -> None:
    """One's own cap takes the place of each one's, until it goes back to the default."""
    async with stage.bot():
        await save(stage, each="0")
        answer = text_of(await save(stage, person=NOAH, own="4", own_period="week"))

        assert f"Cap of <@{NOAH}>: 4 a week; before: that of each person" in answer
        assert "allowed" in text_of(await stage.ask(FOX, user=MIA))

        await generate(stage, NOAH, "Queued|charged")
        view = await opened(stage)

        assert f"<@{NOAH}> 4 a week" in str(view.body["blocks"])

        await submit(stage, person=NOAH, own="default")

        assert await stage.rows(CAPS) == [(DESIGN, "*", "month", 0)]
        assert await stage.rows(CHANGES) == [
            (DESIGN, "*", "cap 0 a month", ADA),
            (DESIGN, NOAH, "cap 4 a week", ADA),
            (DESIGN, NOAH, "cap default", ADA),
        ]


async def test_guests_spend_where_everyone_may(stage: Stage) -> None:
    """A guest is refused until everyone may spend; then the very next click goes through."""
    async with stage.bot():
        await generate(stage, GUS, "Guests and people from other workspaces cannot spend")
        await save(stage, spenders="everyone")
        await generate(stage, GUS, "Queued|charged")


async def test_only_admins_spend_where_only_they_may(stage: Stage) -> None:
    """Where only admins may spend, a member is refused and an admin is not."""
    async with stage.bot():
        answer = text_of(await save(stage, spenders="admins"))

        assert "Who may spend: only admins; before: the default (members)" in answer

        await generate(stage, MIA, "only admins make pictures")
        await generate(stage, ADA, "Queued|charged")


async def test_dear_pictures_wait_for_an_admin(stage: Stage) -> None:
    """From the approval level on a price is held and waits; emptied, nothing waits any more."""
    async with stage.bot():
        answer = text_of(await save(stage, approve="4"))

        assert "An admin approves: prices from 4 credits on; before: nothing" in answer

        await stage.press(await stage.ask(FOX), "generate")
        waiting = "SELECT count(*) FROM jobs WHERE state = 'waiting'"
        await stage.card("Waiting for an admin")

        assert await stage.rows(waiting) == [(1,)]

        assert "An admin approves: nothing" in text_of(await save(stage, approve=""))

        await generate(stage, NOAH, "Queued|charged")


async def test_alerts_are_told_at_the_levels(stage: Stage) -> None:
    """New levels count at once: one that is reached already is told, by direct message."""
    async with stage.bot():
        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)
        await save(stage, levels="3, 90 %")
        await told(stage, "has reached 3 %")

        assert await stage.rows("SELECT levels FROM policies") == [("3,90",)]
        assert "nobody is told" in text_of(await save(stage, levels=""))
        assert await stage.rows("SELECT levels FROM policies") == [("",)]

        await save(stage, levels="default")

        assert await stage.rows("SELECT levels FROM policies") == [(None,)]


@pytest.mark.parametrize("by", ["form", "shell"])
async def test_a_lowered_cap_of_each_can_reach_a_level(stage: Stage, by: str) -> None:
    """A cap of each person, set below what somebody has used, tells the admins of that person."""
    async with stage.bot():
        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)
        if by == "form":
            await save(stage, each="5")
            await told(stage, "has reached 80 %")
        else:
            await easel(stage, "quota", "set", DESIGN, "5", "--person", "everybody")

        expected = [(DESIGN, MIA, 50), (DESIGN, MIA, 80)]
        assert (
            await stage.rows("SELECT channel, user, level FROM alerts ORDER BY level") == expected
        )


@pytest.mark.parametrize("by", ["form", "command"])
async def test_a_lowered_cap_can_reach_a_level(stage: Stage, by: str) -> None:
    """A cap lowered to what is used tells the admins so, whichever way it was lowered."""
    async with stage.bot():
        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)
        if by == "form":
            await save(stage, cap="5")
        else:
            await stage.ws.command(ADA, DESIGN, "/image-quota", "5")
        await told(stage, "has reached 80 %")

        assert await stage.rows("SELECT level FROM alerts ORDER BY level") == [(50,), (80,)]


async def test_a_cap_below_what_is_used_takes_nothing_back(stage: Stage) -> None:
    """A cap lower than what is charged and held is set, and the answer says what that means."""
    async with stage.bot():
        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)
        answer = text_of(await save(stage, cap="3", person=MIA, own="1"))

        assert f"The budget of <#{DESIGN}>: 4 credits are charged and held already" in answer
        assert f"The budget of <@{MIA}> in <#{DESIGN}>: 4 credits are charged" in answer
        assert "Nothing is taken back, and nothing new is possible until" in answer
        assert (await stage.quota())["Charged"] == "4"

        answer = text_of(await save(stage, levels="10"))

        assert "already" not in answer


async def test_two_admins_keep_each_others_changes(stage: Stage) -> None:
    """Of two forms that are open at once each writes what was changed in it; the last one wins."""
    async with stage.bot():
        stage.ws.add_user(BO, "Bo", role="admin")
        stage.ws.world.channels[DESIGN].members.add(BO)
        for user in (ADA, BO):
            await opened(stage, user=user)
        await submit(stage, user=ADA, cap="50", approve="20")
        answer = text_of(await submit(stage, user=BO, period="week", cap="60", levels="70"))

        assert "Cap: 60 a week; before: 50 a month" in answer
        assert "approves" not in answer
        assert await stage.rows(CAPS) == [(DESIGN, "", "week", 60)]
        assert await stage.rows("SELECT approve_from, levels FROM policies") == [(20, "70")]
        assert await stage.rows(CHANGES) == [
            (DESIGN, "", "cap 50 a month", ADA),
            (DESIGN, "", "approval from 20", ADA),
            (DESIGN, "", "cap 60 a week", BO),
            (DESIGN, "", "alerts at 70", BO),
        ]


async def test_a_period_goes_with_another_admins_number(stage: Stage) -> None:
    """Who changes the period alone leaves the number that another admin has set meanwhile."""
    async with stage.bot():
        stage.ws.add_user(BO, "Bo", role="admin")
        stage.ws.world.channels[DESIGN].members.add(BO)
        await save(stage, cap="10")
        for user in (ADA, BO):
            await opened(stage, user=user)
        await submit(stage, user=ADA, cap="50")
        await submit(stage, user=BO, period="day")

        assert await stage.rows(CAPS) == [(DESIGN, "", "day", 50)]


async def test_a_form_without_a_change_writes_nothing(stage: Stage) -> None:
    """Saved as it is, or with what stands already, nothing is written or recorded."""
    async with stage.bot():
        assert "Nothing was changed" in text_of(await save(stage))
        assert "Nothing was changed" in text_of(await save(stage, approve=" ", spenders="default"))
        assert await stage.rows(CHANGES) == []
        assert await stage.rows("SELECT * FROM policies") == []
