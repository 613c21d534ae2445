"""The buttons under a result, over and over, after restarts too."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.model import Message
from bot.demo.slack.seed import ADA, DESIGN, MIA, NOAH
from tests.flow.forms import form
from tests.flow.stage import FOX, Stage, text_of


async def test_vary_asks_for_the_same_again(either: Stage) -> None:
    """Vary shows the price to whoever clicked; confirmed, it lands in the result's thread."""
    async with either.bot():
        await either.press(await either.ask(f"{FOX} --draft"), "generate")
        await either.card("Queued|Done")
        root = await either.done(1)
        await either.ws.click(NOAH, DESIGN, root.ts, "vary")
        offer = await either.card("Generate · 1 credit", user=NOAH)
        await either.press(offer, "generate")
        await either.ws.until(lambda: either.shares() == 2)
        asked = [(call.fields["prompt"], call.fields["quality"]) for call in either.pixapi.asked]

        assert asked == [(FOX, "low")] * 2
        assert len(either.ws.messages(DESIGN)) == 1


async def test_finalise_edits_this_very_picture(stage: Stage) -> None:
    """Finalise offers an edit of the picture itself, finer, and says what the way has cost."""
    async with stage.bot():
        await stage.press(await stage.ask(f"{FOX} --draft"), "generate")
        await stage.card("Queued|Done")
        root = await stage.done(1)
        await stage.ws.click(MIA, DESIGN, root.ts, "finalise")
        offer = await stage.card("Generate · 14 credits")

        assert "1 + 14 = 15" in text_of(offer)

        await stage.press(offer, "generate")
        await stage.ws.until(lambda: stage.shares() == 2)
        edit = stage.pixapi.asked[-1]

        assert edit.path.endswith("/edits")
        assert edit.fields["quality"] == "high"
        assert len(edit.images) == 1


async def test_the_thread_says_what_it_has_cost(stage: Stage) -> None:
    """The root message of a thread carries the images and credits of the whole thread."""
    async with stage.bot():
        await stage.press(await stage.ask(f"{FOX} --draft"), "generate")
        await stage.card("Queued|Done")
        root = await stage.done(1)
        await stage.press(root, "vary")
        await stage.press(await stage.card("Generate · 1 credit"), "generate")
        await stage.root("This thread: 2 images · 2 credits charged")
        await stage.press(root, "details")

        assert "How it came about" not in text_of(await stage.card("Ledger"))


async def test_two_results_that_end_together_leave_no_sum_behind(stage: Stage) -> None:
    """A second result ends while the first one's last edit is on its way: the line has both."""
    shared, edited = Gate(), Gate()
    async with stage.bot():
        stage.faults.arm("gate", "files.completeUploadExternal", gate=shared, when="after")
        await stage.press(await stage.ask(f"{FOX} --draft"), "generate")
        await shared.reached.wait()
        await stage.ws.until(lambda: stage.shares() == 1)
        stage.ws.process_files()
        stage.faults.arm("gate", "chat.update", gate=edited, when="after")
        shared.opened.set()
        await edited.reached.wait()
        root = await stage.root(r"Done · \*1 credit charged")
        await stage.press(root, "vary")
        await stage.press(await stage.card("Generate · 1 credit"), "generate")
        await stage.ws.until(
            lambda: any(
                "Done · " in text_of(one)
                for one in stage.ws.messages(DESIGN, thread_ts=root.ts)[1:]
            )
        )
        async with asyncio.timeout(90):
            while await stage.rows("SELECT count(*) FROM jobs WHERE state = 'done'") != [(1,)]:
                await stage.quota()  # until the second one is over
        edited.opened.set()
        await stage.root("This thread: 2 images · 2 credits charged")


async def test_details_show_the_chain(stage: Stage) -> None:
    """Details of a result that goes on from another list the steps with their cost and the sum."""
    async with stage.bot():
        await stage.press(await stage.ask(f"{FOX} --draft"), "generate")
        await stage.card("Queued|Done")
        root = await stage.done(1)
        await stage.press(root, "finalise")
        await stage.press(await stage.card("Generate · 14 credits"), "generate")
        await stage.ws.until(lambda: stage.shares() == 2)
        await stage.root("This thread: 2 images · 15 credits")
        thread = stage.ws.messages(DESIGN, thread_ts=root.ts)
        final = next(one for one in thread[1:] if "14 credits charged" in text_of(one))
        await stage.ws.click(NOAH, DESIGN, final.ts, "details")

        assert "15 credits charged in total" in text_of(await stage.card("Ledger", user=NOAH))


