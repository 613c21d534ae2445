"""What was done to pictures to edit, on the card."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.core.choices import list_choices
from bot.core.errors import Mistake
from bot.core.grammar import parse
from bot.core.job import FileId, JobState, Quality
from bot.views import card
from tests.views.test_limits import CATALOGUE, HOSTILE, accepted, job, requests

names = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(HOSTILE)).map("".join))


@given(
    st.lists(names.map(lambda name: f"{name[:40]} was scaled down from 9×9 to 8×8."), max_size=16)
)
def test_notes_are_harmless(notes: list[str]) -> None:
    """However many files, whatever their names: Slack takes the card and nobody is pinged."""
    request = replace(requests("x", 1, None, Quality.LOW), inputs=(FileId("F1"),) * 16)
    shown = card.Offer(
        job(request, JobState.OFFERED), "GPT Image 2", list_choices(CATALOGUE, request), None,
        notes=tuple(notes),
    )  # fmt: skip
    accepted(card.render_offer(shown))


def test_the_card_says_what_was_taken_as_words() -> None:
    """What looks like an option or a picture is said on the card, whatever else stands in it."""
    request = requests("a fox -n 3 <!channel>&https://e.com/cat.png", 1, None, Quality.LOW)
    shown = card.Offer(
        job(request, JobState.OFFERED), "GPT Image 2", list_choices(CATALOGUE, request), None
    )
    message = card.render_offer(shown)

    accepted(message)
    assert "“-n 3” looks like an option" in str(message.blocks)
    assert "The link to cat.png was taken as words" in str(message.blocks)


@given(
    st.lists(names.map(lambda name: f"--{name}"), max_size=9).map(" ".join),
    st.sampled_from(["--4k", "--hd --low", ""]),
)
def test_every_mistake_is_accepted(options: str, guessed: str) -> None:
    """However many mistakes of whatever text, with a guess or without: Slack takes the answer."""
    try:
        request, guess = parse(f"a fox {options} {guessed}", CATALOGUE)
    except Mistake as mistake:
        accepted(card.render_sentence(mistake.sentence))
        return
    if guess is not None:
        offer = card.Offer(
            job(request, JobState.OFFERED),
            "GPT Image 2",
            list_choices(CATALOGUE, request),
            None,
            guess=guess,
        )
        accepted(card.render_offer(offer))


def test_the_card_says_how_many_pictures_go_in() -> None:
    """Images to edit and a mask are counted in the settings' line; none are not mentioned."""
    request = requests("x", 2, None, Quality.LOW)
    one = replace(request, inputs=(FileId("F1"),))
    masked = replace(request, inputs=(FileId("F1"), FileId("F2")), mask=FileId("F3"))
    tier = CATALOGUE.price(request).tier
    said = [
        card.describe_settings(each, "M", tier).split("2 images", 1)[1]
        for each in (request, one, masked)
    ]

    assert said == ["", " · 1 image to edit", " · 2 images to edit, 1 mask"]
