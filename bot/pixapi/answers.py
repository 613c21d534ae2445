"""Every answer of Pixapi's → a task, pictures, or an error. Pure.

Published and observed shapes are in `reference/pixapi.md`: where two pages of the provider's
disagree, both are read. What cannot be read never counts as "not charged".
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from bot.calls import retry_after
from bot.core.job import TaskId
from bot.pixapi import words
from bot.pixapi.body import decode_base64, parse
from bot.pixapi.errors import (
    TRANSIENT_CODES,
    BadAnswer,
    InDoubt,
    NoAnswer,
    NoEndpoint,
    PixapiError,
    Rejected,
    TaskFailed,
    TaskVanished,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

log = logging.getLogger(__name__)

COMPLETED = frozenset({"completed", "succeeded"})
FAILED = frozenset({"failed", "error", "cancelled", "canceled", "expired"})
WAITING = frozenset({"queued", "pending", "processing", "in_progress", "running"})

MOST_CREDITS = 1_000_000
"""A `costCredits` above this is a mistake, not a price (10 pictures in 4K are 1,330 credits)."""
ADDRESS_CHARS = 8192
STATUS_CHARS = 40

_HANDED_ON = frozenset({502, 504, *range(520, 528)})
"""Said by a proxy that may have handed the request on before it lost the answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came over the wire, its body whole."""

    status: int
    headers: Mapping[str, str]  # looked up in lower case
    body: bytes | bytearray = field(repr=False)


@dataclass(frozen=True, slots=True)
class Image:
    """One result: an address to open, or the picture itself where the answer held it."""

    url: str | None = field(default=None, repr=False)  # unchecked; may be signed, so a secret
    content: bytes | None = field(default=None, repr=False)  # decoded; exactly one of the two


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished request brought; fewer or more images than asked, or none, may come."""

    images: tuple[Image, ...]  # in the provider's order
    cost_credits: int | None  # the provider's own settlement, where it is a valid one
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """Pixapi has taken the request as a task."""

    task: TaskId
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Running:
    """The task goes on; the provider's word for it, for logs."""

    status: str


class Facts(TypedDict):
    """What every error carries from the answer that it was read from."""

    message: str
    request_id: str | None
    http_status: int
    retry_after: float | None


def read_submit(reply: Reply) -> Submitted | Outcome:
    """What became of a submit, from a task endpoint or a sync one.

    Raises:
        Rejected: a refusal, in any documented shape; NoEndpoint among them.
        InDoubt: nothing in the answer says what became of the request.
    """
    document = _document(reply)
    if reply.status >= 300:  # noqa: PLR2004 - HTTP's own classes
        raise _submit_error(reply, document)
    task = _task_id(document)
    images = _images(document)
    waiting = _status(document) in WAITING
    if images and not (task and waiting):
        return _outcome(reply, document, images)
    if task:
        return Submitted(task, _request_id(reply, document))
    if images is not None:
        return _outcome(reply, document, images)
    if words.complaint(document):
        raise _refused(reply, document)
    raise InDoubt("bad_answer", **_facts(reply, document))


def read_task(reply: Reply) -> Running | Outcome:
    """What a task's page says.

    Raises:
        TaskFailed, TaskVanished, BadAnswer: the task has ended, each in its way.
        NoAnswer: the answer is not about the task.
    """
    document = _document(reply)
    status = _status(document)
    if reply.status in {404, 410}:
        raise TaskVanished("task_vanished", **_facts(reply, document))
    if reply.status >= 300:  # noqa: PLR2004 - HTTP's own classes
        raise _poll_error(reply, document)
    if status in FAILED:
        raise TaskFailed(_code(document, None) or "task_failed", **_facts(reply, document))
    if status and status not in COMPLETED:
        return Running(status)
    images = _images(document)
    if images or (status and images is not None):
        return _outcome(reply, document, images)
    if status:
        raise BadAnswer("bad_answer", **_facts(reply, document))
    raise NoAnswer("bad_answer", transient=True, **_facts(reply, document))


def _submit_error(reply: Reply, document: Any) -> PixapiError:
    complaint = words.complaint(document)
    missing = reply.status == 405 or (  # noqa: PLR2004 - method not allowed
        reply.status == 404 and (complaint is None or complaint.word != "model_not_found")  # noqa: PLR2004
    )
    if missing:
        return NoEndpoint("not_found", **_facts(reply, document))
    if reply.status >= 500 and (complaint is None or reply.status in _HANDED_ON):  # noqa: PLR2004
        return InDoubt("answer_lost", **_facts(reply, document))
    return _refused(reply, document)


