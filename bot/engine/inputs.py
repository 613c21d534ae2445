"""The pictures to edit, from Slack's file ids to clean files on disk for Pixapi.

Fetched twice: before a card is offered, so that a bad file costs nothing and is told at once, and
again before the request leaves. In between nothing is kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from tempfile import TemporaryFile, gettempdir
from typing import IO, Any, ParamSpec, TypeVar

from bot.core import sizes
from bot.core.draft import MAX_INPUTS
from bot.core.errors import CannotStart, Mistake
from bot.core.job import FileId, Request, Size
from bot.core.slack_text import strip_controls
from bot.pictures import MOST_BYTES, Clean, Unusable, clean, make_mask
from bot.pixapi.client import InputFile
from bot.services import Services
from bot.slack.errors import CUT_OFF, TAKEN_AWAY, SlackError, SlackRefused
from bot.slack.files import FileDetails, Problem

log = logging.getLogger(__name__)

AT_ONCE = 4  # downloads for one request
NAME = 40  # characters of a file's name in a sentence

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
CALLED = {"HEIF": "HEIC", "JPEG2000": "JPEG 2000", "WEBP": "WebP"}
"""What people call a format, where Pillow has another name for it."""

P = ParamSpec("P")
T = TypeVar("T")

_pictures = ThreadPoolExecutor(1, "pictures")
"""Decoding takes up to 0.4 GB of memory for a moment: one picture at a time in this process."""


def require_temporary_files() -> None:
    """Raises `CannotStart` where this machine has no room for any."""
    try:
        gettempdir()
    except OSError as error:
        raise CannotStart(
            "TMPDIR: nothing can be written to it, or to /tmp and /var/tmp: make room there, or "
            "set it to a folder that this user may write to"
        ) from error


@dataclass(frozen=True, slots=True)
class Fetched:
    """Clean files, in the request's order; on disk while the context that gave them is open."""

    inputs: tuple[InputFile, ...] = ()
    mask: InputFile | None = None
    notes: tuple[str, ...] = ()  # what was done to them, for people; names files: untrusted
    first: Size | None = None  # pixels of the first input
    name: str = ""  # what people call it: untrusted


async def check(services: Services, request: Request) -> tuple[Request, tuple[str, ...]]:
    """Look at the pictures to edit before anything is offered.

    The request, in the shape of the first where no size was asked for, and notes for people.
    Raises `Mistake` when one cannot be edited, or cannot be had from Slack at the moment.
    """
    try:
        async with fetched(services, request) as files:
            return _shaped(services, request, files)
    except SlackError as error:
        raise Mistake(
            "Slack does not give Easel the picture at the moment. Nothing was held; try again."
        ) from error
    except OSError as error:
        log.warning("a picture to edit has no room on this machine: %s", error)
        raise Mistake(
            "Easel's machine has no room for the picture at the moment. Nothing was held; try "
            "again later."
        ) from error


def _shaped(
    services: Services, request: Request, files: Fetched
) -> tuple[Request, tuple[str, ...]]:
    if files.first is None or not request.takes_shape:
        return request, files.notes
    size = sizes.size_shaped_like(services.catalogue.find(request.model), files.first)
    told = f"No size was asked for: it comes in the shape of {files.name}. --size auto leaves it "
    return replace(request, size=size), (f"{told}to the model.", *files.notes)


@asynccontextmanager
async def fetched(services: Services, request: Request) -> AsyncIterator[Fetched]:
    """Download and clean the request's pictures; the files are gone when the context ends.

    Raises `Mistake` when one cannot be edited (nothing was held by this), SlackError when Slack is
    in trouble that passes, OSError when the machine has no disk or descriptor left for them.
    """
    files = [*request.inputs, *([request.mask] if request.mask else [])]
    if not files:
        yield Fetched()
        return
    if not request.inputs:
        raise Mistake("A mask needs the picture that it belongs to. Nothing was held.")
    if len(request.inputs) > MAX_INPUTS:
        raise Mistake(
            f"At most {MAX_INPUTS} images can be edited at once; here are {len(request.inputs)}. "
            "Nothing was held."
        )
    with ExitStack() as stack:
        yield await _fetch(services, request, files, stack)


@dataclass(frozen=True, slots=True)
class _One:
    """A picture that can be sent."""

    name: str  # what people call it
    file: IO[bytes]  # without a name on disk: gone when it is closed, or Easel is killed
    picture: Clean


async def _fetch(
    services: Services, request: Request, files: list[FileId], stack: ExitStack
) -> Fetched:
    """Everything that Slack says first; then byte after byte, a few files at once."""
    details = await _each([_details(services, file, n) for n, file in enumerate(files, 1)])
    slots = asyncio.Semaphore(AT_ONCE)
    ones = await _each([_one(services, slots, one, stack, n) for n, one in enumerate(details, 1)])
    notes = [_note(one) for one in ones[: len(request.inputs)]]
    mask = None
    if request.mask is not None:
        mask = ones.pop()
        try:
            picture, white = await _in_thread(make_mask, mask.file, mask.picture, ones[0].picture)
        except Unusable as error:
            raise _mistake(mask.name, error.why) from error
        mask = replace(mask, picture=picture)
        notes.append(f"{mask.name} is black and white: white is what may change." if white else "")
    return Fetched(
        inputs=tuple(_input(one, f"image-{n}") for n, one in enumerate(ones, 1)),
        mask=_input(mask, "mask") if mask is not None else None,
        notes=tuple(filter(None, notes)),
        first=ones[0].picture.size,
        name=ones[0].name,
    )


