"""The fault switches of the demo's page: what somebody can make go wrong, in plain words.

Each arms faults of the one switchboard; a fault that is used up turns its switch off again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.demo.faults import Fault, Faults

SLOW_SLACK_SECONDS = 2
RETRY_AFTER_SECONDS = 3
SLOW_PIXAPI_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Arming:
    """A fault as it is armed: its kind, the calls it meets, how often (None: until taken back)."""

    kind: str
    call: str
    times: int | None = None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: whose side it is on, what it does, what a person sees of it."""

    kind: str
    side: str
    label: str
    hint: str
    faults: tuple[Arming, ...] = ()  # none: it acts at once


SWITCHES = (
    Switch(
        "slow_slack",
        "Slack",
        "Messages take two seconds",
        "Posting in the channel is slow; cards and clicks are answered at once all the same.",
        (Arming("slow", "chat.postMessage", None, {"seconds": SLOW_SLACK_SECONDS}),),
    ),
    Switch(
        "slack_429",
        "Slack",
        "The next message is too fast (429)",
        "Slack asks to wait three seconds. The message comes after that, once.",
        (Arming("ratelimited", "chat.postMessage", 1, {"retry_after": RETRY_AFTER_SECONDS}),),
    ),
    Switch(
        "lost_upload",
        "Slack",
        "The answer to the next upload is lost",
        "Nobody knows whether the picture arrived. It is in the thread once, and charged once.",
        (Arming("lost_answer", "upload", 1),),
    ),
    Switch(
        "storage_full",
        "Slack",
        "Slack's file storage is full",
        "What is paid for waits, says why, and comes some time after there is room again.",
        (
            Arming(
                "error",
                "files.getUploadURLExternal",
                None,
                {"error": "storage_limit_reached"},
            ),
        ),
    ),
    Switch(
        "login_page",
        "Slack",
        "The next download is a login page",
        "Reply with an image: what Slack hands out is no picture, and is not sent on as one.",
        (Arming("login_page", "download", 1),),
    ),
    Switch(
        "redeliver",
        "Slack",
        "Every message is told of twice",
        "Reply with an image: there is one card for it, not two.",
        (Arming("redeliver", "message"), Arming("redeliver", "app_mention")),
    ),
    Switch(
        "socket_drop",
        "Slack",
        "The connection breaks now",
        "Commands fail until the app has connected again by itself, some ten seconds later.",
    ),
    Switch(
        "no_capacity",
        "Pixapi",
        "GPT Image is out of capacity",
        "Tried for some fifteen seconds, then given back. Gemini models still work.",
        tuple(
            Arming("status", f"{call}:gpt-*", None, {"status": 503, "code": "model_unavailable"})
            for call in ("submit", "sync")
        ),
    ),
    Switch(
        "account_empty",
        "Pixapi",
        "The account is out of credits",
        "Nothing to do with this channel's cap: nothing is charged, and admins hear of it once.",
        tuple(
            Arming("status", call, None, {"status": 402, "code": "insufficient_credits"})
            for call in ("submit", "sync")
        ),
    ),
    Switch(
        "slow_pixapi",
        "Pixapi",
        "Every call takes three seconds",
        "The price stays held a little longer; the picture comes.",
        tuple(
            Arming("slow", call, None, {"seconds": SLOW_PIXAPI_SECONDS})
            for call in ("submit", "sync", "poll")
        ),
    ),
    Switch(
        "picture_gone",
        "Pixapi",
        "The next picture's address fails once",
        "It is asked for again, and not paid for again.",
        (Arming("status", "cdn", 1, {"status": 503}),),
    ),
)


class Switches:
    """The switches, each with the faults that it armed last."""

    def __init__(self, faults: Faults, *, drop_sockets: Callable[[], None]) -> None:
        self._faults = faults
        self._drop_sockets = drop_sockets
        self._armed: dict[str, list[Fault]] = {}

    def turn(self, kind: str, *, on: bool) -> None:
        """Turn a switch; one that is there already stays as it is. Raises KeyError: no such one."""
        switch = next((one for one in SWITCHES if one.kind == kind), None)
        if switch is None:
            raise KeyError(kind)
        if not switch.faults:
            if on:
                self._drop_sockets()
        elif on and not self._on(kind):
            self._armed[kind] = [
                self._faults.arm(one.kind, one.call, times=one.times, **one.values)
                for one in switch.faults
            ]
        elif not on:
            for fault in self._armed.get(kind, []):
                self._faults.disarm(fault)

    def look(self) -> list[dict[str, Any]]:
        """How they stand; `met` counts how often a switch struck since it was turned on."""
        return [
            {
                "kind": one.kind,
                "side": one.side,
                "label": one.label,
                "hint": one.hint,
                "now": not one.faults,
                "armed": self._on(one.kind),
                "met": sum(fault.met for fault in self._armed.get(one.kind, [])),
            }
            for one in SWITCHES
        ]

    def _on(self, kind: str) -> bool:
        return any(fault in self._faults.armed for fault in self._armed.get(kind, []))
