"""When a job that is not known is asked for again: often at first, later once an hour. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

GIVEN_UP = timedelta(days=7)  # after its request was sent: from then on only an admin decides
_MINUTE = timedelta(minutes=1)


def is_due(submitted: datetime, last: datetime | None, now: datetime) -> bool:
    """Whether a look belongs between the last round over such jobs and this one.

    A request is looked for 1, 2, 4, 8, 16 and 32 minutes after it was sent, then every hour. The
    first round after a start (`last` is None) looks for all.
    """
    if now - submitted > GIVEN_UP:
        return False
    return last is None or _looks(last - submitted) < _looks(now - submitted)


def _looks(age: timedelta) -> int:
    """How many looks belong to a request of this age."""
    minutes = max(age // _MINUTE, 0)
    return minutes.bit_length() if minutes < 60 else 6 + minutes // 60  # noqa: PLR2004 an hour