async def _details(services: Services, file: FileId, number: int) -> FileDetails:
    """What Slack says about a file, as long as that does not rule it out."""
    try:
        details = await services.slack.details(file)
    except SlackRefused as error:
        if error.code in CUT_OFF:
            raise Mistake(f"{TAKEN_AWAY} Nothing was held.") from error
        raise _mistake(
            f"Image {number}", f"is refused to Easel by Slack ({error.code})."
        ) from error
    if details.problem is not None:
        raise _mistake(_name(details, number), _PROBLEMS[details.problem])
    if details.size == 0:
        raise _mistake(_name(details, number), "is empty.")
    if details.size is not None and details.size > MOST_BYTES:
        raise _mistake(_name(details, number), _REFUSALS["too_large"])
    return details


async def _one(
    services: Services,
    slots: asyncio.Semaphore,
    details: FileDetails,
    stack: ExitStack,
    number: int,
) -> _One:
    """Download and clean one file."""
    name = _name(details, number)
    file = stack.enter_context(TemporaryFile())  # noqa: SIM115 - closed by the stack
    async with slots:
        try:
            with TemporaryFile() as raw:
                await services.slack.download(details, raw, MOST_BYTES)
                picture = await _in_thread(clean, raw, file)
        except SlackRefused as error:
            why = _REFUSALS.get(error.code, f"was not handed out by Slack ({error.code}).")
            raise _mistake(name, why) from error
        except Unusable as error:
            raise _mistake(name, error.why) from error
    return _One(name, file, picture)


_PROBLEMS = {
    Problem.GONE: "was deleted, or is in no conversation that Easel is in.",
    Problem.HIDDEN: "is hidden by Slack, which shows only newer files on this workspace's plan.",
    Problem.DENIED: "is not for Easel to see: Slack denies access to it.",
    Problem.EXTERNAL: "is kept outside Slack. Attach the picture itself.",
    Problem.NOT_HOSTED: "is a Slack document or snippet, not a picture.",
}

_REFUSALS = {
    "elsewhere": "is not kept at Slack's own addresses, so Easel does not fetch it.",
    "http_302": "was not handed out by Slack: it asks Easel to sign in. Share it here again.",
    "http_404": "was deleted while Easel fetched it.",
    "web_page": "was not handed out by Slack: a web page came in its place. Share it here again.",
    "encoded": "was packed by something between Slack and Easel, so Easel does not read it.",
    "too_large": f"is too large: at most {MOST_BYTES // 1_000_000 + 1} MB can be edited.",
    "wrong_length": "did not arrive whole: its length is not what Slack says. Attach it again.",
}


def _mistake(name: str, why: str) -> Mistake:
    return Mistake(f"{name} {why} Nothing was held.")


def _name(details: FileDetails, number: int) -> str:
    """What people call a file: theirs, on one line, and not endless."""
    name = " ".join(strip_controls(details.name).split())
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…" if name else f"Image {number}"


def _input(one: _One, name: str) -> InputFile:
    """As Pixapi sees it: under a name of ours."""
    return InputFile(f"{name}.{ENDINGS[one.picture.mime]}", one.file, one.picture.mime)


def _note(one: _One) -> str:
    """What was done to a picture that a person would want to know; empty where nothing was."""
    picture, done = one.picture, []
    if picture.was:
        now = picture.mime.partition("/")[2].upper()
        done.append(f"converted from {CALLED.get(picture.was, picture.was)} to {now}")
    elif picture.recoloured:
        done.append("converted to 8-bit sRGB")
    if picture.scaled:
        done.append(f"scaled down from {_pixels(picture.original)} to {_pixels(picture.size)}")
    said = [f"{one.name} was {' and '.join(done)}."] if done else []
    if picture.frames > 1:
        whose = "its" if done else f"{one.name}'s"
        said.append(f"Of {whose} {picture.frames:,} pictures the first is edited.")
    return " ".join(said)


def _pixels(size: Size) -> str:
    return f"{size.width}×{size.height}"


async def _each(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Everything at once, in its order; the first failure ends the rest."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except ExceptionGroup as failures:
        first = failures.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise first


async def _in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run something among the pictures; when cancelled, wait until it has let go of its files."""
    job = _pictures.submit(work, *args, **kwargs)
    done = asyncio.wrap_future(job)
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        while not (job.cancel() or job.done()):
            with suppress(asyncio.CancelledError):
                await asyncio.wait([done])
        raise
