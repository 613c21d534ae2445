"""What becomes of a call whose answer is late, odd, lost or no: errors and retries."""

from __future__ import annotations

from typing import Any

import pytest
import stamina

from bot.core.job import ChannelId, FileId, Ts, UserId
from bot.slack.client import Slack, open_slack
from bot.slack.errors import SlackBusy, SlackDown, SlackLost, SlackRefused, seconds
from bot.slack.wire import ONCE, POSTING, REPEATABLE, TRIGGERED, Patience
from bot.views.kit import Message
from tests.slack_client.conftest import TRIES
from tests.slack_client.crooked import CUT, Crooked, closed_port, plain, refused

HERE, TS = ChannelId("C1"), Ts("1.000001")
SOMEBODY = UserId("U1")
HELLO = Message("hello", ({"type": "divider"},))
POSTED = {"ok": True, "ts": TS}


async def home() -> dict[str, Any]:
    """An App Home."""
    return {"type": "home"}


Use = "Callable[[Slack], Awaitable[object]]"
POSTS: dict[str, Any] = {
    "post": lambda slack: slack.post(HERE, HELLO),
    "ephemeral": lambda slack: slack.ephemeral(HERE, SOMEBODY, HELLO),
    "share": lambda slack: slack.share([(FileId("F1"), "fox")], HERE, thread=TS),
    "open_view": lambda slack: slack.open_view("trigger", {"type": "modal"}),
    "update_view": lambda slack: slack.update_view("V1", {"type": "modal"}, "hash"),
}
REPEATS: dict[str, Any] = {
    "update": lambda slack: slack.update(HERE, TS, HELLO),
    "delete": lambda slack: slack.delete(HERE, TS),
    "join": lambda slack: slack.join(HERE),
    "publish_home": lambda slack: slack.publish_home(SOMEBODY, home),
}
EVERY = POSTS | REPEATS


def over(uses: dict[str, Any]) -> pytest.MarkDecorator:
    """One test for each of these uses."""
    return pytest.mark.parametrize("use", uses.values(), ids=uses.keys())


@over(EVERY)
async def test_429_is_waited_for(slack: Slack, crooked: Crooked, use: Any) -> None:
    """Whatever the method: a 429 had no effect, so the call is made again."""
    crooked.say(refused("ratelimited", 429, retry_after=1), POSTED)
    await use(slack)

    assert len(crooked.requests) == 2
    assert crooked.bodies[0] == crooked.bodies[1]


@over(EVERY)
async def test_429_for_ever(slack: Slack, crooked: Crooked, use: Any) -> None:
    """A Slack that stays busy is given up after a few tries, with the wait that it asked for."""
    crooked.say(*[refused("ratelimited", 429, retry_after=1)] * 10)
    with pytest.raises(SlackBusy) as caught:
        await use(slack)

    assert caught.value.retry_after == 1
    assert 1 < len(crooked.requests) <= TRIES


async def test_429_too_long(slack: Slack, crooked: Crooked) -> None:
    """A wait of minutes is the caller's affair, not a call that hangs."""
    crooked.say(refused("ratelimited", 429, retry_after=600))
    with pytest.raises(SlackBusy) as caught:
        await slack.post(HERE, HELLO)

    assert caught.value.retry_after == 600
    assert len(crooked.requests) == 1


async def test_429_without_json(slack: Slack, crooked: Crooked) -> None:
    """A 429 of a gateway that knows no JSON is one all the same."""
    crooked.say(plain("slow down", 429, retry_after=2), POSTED)

    assert await slack.post(HERE, HELLO) == TS


LOST: dict[str, Any] = {
    "cut": CUT,
    "500": refused("internal_error", 500),
    "503": plain("<html>", 503),
    "internal error": refused("internal_error"),
    "fatal error": refused("fatal_error"),
    "text": plain("ok"),
    "empty": plain(""),
    "list": plain("[1]", kind="application/json"),
    "half": plain('{"ok": tr', kind="application/json"),
    "html": plain("<html>Sign in</html>", kind="text/html"),
    "odd": plain("{", kind="application/json; charset=utf-16"),
}


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST.keys())
@over(POSTS)
async def test_lost_post(slack: Slack, crooked: Crooked, use: Any, answer: Any) -> None:
    """Something that posts is never said twice when its answer is lost: the caller must look."""
    crooked.say(answer)
    with pytest.raises(SlackLost):
        await use(slack)

    assert len(crooked.requests) == 1


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST.keys())
@over(REPEATS)
async def test_lost_repeatable(slack: Slack, crooked: Crooked, use: Any, answer: Any) -> None:
    """What can be said twice is said again when its answer is lost."""
    crooked.say(answer, {"ok": True})
    await use(slack)

    assert len(crooked.requests) == 2


async def test_lost_for_ever(slack: Slack, crooked: Crooked) -> None:
    """Tries are bounded."""
    crooked.say(*[CUT] * 20)
    with pytest.raises(SlackLost):
        await slack.update(HERE, TS, HELLO)

    assert len(crooked.requests) == TRIES


