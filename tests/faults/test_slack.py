"""What no row can say of Slack's failures: that none is forgotten, and what comes after."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest

import bot.slack
from bot.core.errors import HITCHES
from bot.demo.slack.api import METHODS
from bot.demo.slack.seed import ADA, DESIGN, MIA
from tests.faults.slack_limits import ELSEWHERE, LIMITED
from tests.faults.slack_places import archived, deactivated, in_a_thread, removed
from tests.faults.slack_rows import both, fails
from tests.flow.stage import FOX, Stage, text_of


def test_every_call_of_slack_is_accounted_for() -> None:
    """What the client of Slack calls has a row for its 429, or is said not to be a job's."""
    source = "".join(one.read_text() for one in Path(bot.slack.__path__[0]).glob("*.py"))
    called = {word for word in re.findall(r'"([a-zA-Z_.]+)"', source) if word in METHODS}
    called |= set(re.findall(r'(?i)method = "(\w+)"', source))  # those that are no methods

    assert called == LIMITED.keys() | ELSEWHERE.keys()


async def test_a_job_calls_what_has_a_row(stage: Stage) -> None:
    """A walk over all that a job can do at Slack meets the calls that have a row, and no others."""
    stage.extra["EASEL_ADMINS"] = "SPAINTERS"
    app = stage.ws.world.app
    stage.ws.world.app = replace(app, scopes=(*app.scopes, "usergroups:read"))
    stage.ws.world.usergroups["SPAINTERS"] = {"name": "p", "handle": "p", "users": [ADA]}
    async with stage.bot():
        await stage.ws.until(lambda: stage.ws.calls_of("auth.test"))
        before = len(stage.ws.calls)
        card = await in_a_thread(stage)
        await both(
            fails("lost_answer", "chat.postMessage"),
            fails("lost_answer", "files.completeUploadExternal"),
            fails("error", "files.getUploadURLExternal", error="storage_limit_reached"),
        )(stage)
        await stage.press(card, "generate")
        await stage.ws.until(stage.shares)
        await stage.ws.until(lambda: stage.ws.messages(stage.ws.direct(ADA).id))

        card = await stage.ask()
        stage.pixapi.manual = True
        stage.faults.arm("lost_answer", "chat.postMessage")
        await stage.press(card, "generate")
        await stage.pixapi.until(lambda: stage.submits() > 1)
        await archived(stage)
        stage.pixapi.manual = False
        await stage.root("Done · ", channel=stage.ws.direct(MIA).id)

        stage.ws.world.channels[DESIGN].is_archived = False
        card = await stage.ask()
        stage.faults.arm("error", "response_url", error="used_url", times=None)
        stage.faults.arm("task_failed", "submit", code="internal_error", message="boom")
        await stage.press(card, "generate")
        await stage.root("internal_error|failed to make")
        await stage.ws.until(lambda: stage.ws.calls_of("chat.postEphemeral"))
    met = {call.method for call in stage.ws.calls[before:]} | {"response_url"}

    assert met == LIMITED.keys()


@pytest.mark.parametrize("method", ["users.info", "conversations.info"])
async def test_at_the_click_nothing_is_held_without_an_answer(stage: Stage, method: str) -> None:
    """Slack says 429 for as long as it is asked: the card stays, and says that nothing was held."""
    async with stage.bot():
        card = await stage.ask()
        stage.faults.arm("ratelimited", method, times=2, retry_after=0)
        await stage.press(card, "generate")
        shown = await stage.card("Slack is not answering Easel at the moment. Nothing was held")

        assert "Generate · 4 credits" in text_of(shown)
        assert await stage.rows("SELECT count(*) FROM ledger") == [(0,)]
        assert stage.submits() == 0


async def test_slacks_own_wait_is_kept(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """A 429 with a wait longer than a step waits: the job is not tried again before."""
    caplog.set_level(logging.WARNING, "bot")
    async with stage.bot():
        stage.faults.arm("ratelimited", "files.getUploadURLExternal", retry_after=600)
        await stage.confirm()
        while "tried again" not in caplog.text:
            await stage.ask()

    assert "files.getUploadURLExternal: ratelimited; tried again in 600 s" in caplog.text


async def test_nowhere_ends_when_there_is_a_place(stage: Stage) -> None:
    """Removed, and the asker gone: once Easel is back in the channel, the picture comes, once."""
    async with stage.bot():
        stage.pixapi.manual = True
        root = await stage.confirm()
        await stage.pixapi.until(stage.submits)
        await both(removed, deactivated)(stage)
        stage.pixapi.manual = False
        await stage.root(re.escape(HITCHES["nowhere"].sentence))
        stage.ws.world.channels[DESIGN].members.add(stage.ws.bot_user_id)
        await stage.root("Done · ")
        await stage.ws.until(stage.shares)

        thread = stage.ws.messages(DESIGN, thread_ts=root.ts)
        assert [len(one.files) for one in thread] == [0, 1]
        assert await stage.rows("SELECT count(*) FROM contents") == [(0,)]


async def test_a_full_storage_is_told_once_and_outlives_a_restart(stage: Stage) -> None:
    """However often it is tried: one notice, one root message, one picture, its address gone."""
    full = stage.faults.arm(
        "error", "files.getUploadURLExternal", times=None, error="storage_limit_reached"
    )
    for tries in (2, 4):
        async with stage.bot():
            if not stage.submits():
                await stage.confirm()
            await stage.root("file storage is full")
            while full.met < tries:
                await stage.ask()
            await stage.ws.until(lambda: stage.ws.messages(stage.ws.direct(ADA).id))
    stage.faults.disarm(full)
    stage.pixapi.cdn.files.clear()  # the picture's address has expired
    async with stage.bot():
        root = await stage.root("Done · ")
        await stage.ws.until(stage.shares)

        assert len(stage.ws.messages(stage.ws.direct(ADA).id)) == 1
        assert len(stage.ws.messages(DESIGN)) == 1
        assert len(stage.ws.messages(DESIGN, thread_ts=root.ts)) == 2
        assert stage.submits() == 1


async def test_the_place_that_was_left_says_so(stage: Stage) -> None:
    """Where Easel was removed, the message that was there does not go on saying that it is made."""
    async with stage.bot():
        stage.pixapi.manual = True
        await stage.confirm()
        await stage.pixapi.until(stage.submits)
        await removed(stage)
        stage.pixapi.manual = False
        left = await stage.root("Sent to the asker's direct message")

        assert "*4 credits charged*" in text_of(left)
        assert "It is paid for there" not in text_of(left)


async def test_a_thread_whose_root_was_deleted_is_still_there(stage: Stage) -> None:
    """With replies under it a deleted root leaves its thread: the picture comes into it."""
    async with stage.bot():
        stage.pixapi.manual = True
        card = await in_a_thread(stage)
        await stage.press(card, "generate")
        await stage.pixapi.until(stage.submits)
        [root] = stage.ws.messages(DESIGN)
        stage.ws.world.delete(root)
        stage.pixapi.manual = False
        await stage.ws.until(stage.shares)
        thread = stage.ws.messages(DESIGN, thread_ts=root.ts)

        assert [len(one.files) for one in thread if one.user == stage.ws.bot_user_id] == [0, 1]
        assert any(FOX in text_of(one) for one in thread)
        assert stage.ws.messages(stage.ws.direct(MIA).id) == []
