"""The quota card in Slack: who sees which controls, and what they do."""

from __future__ import annotations

from bot.demo.faults import Gate
from bot.demo.slack.model import Message
from bot.demo.slack.seed import ADA, DESIGN, GENERAL, MIA, NOAH
from tests.flow.stage import FOX, Stage, text_of
from tests.workspace.raw import button

DATA = {"data_visualization", "data_table"}


def kinds(card: Message) -> set[str]:
    """The kinds of blocks of a card."""
    return {block["type"] for block in card.blocks}


def controls(stage: Stage, card: Message) -> set[str]:
    """The buttons of a card."""
    return {element["action_id"] for element in stage.ws.elements(card)}


async def test_members_and_admins_see_different_controls(either: Stage) -> None:
    """The same numbers for both; only an admin gets the buttons that change them."""
    async with either.bot():
        members = await either.quota_card()
        admins = await either.quota_card(user=ADA)

        assert members.text == admins.text == "Cap 100\nCharged 0\nHeld 0\nLeft 100"
        assert controls(either, members) == {"more"}
        assert controls(either, admins) == {"budget", "pause"}


async def test_a_silent_slack_means_no_controls(stage: Stage) -> None:
    """If Slack does not say who is an admin, the card comes all the same, for looking only."""
    stage.hurry(admin=0.05)
    async with stage.bot():
        gate = Gate()
        stage.faults.arm("gate", "users.info", times=None, gate=gate, when="before")
        card = await stage.quota_card(user=ADA)
        gate.opened.set()

        assert card.text.startswith("Cap 100")
        assert "pause" not in controls(stage, card)


async def test_a_database_that_does_not_answer_is_said(stage: Stage) -> None:
    """Without the database there is no card, but a sentence."""
    stage.hurry(busy=0.0)
    async with stage.bot():
        await stage.ws.command(MIA, DESIGN, "/image-quota", "")
        await stage.card("database did not answer in time")


async def test_a_pause_from_the_card_counts_for_the_next_click(stage: Stage) -> None:
    """Pause replaces the card by the fresh one, stops the next click, and Resume undoes it."""
    async with stage.bot():
        offer = await stage.ask(FOX)
        card = await stage.quota_card(user=ADA)
        await stage.press(card, "pause")
        await stage.ws.until(lambda: "Paused" in text_of(card))

        assert controls(stage, card) == {"budget", "resume"}
        assert "Changed. It counts for the very next click." in text_of(card)

        await stage.press(offer, "generate")
        await stage.card("An admin has paused this channel's budget")

        assert await stage.rows("SELECT * FROM ledger") == []

        await stage.press(card, "resume")
        await stage.ws.until(lambda: "Paused" not in text_of(card))
        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)

        assert await stage.rows('SELECT what, "by" FROM changes ORDER BY id') == [
            ("pause", ADA),
            ("resume", ADA),
        ]


async def test_who_was_an_admin_pauses_nothing(stage: Stage) -> None:
    """The buttons of a card are asked about at the click: an admin of yesterday is refused."""
    async with stage.bot():
        card = await stage.quota_card(user=ADA)
        stage.ws.world.users[ADA].role = "member"
        await stage.press(card, "pause")
        await stage.card("Only admins change budgets", user=ADA)

        assert await stage.rows("SELECT * FROM changes") == []
        assert "Paused" not in text_of(card)


async def test_a_cap_below_what_is_used_is_explained(stage: Stage) -> None:
    """A cap lowered under what is charged and held: until when, and that the holds go on."""
    async with stage.bot():
        gate = Gate()
        stage.faults.arm("gate", "poll", gate=gate, when="before")
        await stage.press(await stage.ask(FOX), "generate")
        await gate.reached.wait()
        card = await stage.quota_card("3 monthly", user=ADA)

        assert card.text == "Cap 3\nCharged 0\nHeld 4\nLeft -1"
        assert "More is charged and held than is allowed now*: nothing new is" in text_of(card)
        assert "What is held goes on." in text_of(card)

        gate.opened.set()
        await stage.done(4)


