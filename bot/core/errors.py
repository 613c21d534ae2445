"""Everything that can go wrong: what happened in words, whether it was charged, what to do.

    EaselError        a failure with a sentence for people
    ├── Mistake       what was typed cannot be done; nothing was held
    ├── Refused       what was clicked may not be done; nothing was held
    ├── Unreadable    what came is not what it has to be (`bot.core.payload`)
    ├── CannotStart   the machine, or a setting, keeps Easel from starting
    └── StoreError    the database (`bot.store.errors`)

A job that ends badly names a row of `FAULTS`.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath


class EaselError(Exception):
    """A failure with a sentence for people, in plain text; not escaped."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Mistake(EaselError):
    """What was typed cannot be done. The sentence names what is wrong, allowed and nearest.

    Several mistakes of one text are one `Mistake` with a line for each.
    """


MAX_TOLD = 6
"""Mistakes of one text that are told: nobody reads more."""


def join_mistakes(sentences: Iterable[str]) -> Mistake:
    """One mistake of at least one sentence: alone as it is, several as a list."""
    every = list(dict.fromkeys(sentences))
    if len(every) == 1:
        return Mistake(every[0])
    lines = [f"• {sentence}" for sentence in every[:MAX_TOLD]]
    more = len(every) - len(lines)
    return Mistake("\n".join([*lines, f"And {more} more."] if more else lines))


class Refused(EaselError):
    """What was clicked may not be done, here or by this person. Nothing was held."""


class CannotStart(EaselError):
    """The sentence names the variable, the place, and what to do."""


class ChargeEffect(StrEnum):
    """What a fault does to the job's hold."""

    RELEASED = "released"  # nothing was spent; the hold is free again
    UNKNOWN = "unknown"  # the provider's answer was lost; it stays held until someone knows
    CHARGED = "charged"  # the provider billed it


DISCONNECTED = "Easel's connection to Slack was taken away."

CHARGE_WORDS = {
    ChargeEffect.RELEASED: "You were not charged: the held credits were released.",
    ChargeEffect.UNKNOWN: "Whether it was charged is not known yet: the credits stay held.",
    ChargeEffect.CHARGED: "It was charged.",
}