def _refused(reply: Reply, document: Any) -> Rejected:
    status = reply.status if reply.status >= 300 else None  # noqa: PLR2004 - HTTP's own classes
    code = _code(document, status) or "invalid_request"
    return Rejected(code, transient=code in TRANSIENT_CODES, **_facts(reply, document))


def _poll_error(reply: Reply, document: Any) -> NoAnswer:
    code = _code(document, reply.status) or "bad_answer"
    transient = reply.status >= 500 or code in TRANSIENT_CODES  # noqa: PLR2004 - HTTP's own classes
    return NoAnswer(code, transient=transient, **_facts(reply, document))


def _code(document: Any, status: int | None) -> str | None:
    """The provider's word, or what the HTTP status stands for; None where nothing says."""
    if (complaint := words.complaint(document)) is not None:
        return complaint.code(status)
    return None if status is None else words.code_of_status(status)


def _outcome(reply: Reply, document: Any, images: tuple[Image, ...]) -> Outcome:
    return Outcome(images, _cost(document), _request_id(reply, document))


def _images(document: Any) -> tuple[Image, ...] | None:
    """The pictures of the first place that has any.

    Empty where a place is there and empty; None where no place is, or nothing in it is readable.
    """
    empty = unreadable = False
    for place in _places(document):
        items = place if isinstance(place, list) else [place]
        found = tuple(image for item in items for image in _of_item(item))
        if found:
            return found
        empty = empty or not items
        unreadable = unreadable or bool(items)
    if unreadable:
        log.warning("an answer has result items of an unknown shape")
    return () if empty and not unreadable else None


def _places(document: Any) -> Iterator[Any]:
    """Where results have been seen, in the order of `reference/pixapi.md`; null is not there."""
    if not isinstance(document, dict):
        return
    boxes = {name: document.get(name) for name in ("result", "output", "response")}
    wheres = (
        (document, "data"),
        (boxes["result"], "data"),
        (boxes["result"], "images"),
        (boxes["output"], "data"),
        (boxes["response"], "data"),
        *((box, "urls") for box in (document, *boxes.values())),
    )
    for box, name in wheres:
        if isinstance(box, dict) and box.get(name) is not None:
            yield box[name]


def _of_item(item: Any) -> Iterator[Image]:
    """The pictures of one item: `{url}`, `{b64_json}`, `{urls: […]}`, or a bare address."""
    if not isinstance(item, dict):
        values = [item]
    elif image := _of_address(item.get("url")) or _of_base64(item.get("b64_json")):
        yield image
        return
    else:
        urls = item.get("urls")
        values = urls if isinstance(urls, list) else []
    for value in values:
        if image := _of_address(value):
            yield image


def _of_address(value: Any) -> Image | None:
    if isinstance(value, memoryview) or (isinstance(value, str) and value.startswith("data:")):
        return _of_base64(value)
    if isinstance(value, str) and 0 < len(value) <= ADDRESS_CHARS and value.isprintable():
        return Image(url=value)
    return None


def _of_base64(value: Any) -> Image | None:
    content = decode_base64(value) if isinstance(value, str | memoryview) else None
    return Image(content=content) if content else None


def _document(reply: Reply) -> Any:
    """The answer as JSON; None for HTML, for nothing, for anything else."""
    try:
        return parse(reply.body)
    except ValueError:
        return None


def _task_id(document: Any) -> TaskId | None:
    """The task's id, where it can stand in an address."""
    value = document.get("id") if isinstance(document, dict) else None
    text = value if isinstance(value, str) else str(value) if type(value) is int else ""
    usable = text.isprintable() and len(text) <= words.ID_CHARS and text.strip(". ")
    return TaskId(text) if usable else None


def _status(document: Any) -> str:
    """The task's state in lower case; empty where the answer has none."""
    value = document.get("status") if isinstance(document, dict) else None
    return words.line(value, STATUS_CHARS).lower()


def _cost(document: Any) -> int | None:
    """A valid `costCredits`: a whole number that is not negative."""
    if not isinstance(document, dict):
        return None
    boxes = (document, *(document.get(name) for name in ("result", "output", "response")))
    for box in boxes:
        cost = box.get("costCredits") if isinstance(box, dict) else None
        if cost is not None:
            return cost if type(cost) is int and 0 <= cost <= MOST_CREDITS else None
    return None


def _request_id(reply: Reply, document: Any) -> str | None:
    header = words.line(reply.headers.get("x-request-id"), words.ID_CHARS)
    return words.request_id(document) or header or None


def _facts(reply: Reply, document: Any) -> Facts:
    """What every error carries, from an answer of any shape."""
    complaint = words.complaint(document)
    return Facts(
        message="" if complaint is None else complaint.message,
        request_id=(complaint and complaint.request_id) or _request_id(reply, document),
        http_status=reply.status,
        retry_after=retry_after(reply.headers),
    )
