"""What an admin is told after changing a budget: what it was, what it is, what follows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core.budget import EVERYBODY, Cap, Standing
from bot.core.job import ChannelId, Credits, UserId
from bot.core.limits import Defaults, Limits
from bot.core.policy import Policy, Spenders
from bot.views.budget_form import SPENDER_WORDS, budget_of, cap_words
from bot.views.dates import day_month
from bot.views.kit import Message, credits_, section
from bot.views.places import capital, whose


def saved(
    channel: ChannelId | None,
    before: Limits,
    after: Limits,
    defaults: Defaults,
    standings: Sequence[Standing],
) -> Message:
    """The answer to the form. `standings` are those whose caps were changed, as they are now."""
    lines = [*_caps(before, after, defaults), *_policy(before.policy, after.policy, defaults)]
    if not lines:
        return _message(f"*{budget_of(channel)}*\nNothing was changed: all of it stood so already.")
    told = [f"*{budget_of(channel)}*", *lines, "It counts for the very next click."]
    told += [_over(one) for one in standings if one.left is not None and one.left < 0]
    if _is_lower(before.people.get(EVERYBODY), after.people.get(EVERYBODY)):
        told.append(
            "Whoever has used more than the new cap of each person keeps it, and makes nothing "
            "new until that cap renews or is higher."
        )
    return _message("\n".join(told))


def _caps(before: Limits, after: Limits, defaults: Defaults) -> Iterator[str]:
    usual = cap_words(defaults.cap)
    if defaults.settable:
        usual = f"the default ({usual})"
    if before.cap != after.cap:
        yield _line("Cap", _cap(before.cap, usual), _cap(after.cap, usual))
    for user in sorted(before.people.keys() | after.people.keys()):
        was, now = before.people.get(user), after.people.get(user)
        if was != now:
            whose_cap, none = _person(user)
            yield _line(f"Cap of {whose_cap}", _cap(was, none), _cap(now, none))


def _person(user: UserId) -> tuple[str, str]:
    """Whose cap it is, and what counts where it is not set."""
    return ("each person", "none") if user == EVERYBODY else (f"<@{user}>", "that of each person")


def _policy(before: Policy, after: Policy, defaults: Defaults) -> Iterator[str]:
    for what, was, now in (
        ("An admin approves", _approval(before.approve_from), _approval(after.approve_from)),
        ("Admins are told at", _levels(before.levels, defaults), _levels(after.levels, defaults)),
        ("Who may spend", _who(before.spenders, defaults), _who(after.spenders, defaults)),
    ):
        if was != now:
            yield _line(what, was, now)


def _line(what: str, was: str, now: str) -> str:
    return f"{what}: {now}; before: {was}."


def _cap(cap: Cap | None, unset: str) -> str:
    return unset if cap is None else cap_words(cap)


def _approval(level: Credits | None) -> str:
    return "nothing" if level is None else f"prices from {credits_(level)} on"


def _levels(levels: tuple[int, ...] | None, defaults: Defaults) -> str:
    if levels is None:
        return f"the default ({_percents(defaults.levels)})"
    return _percents(levels)


def _percents(levels: tuple[int, ...]) -> str:
    return f"{', '.join(map(str, levels))} %" if levels else "nothing: nobody is told"


def _who(spenders: Spenders | None, defaults: Defaults) -> str:
    if spenders is None:
        return f"the default ({SPENDER_WORDS[defaults.spenders]})"
    return SPENDER_WORDS[spenders]


def _over(standing: Standing) -> str:
    used = standing.used
    scope = standing.scope
    return (
        f":warning: {capital(whose(scope))}: {credits_(used.charged + used.held)} are "
        "charged and held already, more than it has now. Nothing is taken back, and nothing new "
        f"is possible until {day_month(standing.renews)} or a higher cap."
    )


def _is_lower(before: Cap | None, after: Cap | None) -> bool:
    """Whether each person's cap has become one, or a lower one."""
    if after is None or after.limit is None or before == after:
        return False
    return before is None or before.limit is None or after.limit < before.limit


def _message(text: str) -> Message:
    return Message(text, (section(text),))