class Way(StrEnum):
    """What the message of a failed job offers by a button. Nothing is spent by it: it asks anew."""

    AGAIN = "again"  # the same request, as a new card
    REWORD = "reword"  # the form with the request in it, for other words
    CHANGE = "change"  # the same form, for whatever else
    INSTEAD = "instead"  # the same request with other models, each at its own price


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for a job to end badly."""

    code: str
    sentence: str  # for the asker: what happened
    effect: ChargeEffect
    remedy: str  # for the asker: what they can do
    ways: tuple[Way, ...] = (Way.AGAIN,)
    admins: str | None = None  # what the admins are told, once a day; None: nothing


_RELEASED, _UNKNOWN = ChargeEffect.RELEASED, ChargeEffect.UNKNOWN

FAULTS = {
    fault.code: fault
    for fault in (
        Fault(
            "invalid_request",
            "Pixapi did not accept this request.",
            _RELEASED,
            "Change the request and try again.",
            ways=(Way.REWORD,),
        ),
        Fault(
            "unauthorized",
            "Easel is not set up: Pixapi refuses its key.",
            _RELEASED,
            "An admin of Easel has been told.",
            ways=(),
            admins="*Pixapi refuses Easel's key.* No picture can be made until PIXAPI_KEY is valid "
            "and Easel was started again; `easel doctor` checks it.",
        ),
        Fault(
            "not_found",
            "Easel is not set up: what it asks for pictures does not make any.",
            _RELEASED,
            "An admin of Easel has been told.",
            ways=(),
            admins="*At Pixapi's address nothing makes pictures*, neither as tasks nor at once, or "
            "it sends Easel elsewhere. Is PIXAPI_BASE_URL right?",
        ),
        Fault(
            "insufficient_credits",
            "Easel's account at Pixapi is out of credits. This channel's budget is not the reason.",
            _RELEASED,
            "An admin of Easel has been told to top it up.",
            ways=(),
            admins="*Easel's account at Pixapi is out of credits.* No picture can be made until "
            "it is topped up. No budget here is the reason, and nothing was charged.",
        ),
        Fault(
            "model_not_found",
            "Pixapi does not have this model any more.",
            _RELEASED,
            "Choose another model.",
            ways=(Way.INSTEAD,),
            admins="*Pixapi does not have a model any more* that Easel offers. Use an Easel or a "
            "price file (EASEL_PRICES) that knows today's models.",
        ),
        Fault(
            "prompt_rejected",
            "Pixapi's policy does not allow this prompt.",
            _RELEASED,
            "Reword the prompt; the same words will be refused again.",
            ways=(Way.REWORD,),
        ),
        Fault(
            "rate_limited",
            "Pixapi has too much to do from this account at the moment.",
            _RELEASED,
            "Try again in a minute.",
        ),
        Fault(
            "internal_error",
            "Pixapi failed to make the picture.",
            _RELEASED,
            "Try again in a minute.",
        ),
        Fault(
            "model_unavailable",
            "Pixapi has no capacity for this model at the moment.",
            _RELEASED,
            "Take another model, at its own price, or try again later.",
            ways=(Way.INSTEAD, Way.AGAIN),
        ),
        Fault(
            "unreachable",
            "Pixapi could not be reached: the request never left.",
            _RELEASED,
            "Try again in a minute.",
        ),
        Fault(
            "task_failed",
            "Pixapi gave up on the picture.",
            _RELEASED,
            "Try again, or change the prompt.",
        ),
        Fault(
            "empty",
            "Pixapi answered without a picture.",
            _RELEASED,
            "Try again, or change the prompt.",
        ),
        Fault(
            "input_gone",
            "A picture to edit can no longer be fetched from Slack, or is not what it was.",
            _RELEASED,
            "Attach it again and ask once more.",
            ways=(Way.CHANGE,),
        ),
        Fault(
            "no_place",
            "Easel is not in this conversation any more.",
            _RELEASED,
            "Type /invite @Easel there, and ask again.",
        ),
        Fault(
            "archived",
            "This channel was archived.",
            _RELEASED,
            "Try again to have it in your direct message with Easel, or ask in another channel.",
        ),
        Fault(
            "posting_restricted",
            "This Slack restricts who may post here, and Easel may not.",
            _RELEASED,
            "Ask in another channel, or have an admin of Slack let Easel post here.",
        ),
        Fault(
            "thread_gone",
            "The thread that it was asked for in is gone, or takes no replies.",
            _RELEASED,
            "Ask again in the channel.",
            ways=(),
        ),
        Fault(
            "message_too_long",
            "Slack finds the message about this picture too long.",
            _RELEASED,
            "Shorten the prompt.",
            ways=(Way.REWORD,),
        ),
        Fault(
            "message_refused",
            "Slack does not take the message about this picture; why is in Easel's log.",
            _RELEASED,
            "Try again, or change the prompt.",
            ways=(Way.AGAIN, Way.REWORD),
        ),
        Fault(
            "disconnected",
            DISCONNECTED,
            _RELEASED,
            "An admin of this Slack has to install it again.",
            ways=(),
        ),
        Fault(
            "declined",
            "An admin declined this picture.",
            _RELEASED,
            "Ask them, or choose something cheaper.",
            ways=(Way.CHANGE,),
        ),
        Fault(
            "lapsed",
            "No admin approved this picture within 24 hours.",
            _RELEASED,
            "Ask again with /image.",
        ),
        Fault(
            "released_by_admin",
            "No answer came from Pixapi, and an admin found that nothing was spent.",
            _RELEASED,
            "You can ask again with /image.",
        ),
        Fault(
            "charged_by_admin",
            "No picture came from Pixapi, and an admin found that it was paid for.",
            ChargeEffect.CHARGED,
            "You can ask again with /image, at its price, or talk to an admin.",
        ),
        Fault(
            "picture_lost",
            "Pixapi made the picture, but it cannot be fetched whole.",
            ChargeEffect.CHARGED,
            "You can ask again with /image, at its price, or talk to an admin.",
            admins="*Pixapi charged for a picture that cannot be fetched.* Its support "
            "will want the request id, which is in Details under the request.",
        ),
        Fault(
            "submit_lost",
            "Pixapi's answer was lost, so nobody can tell yet whether it works on the request.",
            _UNKNOWN,
            "It is not sent again by itself. You can ask again with /image, at its price.",
        ),
        Fault(
            "task_lost",
            "Pixapi does not know its own task any more.",
            _UNKNOWN,
            "You can ask again with /image, at its price.",
        ),
        Fault(
            "too_long",
            "Pixapi has not said what became of the picture in the time that Easel waits.",
            _UNKNOWN,
            "You can ask again with /image, at its price.",
        ),
        Fault(
            "unreadable",
            "Pixapi made the picture, but Easel cannot fetch or open it.",
            _UNKNOWN,
            "You can ask again with /image, at its price.",
        ),
    )
}
"""By code. The provider's own words, where there are any, are shown beside the sentence."""


