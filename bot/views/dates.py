"""Dates as people read them, the same in every locale. Pure."""

from __future__ import annotations

from datetime import date, datetime

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def day_month(day: date) -> str:
    """As in `1 December`."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def moment(at: datetime) -> str:
    """A time that Slack shows in the reader's own zone (docs: formatting dates)."""
    fallback = at.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"
