"""What can go wrong between Easel and Pixapi, by what the caller can do about it.

PixapiError
├── Rejected       a submit was answered with a refusal: nothing was charged, release the hold
│   └── NoEndpoint     the gateway has no such endpoint; nothing was charged either
├── NotSent        a submit never left (no connection): nothing was charged, release the hold
├── InDoubt        a submit left and its answer was lost: it may have been charged, never repeat it
├── NoAnswer       a poll said nothing about the task: the hold stays, poll again later
├── TaskVanished   Pixapi does not know the task (any more): the hold stays, an admin decides
├── TaskFailed     the task ended without a picture: only successful outputs are billed, release
├── BadAnswer      the task ended well, but no picture can be found in its answer: not known
└── PictureError   the picture cannot be fetched; the job's charge is not touched by it

The exception's own text holds nothing that Pixapi wrote, so that logging it leaks no prompt.
"""

from __future__ import annotations

TRANSIENT_CODES = frozenset({"rate_limited", "internal_error", "model_unavailable"})
"""The refusals that `reference/pixapi.md` allows to be retried."""


class PixapiError(Exception):
    """Any failure of a call to Pixapi or to its CDN, after the retries that were allowed."""

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        request_id: str | None = None,
        http_status: int | None = None,
        retry_after: float | None = None,
        transient: bool = False,
    ) -> None:
        """Keep what is known; only the code and the status go into the exception's text."""
        status = "" if http_status is None else f" (HTTP {http_status})"
        super().__init__(f"{code}{status}")
        self.code = code
        """The provider's word in one spelling, as listed in `answers.py`, or one of ours:
        unreachable, answer_lost, bad_answer, redirected, not_found,
        task_failed, task_vanished, forbidden, expired, bad_address, encoded, too_large,
        not_a_picture."""
        self.message = message
        """The provider's own words for people: untrusted, one line, at most 500 characters."""
        self.request_id = request_id
        """The provider's id of the call, for its support."""
        self.http_status = http_status
        self.retry_after = retry_after
        """Seconds that the provider asks to wait before the next try."""
        self.transient = transient
        """The same call may work in a moment, and repeating it cannot be charged twice."""


class Rejected(PixapiError):
    """Pixapi answered a submit with a refusal; nothing was charged."""


class NoEndpoint(Rejected):
    """The gateway does not have the endpoint that was called; nothing was charged."""


class NotSent(PixapiError):
    """A submit never left: no name, no connection, no TLS."""


class InDoubt(PixapiError):
    """A submit began to be sent and no final answer could be read: the request may be charged."""


class NoAnswer(PixapiError):
    """A poll got no word about its task, which may be going on: ask again later."""


class TaskVanished(PixapiError):
    """Pixapi says that it has no such task; what became of it is not known."""


class TaskFailed(PixapiError):
    """Pixapi ended the task without a result, for the reason in `code` and `message`."""


class BadAnswer(PixapiError):
    """Pixapi says that the task is completed, but nothing in its answer is a picture."""


class PictureError(PixapiError):
    """A result cannot be fetched: expired, forbidden, moved, packed, too large, not a picture."""
