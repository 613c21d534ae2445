"""Too many calls: 429 on every method that a job uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.core.errors import HITCHES
from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN, MIA
from tests.faults.row import Act, Row, Where, nothing
from tests.faults.slack_places import archived, directly, in_a_thread
from tests.faults.slack_rows import AGAIN, both, delivered, fails, shown_once
from tests.flow.stage import Stage, text_of

ONCE = "after the wait that Slack asks for it goes on"
STAYS = "the step is tried again until it is done"


def limited(method: str, times: int) -> Act:
    """Slack says 429 so often."""
    return fails("ratelimited", method, times=times, retry_after=0)


def goes_on(method: str, *, times: int = 1, with_: Act = nothing, **changes: object) -> Row:
    """It is said, and the picture comes all the same; beyond two times the job is tried again."""
    row = delivered(
        f"429 on {method}",
        f"429 on `{method}`: {STAYS if times > 2 else ONCE}",
        both(with_, limited(method, times)),
        logged=AGAIN if times > 2 else "",
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # plain fields


async def in_thread(stage: Stage) -> None:
    """The picture is in the thread that it was asked for in, once."""
    [root] = stage.ws.messages(DESIGN)
    thread = stage.ws.messages(DESIGN, thread_ts=root.ts)
    ours = [one for one in thread if one.user == stage.ws.bot_user_id]

    assert [len(one.files) for one in ours] == [0, 1]
    assert "Done · *4 credits charged*" in text_of(ours[0])
    assert stage.ws.messages(stage.ws.direct(MIA).id) == []


def threaded(method: str, *, times: int = 1, with_: Act = nothing) -> Row:
    """The same for a request by a reply with a picture, from the click on."""

    async def card(stage: Stage) -> Message:
        shown = await in_a_thread(stage)
        await both(with_, limited(method, times))(stage)
        return shown

    return goes_on(method, times=times, arm=nothing, card=card, where=Where.THREAD, then=in_thread)


def told(method: str, *settings: tuple[str, str]) -> Row:
    """The same while the admins are told of something."""
    full = fails("error", "files.getUploadURLExternal", error="storage_limit_reached")
    admins = HITCHES["storage_limit_reached"].admins
    return goes_on(method, with_=full, admins=admins, logged=AGAIN, settings=settings)


SPENT = fails("error", "response_url", error="used_url")
LOST_POST = fails("lost_answer", "chat.postMessage")
LOST_SHARE = fails("lost_answer", "files.completeUploadExternal")

LIMITED: Mapping[str, Row] = {
    "users.info": goes_on("users.info"),
    "conversations.info": goes_on("conversations.info"),
    "chat.postMessage": goes_on("chat.postMessage", times=3),
    "conversations.history": goes_on("conversations.history", times=3, with_=LOST_POST),
    "conversations.replies": threaded("conversations.replies", times=3, with_=LOST_POST),
    "download": threaded("download"),
    "files.getUploadURLExternal": goes_on("files.getUploadURLExternal", times=3),
    "upload": goes_on("upload", logged=AGAIN),
    "files.completeUploadExternal": goes_on("files.completeUploadExternal", times=3),
    "files.info": goes_on("files.info", times=3, with_=LOST_SHARE),
    "chat.update": goes_on("chat.update", times=3),
    "conversations.open": directly(
        "429 on conversations.open",
        f"429 on `conversations.open`, for the direct message: {STAYS}",
        both(archived, limited("conversations.open", 3)),
        "it was archived",
    ),
    "response_url": goes_on("response_url"),
    "chat.postEphemeral": goes_on("chat.postEphemeral", with_=SPENT, logged="", then=shown_once),
    "users.list": told("users.list"),
    "usergroups.users.list": told("usergroups.users.list", ("EASEL_ADMINS", "SADMINS")),
}
"""By the call: all of them that a job makes, from the click to the last word."""

ELSEWHERE: Mapping[str, str] = {
    "auth.test": "the start",
    "chat.delete": "a click on Delete",
    "files.delete": "a click on Delete",
    "chat.getPermalink": "links in lists, which go without",
    "conversations.join": "a click on Add Easel",
    "conversations.members": "a look at another channel's budget",
    "views.open": "a click that opens a form",
    "views.update": "a form that is open",
    "views.publish": "App Home",
}
"""Calls that no job makes, and what makes them."""

ROWS = tuple(LIMITED.values())
