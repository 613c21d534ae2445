"""Wrong calls of `easel quota` and `easel export`: a sentence, status 2, nothing is looked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.core import quota_grammar
from bot.core.budget import EVERYBODY
from bot.core.errors import Mistake
from tests.nursery import call

C = "C0123456789"
GOOD = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "PIXAPI_KEY": "sk_1"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (f"quota set {C} -5", "-5 is not a cap. A cap is a whole number of credits from 0"),
        (f"quota set {C} 1e9", "1e9 is not a cap."),
        (f"quota set {C} abc", "abc is not a cap."),
        (f"quota set {C} 5 yearly", "yearly is not a period. Periods: daily, weekly, monthly"),
        (f"quota set {C} 5 daily --fast", "Got unexpected extra argument (--fast)"),
        (f"quota set {C}", "Missing argument 'AMOUNT'"),
        ("quota set #design 5", "#design is no channel. Write workspace, or a channel's id"),
        ("quota set workspace default", "The workspace has no default cap."),
        ("quota set workspace 5 --person U012", "A person's cap is for one channel"),
        (f"quota set {C} 5 --person mia", "mia is no person. Write everybody, or a member's id"),
        (f"quota grant {C} 0", "0 is no amount to grant."),
        (f"quota grant {C} -5", "-5 is no amount to grant."),
        ("quota grant workspace 5", "A grant goes to a channel"),
        (f"quota grant {C} 5 --until soon", "soon is not a date. Write it as in 2026-12-31."),
        (f"quota grant {C} 5 --reason {'x' * 501}", "The reason has 501 characters."),
        ("export --from 2026-02-30", "2026-02-30 is not a date. Write it as in 2026-12-31."),
        ("export --to 20261231", "20261231 is not a date."),
        ("export --from 2026-03-02 --to 2026-03-01", "2026-03-02 is after --to 2026-03-01"),
    ],
)
async def test_wrong_calls(tmp_path: Path, words: str, sentence: str) -> None:
    """What cannot be meant is named with what is allowed."""
    done = await call(words.split(), os.environ | GOOD, tmp_path)

    assert sentence in done.err
    assert (done.status, done.out) == (2, "")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 -- which is no call to wait for


@pytest.mark.parametrize("command", [["quota", "list"], ["quota", "set", C, "5"], ["export"]])
async def test_mistakes_in_the_configuration(tmp_path: Path, command: list[str]) -> None:
    """They are reported as `easel run` reports them, with status 2."""
    wrong = {"EASEL_TIMEZONE": "Mars", "PORT": "http"}
    done = await call(command, os.environ | GOOD | wrong, tmp_path)

    assert (done.status, done.out) == (2, "")
    assert [line.partition(":")[0] for line in done.err.splitlines()] == [
        "PORT",
        "EASEL_TIMEZONE",
    ]


@pytest.mark.parametrize("word", ["C012", "<#C012>", "<#C012|design>"])
def test_a_channel_in_any_of_its_forms(word: str) -> None:
    """An id and Slack's token for it are the same channel."""
    assert quota_grammar.parse_where(word) == "C012"


def test_a_person_in_any_form() -> None:
    """An id, Slack's token, or everybody; anything else is a mistake."""
    where = quota_grammar.parse_where("C012")

    assert quota_grammar.parse_person("<@U012|mia>", where) == "U012"
    assert quota_grammar.parse_person("Everybody", where) == EVERYBODY
    with pytest.raises(Mistake):
        quota_grammar.parse_person("*", where)


def test_a_reason_is_kept_as_it_was_typed() -> None:
    """A shell's words are nobody's entities: only control characters and line ends go."""
    wanted = quota_grammar.parse_grant(
        quota_grammar.parse_where("C012"), "5", None, "R&amp;D <3\n\x07 now"
    )

    assert wanted.reason == "R&amp;D <3 now"