async def test_update_once(slack: Slack, crooked: Crooked) -> None:
    """An edit that is decoration is tried once, even when Slack is busy."""
    crooked.say(refused("ratelimited", 429, retry_after=1))
    with pytest.raises(SlackBusy):
        await slack.update(HERE, TS, HELLO, once=True)

    assert len(crooked.requests) == 1


@over(EVERY)
async def test_nobody_there(use: Any) -> None:
    """Where nobody listens nothing took effect, and that is what the error says."""
    url = f"http://127.0.0.1:{await closed_port()}/api/"
    async with open_slack("xoxb-secret", api_url=url) as slack:
        with pytest.raises(SlackDown):
            await use(slack)


async def test_refused_then_there(crooked: Crooked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that was refused is tried again, for posts as well: nothing had left."""
    async with open_slack("xoxb-secret", api_url=f"{crooked.url}/api/") as slack:
        free = await closed_port()
        there = slack.web.base_url
        slack.web.base_url = f"http://127.0.0.1:{free}/api/"
        decide = Patience.decide

        def open_up(patience: Patience, error: Exception) -> bool | float:
            slack.web.base_url = there
            return decide(patience, error)

        monkeypatch.setattr(Patience, "decide", open_up)
        crooked.say(POSTED)

        assert await slack.post(HERE, HELLO) == TS


async def test_refusal_is_final(slack: Slack, crooked: Crooked) -> None:
    """A no is not asked for twice; it carries Slack's word and its explanations."""
    crooked.say(
        refused(
            "invalid_blocks",
            errors=["a"],
            response_metadata={"messages": ["[ERROR] b"]},
        )
    )
    with pytest.raises(SlackRefused) as caught:
        await slack.post(HERE, HELLO)

    error = caught.value
    assert (error.code, error.method) == ("invalid_blocks", "chat.postMessage")
    assert error.messages == ("a", "[ERROR] b")
    assert not error.unprocessed_file
    assert len(crooked.requests) == 1


async def test_refusal_without_json(slack: Slack, crooked: Crooked) -> None:
    """A gateway's own no is a refusal with its status."""
    crooked.say(plain("<html>blocked</html>", 403, kind="text/html"))
    with pytest.raises(SlackRefused) as caught:
        await slack.post(HERE, HELLO)

    assert caught.value.code == "http_403"


UNPROCESSED = "invalid slack file [json-pointer:/blocks/0/slack_file]"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SlackRefused("invalid_blocks", "m", (UNPROCESSED, f"[ERROR] {UNPROCESSED}")), True),
        (SlackRefused("invalid_blocks", "m", (UNPROCESSED, "[ERROR] no more than 50")), False),
        (SlackRefused("invalid_blocks", "m"), False),
        (SlackRefused("invalid_arguments", "m", (UNPROCESSED,)), False),
    ],
)
def test_unprocessed_file(error: SlackRefused, *, expected: bool) -> None:
    """Only a refusal for nothing else than the file is one that a second's wait may mend."""
    assert error.unprocessed_file is expected


@pytest.mark.parametrize(
    ("header", "expected"), [("30", 30.0), (None, 1.0), ("-5", 1.0), ("soon", 1.0), ("²", 1.0)]
)
def test_retry_after(header: str | None, expected: float) -> None:
    """A missing or odd `Retry-After` counts as one second, never as none or a crash."""
    assert seconds({} if header is None else {"retry-after": header}) == expected


@pytest.mark.parametrize(
    ("patience", "error", "again"),
    [
        (REPEATABLE, SlackLost("x", "m"), True),
        (POSTING, SlackLost("x", "m"), False),
        (POSTING, SlackDown("x", "m"), True),
        (REPEATABLE, SlackRefused("x", "m"), False),
        (POSTING, SlackBusy("x", "m", 31), False),
        (TRIGGERED, SlackBusy("x", "m", 2), False),
        (ONCE, SlackBusy("x", "m", 1), False),
        (REPEATABLE, KeyError("ours"), False),
    ],
)
def test_patience(patience: Patience, error: Exception, *, again: bool) -> None:
    """Only what cannot have had an effect, or may have it twice, is tried again."""
    assert patience.decide(error) is again


def test_retry_after_is_honoured_and_spread() -> None:
    """At least the wait that Slack asked for, at most a second more."""
    for _ in range(50):
        wait = POSTING.decide(SlackBusy("ratelimited", "m", 7))
        assert 7 <= wait < 8


async def test_retry_after_on_the_wire(
    slack: Slack, crooked: Crooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header of a real answer is what the next try waits for."""
    slept: list[float] = []

    async def sleep(delay: float) -> None:
        slept.append(delay)

    monkeypatch.setattr(stamina._core, "_smart_sleep", sleep)
    crooked.say(refused("ratelimited", 429, retry_after=17), POSTED)
    with stamina.set_testing(False):
        await slack.post(HERE, HELLO)

    assert len(slept) == 1
    assert 17 <= slept[0] < 18