async def test_a_thread_shows_each_picture_once(either: Stage) -> None:
    """A result in a thread shows its files, right below the words and buttons that belong to them.

    In the channel the message itself shows the picture, whose file lies in the thread.
    """
    async with either.bot():
        root = await either.confirm(f"{FOX} --draft")
        await either.done(1)
        await either.press(root, "vary")
        await either.press(await either.card("Generate · 1 credit"), "generate")
        await either.root("This thread: 2 images · 2 credits charged")
        either.ws.process_files()
        await either.until_rows("SELECT count(*) FROM jobs WHERE state = 'done'", 2)
        # Slack shares a moment after it has said so.
        await either.ws.until(lambda: len(either.ws.messages(DESIGN, thread_ts=root.ts)) == 4)
        _, first, said, second = either.ws.messages(DESIGN, thread_ts=root.ts)

    assert shown_in(root) == first.files
    assert "Done · *1 credit charged" in text_of(said)
    assert {"vary", "edit", "finalise"} <= {e["action_id"] for e in either.ws.elements(said)}
    assert len(second.files) == 1
    assert not {*second.files} & {*shown_in(root), *shown_in(said)}


def shown_in(message: Message) -> list[str]:
    """The files that a message's image blocks show."""
    return [one["slack_file"]["id"] for one in message.blocks if one["type"] == "image"]


@pytest.mark.parametrize("user", [MIA, ADA])
async def test_asker_and_admins_delete(stage: Stage, user: str) -> None:
    """The asker and admins take a result away: message and files go, the charge stays."""
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        await stage.card("Queued|Done")
        root = await stage.done(4)
        await stage.ws.click(user, DESIGN, root.ts, "delete")
        await stage.card("Deleted", user=user)

        assert [one for one in stage.ws.messages(DESIGN) if FOX in text_of(one)] == []
        assert (await stage.quota())["Charged"] == "4"


async def test_nobody_else_deletes(stage: Stage) -> None:
    """Another member's click on Delete changes nothing and says who may."""
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        await stage.card("Queued|Done")
        root = await stage.done(4)
        await stage.ws.click(NOAH, DESIGN, root.ts, "delete")
        await stage.card("Only the person who asked for it and admins", user=NOAH)

        assert root in stage.ws.messages(DESIGN)


async def test_buttons_work_days_later(stage: Stage) -> None:
    """After a restart, and once the prompt is erased, Finalise goes on from the picture."""
    async with stage.bot():
        await stage.press(await stage.ask(f"{FOX} --draft"), "generate")
        await stage.card("Queued|Done")
        root = await stage.done(1)
        await stage.ws.until(lambda: any(b["type"] == "image" for b in root.blocks))
    await stage.write("UPDATE jobs SET prompt = NULL")
    async with stage.bot():
        await stage.press(root, "vary")
        await stage.card("prompt was erased")
        await stage.press(root, "finalise")
        await stage.press(await stage.card("Generate · 14 credits"), "generate")
        await stage.ws.until(lambda: stage.shares() == 2)


async def test_the_buttons_mean_the_chosen_picture(stage: Stage) -> None:
    """Of several images the one chosen in the menu is what Finalise edits."""
    async with stage.bot():
        await stage.press(await stage.ask(f"{FOX} --draft --n 3"), "generate")
        await stage.card("Queued|Done")
        root = await stage.done(3)
        await stage.ws.until(lambda: len(root.blocks) > 6)
        await stage.press(root, "pick", "2")
        await stage.press(root, "finalise")
        await stage.card("Generate · 14 credits")
        files = [row[0] for row in await stage.rows("SELECT file FROM pictures ORDER BY number")]
        inputs = await stage.rows("SELECT inputs FROM jobs WHERE state = 'offered'")

        assert [(f'["{files[1]}"]',)] == inputs


async def test_an_edit_that_fails_leaves_the_result(stage: Stage) -> None:
    """How an edit from the form ended is told to its asker; the result it began from stays."""
    async with stage.bot():
        await stage.press(await stage.ask(f"{FOX} --draft"), "generate")
        await stage.card("Queued|Done")
        root = await stage.done(1)
        await stage.ws.until(lambda: any(b["type"] == "image" for b in root.blocks))
        stage.faults.arm("status", "submit", status=422, code="prompt_rejected", message="no")
        await stage.ws.click(NOAH, DESIGN, root.ts, "edit")
        await form(stage, "Generate · 1 credit", user=NOAH)
        await stage.ws.submit_view(NOAH, {"compose_prompt": "make it night"})
        await stage.ws.until(
            lambda: any("not charged" in one.text for one in stage.ws.ephemerals(NOAH, DESIGN))
        )

        assert "Done · *1 credit charged" in text_of(root)


async def test_a_deleted_result_leaves_the_threads_line(stage: Stage) -> None:
    """The line of a thread's root follows when a result in the thread is deleted."""
    async with stage.bot():
        await stage.press(await stage.ask(f"{FOX} --draft"), "generate")
        await stage.card("Queued|Done")
        root = await stage.done(1)
        await stage.card("Queued")
        await stage.press(root, "vary")
        await stage.press(await stage.card("Generate · 1 credit"), "generate")
        await stage.root("This thread: 2 images · 2 credits charged")
        results = [
            one
            for one in stage.ws.messages(DESIGN, thread_ts=root.ts)[1:]
            if "credit charged" in text_of(one)
        ]
        await stage.press(results[-1], "delete")
        await stage.root("This thread: 1 image · 2 credits charged")