async def test_the_tightest_budget_is_on_the_card(stage: Stage) -> None:
    """A workspace or a personal cap with less left than the channel is named to whom it binds."""
    async with stage.bot():
        await stage.quota_card("workspace 50 monthly", user=ADA)

        assert "*Tighter for you*: the workspace's budget has 50 credits left" in text_of(
            await stage.quota_card()
        )

        await stage.write(
            'INSERT INTO caps (team, channel, user, period, "limit", set_by, set_at) '  # noqa: S608 -- the seed's own ids
            f"VALUES ('{stage.ws.team_id}', '{DESIGN}', '{MIA}', 'day', 4, '{ADA}', 0)"
        )

        assert "your own budget here has 4 credits left" in text_of(await stage.quota_card())
        assert "the workspace's budget has" in text_of(await stage.quota_card(user=NOAH))


async def test_people_and_days_are_on_the_card(stage: Stage) -> None:
    """Who used how much, Slack's chart and table, their words, what is left as pictures."""
    async with stage.bot():
        await stage.press(await stage.ask(f"{FOX} --quality high"), "generate")
        await stage.done(14)
        card, whole = await stage.quota_card(), await stage.quota_card("workspace")
        shown, workspace = text_of(card), text_of(whole)

        assert f"<@{MIA}> 14 credits" in shown
        assert kinds(card) & DATA == {"data_visualization"}
        assert "The last 20 days: most today (14 credits), nothing on 19 of 20 days." in shown
        assert "Enough for about 6 high or 21 medium at 1K." in shown
        assert kinds(whole) & DATA == DATA
        assert f"*By channel, this month*\\n<#{DESIGN}> 14 credits" in workspace


async def test_without_charts_there_are_bars(stage: Stage) -> None:
    """Where Slack refuses charts and tables the same card comes in characters, for a day."""
    stage.ws.world.refused_blocks = {"data_visualization", "data_table"}
    async with stage.bot():
        await stage.press(await stage.ask(f"{FOX} --quality high"), "generate")
        await stage.done(14)
        first, second = await stage.quota_card("workspace"), await stage.quota_card()
        refused = [call for call in stage.ws.calls_of("response_url") if not call.ok]

        for card in (first, second):
            assert not kinds(card) & DATA
            assert "···█`\\nThe last 20 days, a bar a day, today last: most today" in text_of(card)
        assert [call.error for call in refused] == ["invalid_blocks"]


async def test_a_chart_button_of_an_earlier_easel_is_answered(stage: Stage) -> None:
    """The button under an old card says that it is of an earlier Easel, and what to type."""
    async with stage.bot():
        card = await stage.quota_card()
        row = {"type": "actions", "elements": [button("chart", "C0")]}
        stage.ws.world.edit(card, text=card.text, blocks=[*card.blocks, row])
        await stage.press(card, "chart")
        await stage.card("This is of an earlier Easel .* Ask anew with /image or /image-quota")


async def test_another_channels_card_has_its_name(stage: Stage) -> None:
    """The card of a channel that is looked at from elsewhere says which it is, and acts on it."""
    async with stage.bot():
        card = await stage.quota_card(f"<#{GENERAL}>", user=ADA)
        await stage.press(card, "pause")
        await stage.ws.until(lambda: "Paused" in text_of(card))

        assert f"*Image budget of <#{GENERAL}>*" in text_of(card)
        assert await stage.rows("SELECT channel FROM pauses") == [(GENERAL,)]
        assert "stopped new pictures" not in text_of(await stage.quota_card())


async def test_a_pause_of_the_workspace_is_on_every_card(stage: Stage) -> None:
    """Where the whole workspace is paused, a channel's card says so."""
    async with stage.bot():
        await stage.quota_card("pause workspace", user=ADA)

        assert "new pictures in the whole workspace" in text_of(await stage.quota_card())


async def test_a_channel_that_began_today_has_no_forecast(stage: Stage) -> None:
    """What was spent in fewer than three days is no pace, whatever day of the month it is."""
    async with stage.bot():
        await stage.ws.command(ADA, DESIGN, "/image-quota", "20 monthly")
        await stage.confirm(f"{FOX} --n 3")
        await stage.done(12)
        card = await stage.quota_card()

        assert card.text == "Cap 20\nCharged 12\nHeld 0\nLeft 8"
        assert "In use for less than 3 days: too early for a forecast." in text_of(card)
        assert "a day" not in text_of(card).replace("Credits a day, the last", "")
