"""The quota card. Pure."""

from __future__ import annotations

from bot.blocks.dates import day_month
from bot.blocks.kit import Message, context, section
from bot.core.budget import Grant, Scope, Standing
from bot.core.periods import Period

PERIOD_WORDS = {Period.DAY: "a day", Period.WEEK: "a week", Period.MONTH: "a month"}


def quota(standing: Standing, *, changed: bool = False) -> Message:
    """A budget's card: one number a line, the word first (a contract with scripts too)."""
    used, cap = standing.used, standing.cap
    held = f"Held {used.held}" + (f" ({used.unknown} not known)" if used.unknown else "")
    lines = [
        f"Cap {'none' if cap.limit is None else cap.limit}",
        *([f"Grants {standing.grants_total}"] if standing.grants_total else []),
        f"Charged {used.charged}",
        held,
        f"Left {'unlimited' if standing.left is None else standing.left}",
    ]
    text = "\n".join(lines)
    blocks = [section(_heading(standing.scope, changed=changed)), section(text)]
    blocks += [context(_ends(grant)) for grant in standing.grants]
    if standing.paused:
        blocks.append(section("*Paused*: an admin has stopped new pictures for now."))
    elif cap.limit == 0 and not standing.left:
        blocks.append(section("Nothing is allowed here: the cap is 0."))
    renewal = f"Credits {PERIOD_WORDS[cap.period]}. Renews on {day_month(standing.renews)}."
    return Message(text, (*blocks, context(renewal)))


def _heading(scope: Scope, *, changed: bool) -> str:
    """Whose budget it is; after a change by its name, since another channel's can be changed."""
    if not changed:
        return f"*{'This workspace' if scope.channel is None else 'This channel'}'s image budget*"
    whose = "the workspace" if scope.channel is None else f"<#{scope.channel}>"
    return f"*Image budget of {whose}*\nChanged. It counts for the very next click."


def _ends(grant: Grant) -> str:
    left = "1 credit" if grant.left == 1 else f"{grant.left:,} credits"
    return f"A grant has {left} left, until {day_month(grant.ends)}; it is used before the cap."