@dataclass(frozen=True, slots=True)
class Hitch:
    """Why a picture that is paid for has to wait: the picture comes once the reason is gone."""

    sentence: str  # for the asker
    admins: str  # what the admins are told, once a day
    offer: str = ""  # before anything is spent, where every picture would meet it meanwhile


_KEPT = "Pictures that are paid for wait, and each comes by itself"

HITCHES = {
    "storage_limit_reached": Hitch(
        "Slack's file storage is full.",
        f"*Slack's file storage is full.* {_KEPT} as soon as there is room: delete old files in "
        "Slack, or choose a plan with more storage.",
        "Slack's file storage is full: the picture would be paid for, and wait until there is "
        "room.",
    ),
    "file_uploads_disabled": Hitch(
        "Uploading files is switched off in this Slack.",
        f"*Uploading files is switched off in this Slack.* {_KEPT} once an owner allows uploads.",
        "Uploading files is switched off in this Slack: the picture would be paid for, and wait "
        "until an owner allows it.",
    ),
    "file_upload_size_restricted": Hitch(
        "This Slack does not allow files of this size.",
        f"*This Slack does not allow files as large as a picture.* {_KEPT} once an owner allows "
        "larger ones.",
    ),
    "file_type_not_allowed": Hitch(
        "This Slack does not allow files of this kind.",
        f"*This Slack does not allow pictures as files.* {_KEPT} once an owner allows them.",
    ),
    "nowhere": Hitch(
        "There is no place in Slack where it can go.",
        "*A picture that is paid for has nowhere to go*: Easel cannot post where it was asked for, "
        f"and cannot write to its asker. {_KEPT} once one of the two is possible again.",
    ),
}
"""By Slack's word for it, as it refuses a file; `nowhere` is our own.

https://docs.slack.dev/reference/methods/files.completeUploadExternal and
https://docs.slack.dev/reference/methods/files.getUploadURLExternal.
"""


def explain_os_error(error: OSError, file: PurePath) -> str:
    """Why a file cannot be used, by the operating system's error, and what to do about it."""
    folder = file.parent
    match error.errno:
        case errno.ENOENT:
            return f"there is no folder {folder}: create it, or name another"
        case errno.ENOTDIR:
            return f"{folder} is not a folder: name another"
        case errno.EISDIR:
            return f"{file} is a folder: name a file in it"
        case errno.EACCES | errno.EPERM:
            return (
                f"this user may not write in the folder {folder}, or not to {file.name} there: "
                "give it leave, or name another"
            )
        case errno.EROFS:
            return f"the folder {folder} is read-only: let it be written, or name another"
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return f"the disk with the folder {folder} is full: make room, or name another"
        case errno.ENAMETOOLONG:
            return f"the file's name is too long for the folder {folder}: choose a shorter one"
        case errno.EMFILE | errno.ENFILE:
            return "this process may open no more files: raise the limit (ulimit -n)"
        case _:
            return f"{file} cannot be used ({error.strerror}): name another"
