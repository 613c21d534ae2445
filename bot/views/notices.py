"""What people are told without having asked: alerts, discrepancies, trouble. Pure."""

from __future__ import annotations

from bot.core.budget import Scope
from bot.core.errors import FAULTS, HITCHES
from bot.core.job import TeamId
from bot.core.notices import Alert, Discrepancy, Trouble
from bot.views import names
from bot.views.budget_status import PERIOD_WORDS, capitalise, name_budget
from bot.views.kit import Message, actions, button, credits_, day_month, section

FULL = 100  # percent


def alert(about: Alert) -> Message:
    """A budget reached a level. The facts are those of that moment."""
    charged, held, grants = about.charged, about.held, about.grants
    allowed, level = about.cap + grants, about.level
    left = allowed - charged - held
    renews = day_month(about.renews)
    budget = capitalise(name_budget(Scope(TeamId(""), about.channel, about.user)))
    reached = "is used up" if level >= FULL else f"has reached {level} %"
    included = f" (grants of {grants:,} included)" if grants else ""
    unknown = f" ({about.unknown:,} not known)" if about.unknown else ""
    of_all = f"of {credits_(allowed)} {PERIOD_WORDS[about.period]}{included}"
    parts = [f"*{budget} {reached}*: {charged:,} charged and {held:,} held{unknown} {of_all}."]
    if FULL * charged < level * allowed:
        parts.append("Part of it is *held* and may still be released.")
    if left > 0:
        parts.append(f"{capitalise(credits_(left))} left; it renews on {renews}.")
    else:
        parts.append(f"No new picture fits until it renews on {renews}.")
    text = " ".join(parts)
    change = button("Change the budget…", names.BUDGET, about.channel or "")
    return Message(text, (section(text), actions([change])))


def trouble(about: Trouble) -> Message | None:
    """Something that only an admin can mend; None for a fault that is none any more."""
    fault = FAULTS.get(about.fault) or HITCHES.get(about.fault)
    if fault is None or fault.admins is None:
        return None
    text = f"{fault.admins} You hear of this once a day."
    return Message(text, (section(text),))


def discrepancy(about: Discrepancy) -> Message:
    """The provider charged something else than the price table says, or more than was held."""
    charged, computed = about.charged, about.computed
    if charged == computed:
        text = (
            f"*Pixapi charged {credits_(charged)}* where {about.held:,} were held: it made more "
            "or larger pictures than were asked for. What it made was booked. You hear of this "
            "once a day."
        )
        return Message(text, (section(text),))
    difference = abs(charged - computed)
    than = "more" if charged > computed else "less"
    text = (
        f"*Pixapi charged {credits_(charged)}* for a picture where the price table says "
        f"{computed:,}: {difference:,} {than}. What Pixapi says was booked. If this goes on, its "
        "prices have changed: EASEL_PRICES in the README says how to tell Easel. You hear of this "
        "once a day; Easel's Home tab lists every difference."
    )
    return Message(text, (section(text),))
