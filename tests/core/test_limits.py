from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import EVERYBODY, Cap
from bot.core.job import Credits, UserId
from bot.core.limits import (
    Edit,
    LimitDefaults,
    LimitField,
    Limits,
    Policy,
    Spenders,
    find_mistakes,
    form_texts,
    merge,
)
from bot.core.periods import Period

NOAH = UserId("U-noah")
DEFAULTS = LimitDefaults(Cap(Period.MONTH, Credits(100)))
WORKSPACE = LimitDefaults(settable=False)

amounts = st.one_of(st.none(), st.integers(0, 10**9).map(Credits))
caps = st.builds(Cap, st.sampled_from(Period), amounts)
limits = st.builds(
    Limits,
    st.one_of(st.none(), caps),
    st.builds(
        Policy,
        st.one_of(st.none(), st.integers(1, 10**9).map(Credits)),
        st.one_of(st.none(), st.sets(st.integers(1, 100)).map(lambda some: tuple(sorted(some)))),
        st.one_of(st.none(), st.sampled_from(Spenders)),
    ),
    st.dictionaries(st.sampled_from([EVERYBODY, NOAH]), caps),
)


@given(limits, limits, st.sampled_from([DEFAULTS, WORKSPACE]))
def test_an_untouched_form_changes_nothing(
    opened: Limits, stands: Limits, defaults: LimitDefaults
) -> None:
    """Whatever another admin has set since it was opened stays, and there is no mistake in it."""
    shown = form_texts(opened, defaults)
    edit = Edit(shown, shown)

    assert find_mistakes(edit, defaults) == {}
    assert stands == merge(stands, edit, defaults)


@given(limits, limits)
def test_what_is_entered_is_what_is_set(opened: Limits, wanted: Limits) -> None:
    """A form filled in with what a channel has, in place of anything else, sets just that."""
    entered = form_texts(wanted, DEFAULTS) | {LimitField.PERSON: ""}
    wrong = find_mistakes(Edit(form_texts(opened, DEFAULTS), entered), DEFAULTS)
    after = merge(opened, Edit(form_texts(opened, DEFAULTS), entered), DEFAULTS)

    assert wrong == {}
    assert form_texts(wanted, DEFAULTS) == form_texts(after, DEFAULTS)


@given(st.text(max_size=12))
def test_any_text_is_a_cap_or_a_mistake(text: str) -> None:
    """Nothing that is typed is taken for another cap than it says."""
    edit = Edit(form_texts(Limits(None), DEFAULTS), {LimitField.CAP: text})
    wrong = find_mistakes(edit, DEFAULTS)
    plain = text.replace(",", "").replace("_", "")
    is_cap = text.casefold() in {"none", "default"} or (plain.isascii() and plain.isdigit())

    assert is_cap or list(wrong) == [LimitField.CAP]
    if not wrong:
        cap = merge(Limits(Cap(Period.DAY, Credits(7))), edit, DEFAULTS).cap
        said = {"default": None, "none": Cap(Period.DAY, None)}

        assert cap == said.get(text.casefold(), cap)
        assert cap is None or cap.limit is None or str(cap.limit) == str(int(plain))


def test_none_and_zero_and_default_are_three_things() -> None:
    """No cap, nothing allowed and the default are set as different things."""
    stands = Limits(Cap(Period.WEEK, Credits(5)))
    shown = form_texts(stands, DEFAULTS)

    def after(text: str) -> Cap | None:
        return merge(stands, Edit(shown, {LimitField.CAP: text}), DEFAULTS).cap

    assert after("none") == Cap(Period.WEEK, None)
    assert after("0") == Cap(Period.WEEK, Credits(0))
    assert after("default") is None


def test_a_persons_cap_is_theirs_alone() -> None:
    """One person's cap is added, changed and taken away beside everybody's."""
    each = Cap(Period.DAY, Credits(9))
    stands = Limits(None, people={EVERYBODY: each})
    shown = form_texts(stands, DEFAULTS)
    own = {LimitField.PERSON: str(NOAH), LimitField.OWN: "none", LimitField.OWN_PERIOD: "week"}
    added = merge(stands, Edit(shown, own), DEFAULTS)
    gone = merge(added, Edit(shown, own | {LimitField.OWN: "default"}), DEFAULTS)

    assert added.people == {EVERYBODY: each, NOAH: Cap(Period.WEEK, None)}
    assert stands == gone


@pytest.mark.parametrize(
    ("text", "levels"),
    [("50, 80, 100", (50, 80, 100)), ("80 %,50%,80", (50, 80)), ("", ()), ("Default", None)],
)
def test_levels_are_percents(text: str, levels: tuple[int, ...] | None) -> None:
    """Levels are set in order and once each; none at all is not the default."""
    stands = Limits(None, Policy(levels=(7,)))
    edit = Edit(form_texts(stands, DEFAULTS), {LimitField.LEVELS: text})

    assert find_mistakes(edit, DEFAULTS) == {}
    assert merge(stands, edit, DEFAULTS).policy.levels == levels


def test_the_default_has_its_own_period() -> None:
    """Another period for the default is a mistake; going back to the default is none."""
    unset = form_texts(Limits(None), DEFAULTS)
    weekly = form_texts(Limits(Cap(Period.WEEK, Credits(5))), DEFAULTS)

    assert list(find_mistakes(Edit(unset, unset | {LimitField.PERIOD: "day"}), DEFAULTS)) == [
        LimitField.PERIOD
    ]
    assert find_mistakes(Edit(weekly, weekly | {LimitField.CAP: "default"}), DEFAULTS) == {}
