"""The jobs that are walked: what a person does, and which calls the product makes because of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.demo.slack.model import Message
from tests.flow.stage import FOX, Stage
from tests.flow.talk import png, result, say
from tests.restart.switch import SIDES, Point

ASKING = ("users.info", "conversations.info")
"""Asked between the click and the hold: the person and the channel; remembered for a while."""

BESIDE = ("response_url", "progress")
"""Made beside the job, whenever they come: the card becomes “Queued”, the message “Generating”."""

LEDGER = {"done": ["held", "charged"], "unknown": ["held", "unknown"]}
"""What the books must have of a job that has ended so."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One job: how its card comes about, and everything that follows from Generate."""

    name: str
    prompt: str
    credits: int
    pictures: int
    ask: Callable[[Stage], Awaitable[Message]]
    calls: tuple[str, ...]  # in their order, without those beside
    commits: tuple[tuple[str, str], ...]  # from the hold on: what it is, the tables it writes
    before: int = 0  # credits charged for what had to be there first, a picture that costs one

    @property
    def points(self) -> list[Point]:
        """Every place where the process can die: each call, before and after its effect."""
        calls = [*self.calls, *BESIDE]
        return [
            Point(call, calls[: place + 1].count(call), side)
            for place, call in enumerate(calls)
            for side in SIDES
        ]


def ends(step: str) -> set[str]:
    """How a job may stand whose process died at this call, or right before this was written.

    One way, but where it was beside the job, which may have been anywhere.
    """
    match step:
        case "users.info" | "conversations.info" | "held":
            return {"offered"}
        case "submit" | "running":
            return {"unknown"}
        case "response_url" | "progress":
            return {"done", "unknown"}
        case _:
            return {"done"}


def at_last(first: Point, second: Point) -> set[str]:
    """How it may stand after two deaths: what is not known stays so."""
    return ends(second.call) if ends(first.call) == {"done"} else ends(first.call)


async def _picture(stage: Stage) -> Message:
    """`/image`: a card in the channel."""
    return await stage.ask()


async def _edit(stage: Stage) -> Message:
    """A reply with an image under a result: a card for two pictures in that thread."""
    root = await result(stage)
    await say(stage, "make it night --n 2", ("cat.png", png()), under=root)
    return await stage.card("Generate · 8 credits")


HELD = ("held", "jobs ledger")
STARTED = (("submitting", "jobs"), ("running", "jobs"), ("settled", "jobs pictures ledger"))
FINISHED = (
    ("sharing intended", "jobs pictures"),
    ("shared", "jobs pictures"),
    ("done", "jobs"),
)

PICTURE = Scene(
    "picture",
    FOX,
    4,
    1,
    _picture,
    calls=(
        *ASKING,
        "chat.postMessage",
        "submit",
        "poll",
        "cdn",
        "cdn",
        "files.getUploadURLExternal",
        "upload",
        "files.completeUploadExternal",
        "chat.update",
    ),
    commits=(HELD, *STARTED, *FINISHED),
)

EDIT = Scene(
    "edit",
    "make it night",
    8,
    2,
    _edit,
    calls=(
        "chat.postMessage",
        "files.info",
        "download",
        "submit",
        "poll",
        "cdn",
        "cdn",
        "cdn",
        "files.getUploadURLExternal",
        "upload",
        "cdn",
        "files.getUploadURLExternal",
        "upload",
        "files.completeUploadExternal",
        "chat.update",
        "chat.update",
    ),
    commits=(HELD, ("root posted", "jobs"), *STARTED, *FINISHED),
    before=1,
)
