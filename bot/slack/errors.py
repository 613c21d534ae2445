"""What a call to Slack can end in, as one tree that answers: what can the caller do?

SlackError        `code` is Slack's word for it (or ours), `method` the call that met it
├── SlackRefused  Slack read the call and said no; saying it again helps nobody
├── SlackBusy     not done: too many calls; after `retry_after` seconds it may be said again
├── SlackDown     not done: Slack was never reached; it may be said again
└── SlackLost     perhaps done: the answer was lost; look (`find_post`, `file`), then say it again

Slack's words are on each method's page under https://docs.slack.dev/reference/methods/.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.calls import failed_before_sending, retry_after
from bot.core.errors import DISCONNECTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_sdk.errors import SlackApiError

TOO_MANY = frozenset({"ratelimited", "rate_limited"})
"""Slack's words for a spent rate limit; the call had no effect."""

DOUBTFUL = frozenset({"internal_error", "fatal_error", "service_unavailable"})
"""Slack's words for its own trouble, of which "some aspect may have succeeded"."""


TOKEN = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
"""Refusals that are about Easel's token, not about what is asked: once mended, it is done."""


CUT_OFF = frozenset({"account_inactive", "invalid_auth", "token_expired", "token_revoked"})
"""Of these, what says that Slack has taken Easel's connection away."""

TAKEN_AWAY = f"{DISCONNECTED} An admin of this Slack has to install it again."


class SlackError(Exception):
    """A call did not bring an answer that can be used. Its text holds no prompt and no address."""

    def __init__(self, code: str, method: str) -> None:
        super().__init__(f"{method}: {code}")
        self.code = code
        self.method = method


class SlackRefused(SlackError):
    """Slack said no: `channel_not_found`, `is_archived`, `invalid_blocks` and so on."""

    def __init__(self, code: str, method: str, messages: tuple[str, ...] = ()) -> None:
        super().__init__(code, method)
        self.messages = messages  # Slack's explanations, for whoever mends the call

    @property
    def unprocessed_file(self) -> bool:
        """Only a `slack_file` was at fault: not processed yet, or not shared with anybody.

        https://github.com/slackapi/python-slack-sdk/issues/1521 (works a second later) and 1658.
        """
        return (
            self.code == "invalid_blocks"
            and bool(self.messages)
            and all("invalid slack file" in message for message in self.messages)
        )


class SlackBusy(SlackError):
    """429, and the wait that Slack asked for was too long, or came once too often."""

    def __init__(self, code: str, method: str, retry_after: float) -> None:
        super().__init__(code, method)
        self.retry_after = retry_after  # seconds


class SlackDown(SlackError):
    """No connection came about: nothing left this machine."""


class SlackLost(SlackError):
    """The call left and no answer that can be read came back: the call may have taken effect."""


def describe(error: SlackError) -> str:
    """What somebody reads who waits for what Slack did not answer."""
    if error.code in CUT_OFF:
        return TAKEN_AWAY
    return "Slack is not answering Easel at the moment."


def from_sdk(error: SlackApiError, method: str) -> SlackError:
    """What Slack's answer other than `"ok": true` means for the caller."""
    answer = error.response
    if not isinstance(answer, AsyncSlackResponse):  # the SDK could not read the body as JSON
        return SlackLost("unreadable", method)
    data = answer.data if isinstance(answer.data, dict) else {}
    code = str(data.get("error") or "")[:80]
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS or code in TOO_MANY:
        return SlackBusy(code or "ratelimited", method, seconds(answer.headers))
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or code in DOUBTFUL:
        return SlackLost(code or f"http_{answer.status_code}", method)
    if code:
        return SlackRefused(code, method, _messages(data))
    if answer.status_code == HTTPStatus.OK:  # somebody answered, but not in Slack's words
        return SlackLost("unreadable", method)
    return SlackRefused(f"http_{answer.status_code}", method)


def from_network(error: Exception, method: str) -> SlackError:
    """What a broken connection means: whether the call can have reached Slack."""
    code = type(error).__name__
    if failed_before_sending(error):
        return SlackDown(code, method)
    if isinstance(error, aiohttp.ClientResponseError):  # a redirect, which nothing here follows
        return SlackRefused(f"http_{error.status}", method)
    return SlackLost(code, method)


def seconds(headers: Mapping[str, str]) -> float:
    """How long Slack asks to wait; a missing or odd `Retry-After` counts as one second."""
    asked = retry_after(headers)
    return 1.0 if asked is None else asked


def _messages(data: dict[str, Any]) -> tuple[str, ...]:
    """The explanations beside the word: `errors` and `response_metadata.messages`."""
    metadata = data.get("response_metadata")
    found = [data.get("errors"), metadata.get("messages") if isinstance(metadata, dict) else None]
    return tuple(str(text) for texts in found if isinstance(texts, list) for text in texts)
