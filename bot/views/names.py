"""Names that go to Slack and come back: actions, and what their values carry. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.job import ChannelId, JobId
from bot.core.payload import Part, read_number

GENERATE = "generate"
CANCEL = "cancel"
CHOOSE = "choose"  # a prefix: each control of a message needs its own id
STOP = "stop"
DETAILS = "details"
JOIN = "join"
MOVE = "move"  # to the direct message with Easel
CHANGE = "change"  # opens the composer
SHOW = "show"  # a card that was lost
VARY = "vary"
EDIT = "edit"
FINALISE = "finalise"
DELETE = "delete"
BUDGET = "budget"  # opens the form of a budget; its value: a channel's id, empty: the workspace
PAUSE = "pause"  # value as for BUDGET
RESUME = "resume"  # value as for BUDGET
MORE = "more"  # ask for more credits; its value: a job's id, empty: just for the channel
GRANT_ONCE = "grant_once"  # its value, and those of the next three: a request's id
GRANT = "grant_form"
DECLINE = "decline"
APPROVE = "approve"
SETTINGS = "settings"  # opens a person's own settings
CREATE = "create"  # opens the composer, which asks for the channel
AGAIN = "again"  # a failed request once more, as a new card
REWORD = "reword"  # a failed request in the composer
INSTEAD = "instead"  # a failed request with another model: a prefix, one for each
RELEASE = "unheld_release"  # ends a hold that is not known; its value, and the next: a job's id
CHARGE = "unheld_charge"
COMPOSER = "composer"  # a form's callback_id, as the next two
BUDGET_FORM = "limits"
SETTINGS_FORM = "settings"
COMPOSE = "compose_"  # a prefix: of every control of the composer
LIMIT = "limits_"  # a prefix: of every control of a budget's form
PICK = "pick"  # which of several pictures the buttons beside it mean


@dataclass(frozen=True, slots=True)
class Ref:
    """What a button says of its job: which, at which revision, and what is chosen."""

    job: JobId
    revision: int
    choice: str = ""

    def __str__(self) -> str:
        """As a button's value, at most 150 characters."""
        return ".".join((self.job, str(self.revision), self.choice)).rstrip(".")


def read_ref(value: str) -> Ref:
    """Read a button's value. Raises `Unreadable` for one that is not ours."""
    job, _, rest = value.partition(".")
    revision, _, choice = rest.partition(".")
    return Ref(JobId(job), read_number(revision), choice)


def read_channel(value: str) -> ChannelId | None:
    """Read the value of a budget's button; None: the workspace's. Raises `Unreadable`."""
    return Part({"channel": value}).word_or_none("channel", ChannelId)
