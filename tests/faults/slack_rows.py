"""Slack's failures: calls that are refused, lost or too many, and what a picture then does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.core.errors import FAULTS, HITCHES, Way
from bot.demo.slack.seed import DESIGN
from tests.faults.row import Act, Money, Row, Where, nothing
from tests.flow.stage import Stage, text_of

MADE = ("Delete", "Edit…", "Finalise…", "Vary")
"""The buttons under a result."""

BUTTONS = {Way.AGAIN: "Try again", Way.REWORD: "Reword…"}
AGAIN = "warning: tried again"
UPLOADS = ("files.getUploadURLExternal", "upload", "files.completeUploadExternal")


def fails(kind: str, *methods: str, times: int | None = 1, **values: Any) -> Act:
    """Calls of these methods go wrong."""

    async def act(stage: Stage) -> None:
        for method in methods:
            stage.faults.arm(kind, method, times=times, **values)

    return act


def both(*acts: Act) -> Act:
    """One after the other."""

    async def act(stage: Stage) -> None:
        for one in acts:
            await one(stage)

    return act


async def all_met(stage: Stage) -> None:
    """What was to go wrong did."""
    assert stage.faults.armed == []


async def shown_once(stage: Stage) -> None:
    """There is one message about it in the channel, and what was to go wrong did."""
    await all_met(stage)
    assert len([one for one in stage.ws.messages(DESIGN) if "Done" in text_of(one)]) == 1


def delivered(key: str, what: str, arm: Act, *, logged: str = "") -> Row:
    """A picture that comes all the same: in its place, once, at its price."""
    return Row(
        key=key,
        what=what,
        arm=arm,
        reads="Done · *4 credits charged*",
        money=Money.CHARGED,
        charged=4,
        buttons=MADE,
        logged=logged,
        shares=1,
        then=shown_once,
    )


POSTING = (
    delivered(
        "the answer to the first message is lost",
        "`chat.postMessage` takes effect and its answer is lost",
        fails("lost_answer", "chat.postMessage"),
    ),
    delivered(
        "the first message is lost",
        "`chat.postMessage` does not reach Slack",
        fails("lost_request", "chat.postMessage"),
    ),
    delivered(
        "the first message meets an internal error",
        "`chat.postMessage`: `internal_error`",
        fails("error", "chat.postMessage", error="internal_error"),
    ),
    *(
        Row(
            key=f"the first message is refused: {word}",
            what=f"`chat.postMessage` is refused for the first message: `{word}`",
            arm=fails("error", "chat.postMessage", error=word),
            reads=fault,
            money=Money.RELEASED,
            buttons=tuple(BUTTONS[way] for way in FAULTS[fault].ways),
            logged=f"info: failed: {fault}",
            where=Where.CARD,
            submits=0,
        )
        for word, fault in (
            ("not_in_channel", "no_place"),
            ("is_archived", "archived"),
            ("restricted_action", "posting_restricted"),
            ("thread_not_found", "thread_gone"),
            ("msg_too_long", "message_too_long"),
            ("invalid_blocks", "message_refused"),
            ("token_revoked", "disconnected"),
            ("account_inactive", "disconnected"),
            ("invalid_auth", "disconnected"),
        )
    ),
)


def _steps() -> list[Row]:
    """Each of the three steps of an upload, before and after it took effect."""
    rows = []
    for number, method in enumerate(UPLOADS, 1):
        doubtful = method == "files.completeUploadExternal"
        cases = {
            "does not reach Slack": fails("lost_request", method, times=2),
            "takes effect and its answer is lost": fails("lost_answer", method, times=2),
            "answers 500": fails("status", method, times=2, status=500),
            "answers 503": fails("status", method, times=2, status=503),
        }
        if doubtful:
            cases["takes effect and its answer is lost"] = fails("lost_answer", method)
            cases["is refused"] = fails("error", method, error="file_update_failed")
            cases["does not know the file"] = fails("error", method, error="file_not_found")
            cases["meets a fatal error"] = fails("error", method, error="fatal_error")
        elif method == "upload":
            cases["is refused"] = fails("status", method, status=400)
        else:
            cases["is refused"] = fails("error", method, error="access_denied")
        for how, arm in cases.items():
            refused = how in {"is refused", "does not know the file"}
            rows.append(
                delivered(
                    f"step {number} of an upload {how}",
                    f"`{method}` (step {number} of an upload) {how}",
                    arm,
                    logged="" if doubtful and not refused else AGAIN,
                )
            )
    return rows


async def never_processed(stage: Stage) -> None:
    """Slack takes very long to process a picture."""
    stage.ws.world.pace = replace(stage.ws.world.pace, processing=3600)


async def processed_later(stage: Stage) -> None:
    """Slack takes its time to process a picture."""
    stage.ws.world.pace = replace(stage.ws.world.pace, processing=0.4)


def pictured(*, shown: bool) -> Act:
    """Whether the root message shows the picture; the file is in the thread in any case."""

    async def act(stage: Stage) -> None:
        def has() -> bool:
            [root] = stage.ws.messages(DESIGN)
            return any(block["type"] == "image" for block in root.blocks)

        if shown:
            await stage.ws.until(has)
        [root] = stage.ws.messages(DESIGN)
        thread = stage.ws.messages(DESIGN, thread_ts=root.ts)[1:]

        assert has() == shown
        assert [len(one.files) for one in thread] == [1]

    return act


def _picture_row(key: str, what: str, arm: Act, *, shown: bool) -> Row:
    return Row(
        key=key,
        what=what,
        arm=arm,
        reads="Done · *4 credits charged*",
        money=Money.CHARGED,
        charged=4,
        buttons=MADE,
        shares=1,
        then=pictured(shown=shown),
    )


PROCESSING = (
    _picture_row(
        "an invalid slack file passes",
        "`chat.update`: `invalid slack file`, because the picture is not processed yet",
        processed_later,
        shown=True,
    ),
    _picture_row(
        "an invalid slack file stays",
        "`chat.update`: `invalid slack file`, for as long as Easel tries: the root message tells "
        "it without the picture, which is in the thread",
        never_processed,
        shown=False,
    ),
)


def _waits(code: str) -> list[Row]:
    """Slack takes no file: the picture waits, says so, and comes when there is room."""
    hitch = HITCHES[code]
    method = UPLOADS[0] if code != "file_type_not_allowed" else UPLOADS[2]
    common = {"money": Money.CHARGED, "charged": 4, "admins": hitch.admins}
    return [
        Row(
            key=f"{code} stays",
            what=f"`{code}`: {hitch.sentence}",
            arm=fails("error", method, times=None, error=code),
            reads=hitch.sentence,
            logged=f"warning: waits: {code}",
            then=_kept,
            **common,  # type: ignore[arg-type]  # a plain dict of fields
        ),
        Row(
            key=f"{code} passes",
            what=f"`{code}`, until an admin has mended it",
            arm=fails("error", method, times=1, error=code),
            reads="Done · *4 credits charged*",
            buttons=MADE,
            logged=AGAIN,
            shares=1,
            then=shown_once,
            **common,  # type: ignore[arg-type]  # a plain dict of fields
        ),
    ]


async def _kept(stage: Stage) -> None:
    """The picture's bytes are Easel's until it is delivered."""
    assert await stage.rows("SELECT count(*) FROM contents") == [(1,)]
    assert await stage.rows("SELECT source FROM pictures") == [("stored:",)]


TOKEN = (
    *(
        delivered(
            f"{code} in the middle of a delivery",
            f"`{code}` while a picture is uploaded, until there is a token again",
            fails("error", UPLOADS[0], error=code),
            logged=AGAIN,
        )
        for code in ("invalid_auth", "account_inactive", "token_revoked")
    ),
    delivered(
        "token_revoked after the upload",
        "`token_revoked` when the picture is in the thread and the root message is not told yet",
        fails("error", "chat.update", times=2, error="token_revoked"),
        logged=AGAIN,
    ),
    delivered(
        "token_revoked while a share is in doubt",
        "the answer to the sharing is lost, and then the token is revoked",
        both(
            fails("lost_answer", UPLOADS[2]),
            fails("error", "files.info", error="token_revoked"),
        ),
        logged=AGAIN,
    ),
)


async def slack_is_down(stage: Stage) -> None:
    """Every method answers 503 for a while."""
    stage.faults.arm("status", "*.*", times=4, status=503)


DOWN = (
    Row(
        key="Slack is down for a while",
        what="every method of Slack's answers 503 for a while, after the request has left",
        arm=nothing,
        meanwhile=slack_is_down,
        reads="Done · *4 credits charged*",
        money=Money.CHARGED,
        charged=4,
        buttons=MADE,
        logged=AGAIN,
        shares=1,
        then=shown_once,
    ),
)


ROWS: tuple[Row, ...] = (
    *POSTING,
    *_steps(),
    *PROCESSING,
    *(row for code in HITCHES if code != "nowhere" for row in _waits(code)),
    *TOKEN,
    *DOWN,
)
