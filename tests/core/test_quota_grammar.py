from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Mistake
from bot.core.job import ChannelId, Credits
from bot.core.periods import Period
from bot.core.quota_grammar import (
    AddGrant,
    Default,
    Help,
    Pause,
    QuotaCommand,
    Resume,
    SetCap,
    Show,
    Workspace,
    parse_quota,
)

C1 = ChannelId("C1")
ALL = Workspace.WORKSPACE
CAP = (
    "A cap is a whole number of credits from 0 to 1,000,000,000, none or default,"
    " as in: 500 monthly"
)
CHANNEL = "Choose it from the list that Slack shows while you type its name."
GRANT = "A grant is a whole number of credits from 1 to 1,000,000,000, as in: grant 50"


def cap(limit: int, *rest: object) -> SetCap:
    """A cap of so many credits."""
    return SetCap(Credits(limit), *rest)  # type: ignore[arg-type]


def grant(amount: int, *rest: object) -> AddGrant:
    """A grant of so many credits."""
    return AddGrant(Credits(amount), *rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Show()),
        (" \n", Show()),
        ("<#C1|design>", Show(C1)),
        ("workspace", Show(ALL)),
        ("help", Help()),
        ("HELP", Help()),
        ("500 monthly", cap(500, Period.MONTH)),
        ("500 Weekly", cap(500, Period.WEEK)),
        ("500  daily ", cap(500, Period.DAY)),
        ("500 month", cap(500, Period.MONTH)),
        ("500", cap(500)),
        ("0", cap(0)),
        ("0 daily", cap(0, Period.DAY)),
        ("none", SetCap(None)),
        ("None monthly", SetCap(None, Period.MONTH)),
        ("default", SetCap(Default.DEFAULT)),
        ("1,000 monthly", cap(1000, Period.MONTH)),
        ("1_000 monthly", cap(1000, Period.MONTH)),
        ("007", cap(7)),
        ("1,000,000,000", cap(1_000_000_000)),
        ("<#C1|design> 500 monthly", cap(500, Period.MONTH, C1)),
        ("<#C1|> none", SetCap(None, None, C1)),
        ("<#C1> default", SetCap(Default.DEFAULT, None, C1)),
        ("workspace 5000 monthly", cap(5000, Period.MONTH, ALL)),
        ("Workspace none", SetCap(None, None, ALL)),
        ("workspace 0", cap(0, None, ALL)),
        ("pause", Pause()),
        ("resume", Resume()),
        ("pause <#C1|x>", Pause(C1)),
        ("<#C1|x> pause", Pause(C1)),
        ("workspace pause", Pause(ALL)),
        ("resume workspace", Resume(ALL)),
        ("grant 50", grant(50)),
        ("GRANT 1,000", grant(1000)),
        ("grant 50 <#C1|x>", grant(50, C1)),
        ("<#C1|x> grant 50", grant(50, C1)),
        ("grant 50 until 2026-12-31", grant(50, None, date(2026, 12, 31))),
        ("grant 50 for the launch", grant(50, None, None, "for the launch")),
        (
            "grant 50 <#C1|x> until 2028-02-29 Tom &amp; <@U1|ann>, &lt;3",
            grant(50, C1, date(2028, 2, 29), "Tom & @ann, <3"),
        ),
        ("grant 50 until 2026-12-31 <#C1|x> launch", grant(50, C1, date(2026, 12, 31), "launch")),
        ("grant 50 launch in <#C1|x>", grant(50, None, None, "launch in #x")),
        ("grant 50 <#C1|x> like <#C2|y> until Friday", grant(50, C1, None, "like #y until Friday")),
    ],
)
def test_commands(text: str, expected: QuotaCommand) -> None:
    """Each form of the command means what the contract says; `none`, `0`, `default` differ."""
    assert expected == parse_quota(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("-5", f"-5 is not a cap. {CAP}."),
        ("1e9", f"1e9 is not a cap. {CAP}."),
        ("abc", f"abc is not a cap. {CAP}."),
        ("5.5 daily", f"5.5 is not a cap. {CAP}."),
        ("+5", f"+5 is not a cap. {CAP}."),
        ("1.000", f"1.000 is not a cap. {CAP}."),
        ("10,00", f"10,00 is not a cap. {CAP}."),
        ("1,000_000", f"1,000_000 is not a cap. {CAP}."),
        ("٥", f"٥ is not a cap. {CAP}."),
        ("1000000001", f"1000000001 is not a cap. {CAP}."),
        ("1,000,000,001", f"1,000,000,001 is not a cap. {CAP}."),
        ("grnt 50", f"grnt is not a cap. {CAP}; nearest: grant."),
        ("<@U1|ann> 5", f"@ann is not a cap. {CAP}."),
        ("workspace 500 yearly", "yearly is not a period. Periods: daily, weekly, monthly."),
        (
            "500 montly",
            "montly is not a period. Periods: daily, weekly, monthly; nearest: monthly.",
        ),
        ("default weekly", "The default cap has its own period. Leave weekly out."),
        (
            "workspace default",
            "The workspace has no default cap. Write a number of credits, or none.",
        ),
        ("500 monthly <#C1|x>", "I do not understand #x at the end. For all commands: help"),
        ("pause now please", "I do not understand now please at the end. For all commands: help"),
        ("help me", "I do not understand me at the end. For all commands: help"),
        (
            "#design 500",
            f"I do not know which channel #design is. {CHANNEL}",
        ),
        ("grant", GRANT),
        ("grant 0", f"0 is no amount to grant. {GRANT}"),
        ("grant -5", f"-5 is no amount to grant. {GRANT}"),
        ("grant 1000000001", f"1000000001 is no amount to grant. {GRANT}"),
        ("grant fifty", f"fifty is no amount to grant. {GRANT}"),
        ("grant none", f"none is no amount to grant. {GRANT}"),
        ("workspace grant 50", "A grant goes to a channel, as in: grant 50 #channel"),
        ("grant 50 until", "Write a date after until, as in 2026-12-31"),
        (
            "grant 50 until Friday",
            "Friday is not a date. Write a date after until, as in 2026-12-31",
        ),
        (
            "grant 50 until 2027-02-29",
            "2027-02-29 is not a date. Write a date after until, as in 2026-12-31",
        ),
        (
            "grant 50 until 20261231",
            "20261231 is not a date. Write a date after until, as in 2026-12-31",
        ),
        ("grant 50 " + "x" * 501, "The reason has 501 characters. At most 500 are allowed."),
    ],
)
def test_mistakes_name_what_is_allowed(text: str, sentence: str) -> None:
    """Each mistake is refused with what is wrong and what is allowed, and changes nothing."""
    with pytest.raises(Mistake) as caught:
        parse_quota(text)

    assert sentence == caught.value.sentence


@given(st.integers(0, 1_000_000_000), st.sampled_from(["{}", "{:,}", "{:_}"]))
def test_every_amount_in_range(amount: int, written: str) -> None:
    """Every whole number up to a thousand million is a cap, and a grant unless it is zero."""
    text = written.format(amount)

    assert cap(amount) == parse_quota(text)
    assert amount == 0 or grant(amount) == parse_quota(f"grant {text}")


def test_longest_reason() -> None:
    """A reason has up to 500 characters."""
    assert grant(50, None, None, "x" * 500) == parse_quota("grant 50 " + "x" * 500)


@given(
    st.text()
    | st.lists(
        st.sampled_from(["grant", "50", "until", "2026-12-31", "<#C1|x>", "#x", "none", "daily"])
    ).map(" ".join)
)
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever the text, the answer is a command or a mistake with a short sentence."""
    try:
        result = parse_quota(text)
    except Mistake as refused:
        assert len(refused.sentence) < 500  # noqa: PT017 -- either outcome is right
    else:
        assert isinstance(result, QuotaCommand)
