"""Whatever is typed and chosen, the composer is a modal that Slack takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import BudgetStatus, Cap, Scope, Used
from bot.core.draft import Draft, Field, add_files, draft_again, price_draft
from bot.core.job import (
    ChannelId,
    Credits,
    FileId,
    JobId,
    ModelId,
    Price,
    Quality,
    Request,
    Size,
    TeamId,
    Ts,
)
from bot.core.payload import unpack
from bot.core.periods import Period, span
from bot.core.post import Attached
from bot.core.sizes import PRESETS
from bot.demo.slack.blocks import too_large, view_problems
from bot.prices import SHIPPED_PRICES, read_prices
from bot.views import composer
from bot.views.composer import PROMPT, ComposerNote, Origin, Prospects, is_long

CATALOGUE = read_prices(SHIPPED_PRICES.read_text())
HOSTILE = ("<!channel>", "<@U123>", "&", "`", '"', "\\", "\u202e", "\u200b", "\n", "\x00", "😀")

texts = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(HOSTILE), max_size=400).map("".join),
    st.integers(2_900, 32_000).map(lambda length: "x" * length),
)
files = st.builds(
    Attached,
    st.text("ABCDEF0123456789", min_size=8, max_size=10).map(lambda id_: FileId(f"F{id_}")),
    st.none() | texts,
    st.sampled_from([None, "image/png", "image/jpeg"]),
)
drafts = st.builds(
    Draft,
    model=st.sampled_from([one.id for one in CATALOGUE.models] + [ModelId("gone-since")]),
    prompt=texts,
    size=st.none()
    | st.sampled_from([*PRESETS.values()])
    | st.builds(Size, st.integers(1, 9000), st.integers(1, 9000)),
    quality=st.sampled_from(Quality),
    count=st.integers(1, 10),
    inputs=st.lists(files, max_size=16, unique_by=lambda one: one.file).map(tuple),
    mask=st.none() | files.map(lambda one: replace(one, file=FileId("FMASK00001"))),
    parent=st.none() | st.just(JobId("f" * 32)),
)
origins = st.builds(
    Origin,
    channel=st.just(ChannelId("C0000000001")),
    thread=st.none() | st.just(Ts("1732270000.123456")),
    quiet=st.booleans(),
    asks=st.booleans(),
    offer=st.none() | st.just(JobId("e" * 32)),
    revision=st.integers(0, 10**9),
    reply_url=st.integers(0, 470).map(lambda n: f"https://hooks.slack.com/{'x' * n}"),
    card=st.booleans(),
)


def drawn_for(draft: Draft, origin: Origin) -> Origin:
    """The origin as the features make it: a prompt that is too long is kept."""
    return replace(origin, kept=JobId("d" * 32) if is_long(draft.prompt) else None)


def status(limit: int | None) -> BudgetStatus:
    """A channel's budget."""
    return BudgetStatus(
        Scope(TeamId("T0"), ChannelId("C0")),
        Cap(Period.MONTH, None if limit is None else Credits(limit)),
        span(Period.MONTH, date(2026, 11, 22)),
        Used(Credits(8), Credits(14), Credits(4)),
    )


@given(drafts, origins, st.sampled_from([None, 0, 10, 10**9]), texts)
def test_every_form_is_accepted(draft: Draft, origin: Origin, limit: int | None, news: str) -> None:
    """The form of any draft, with room or without, is a modal within all of Slack's limits."""
    origin = drawn_for(draft, origin)
    made = composer.render_composer(
        CATALOGUE, draft, origin, Prospects(status(limit)), news=news[:500]
    )

    assert view_problems(made, "modal", lambda _: False) == []
    assert len(made["private_metadata"]) <= 3000
    assert not too_large(made)


@given(drafts, origins)
def test_the_button_names_the_price(draft: Draft, origin: Origin) -> None:
    """The submit button names exactly the price of what is chosen, or none where there is none."""
    made = composer.render_composer(CATALOGUE, draft, drawn_for(draft, origin))
    price = price_draft(draft, CATALOGUE)
    shown = unpack(ComposerNote, made["private_metadata"]).price

    if isinstance(price, Price):
        words = "1 credit" if price.credits == 1 else f"{price.credits:,} credits"
        assert made["submit"]["text"] == f"Generate · {words}"
        assert shown == price.credits
    else:
        assert not made["submit"]["text"].startswith("Generate")
        assert shown is None
        assert all(sentence in str(made["blocks"]) or "&" in sentence or "<" in sentence
                   for sentence in price.values())  # fmt: skip


@given(st.integers(1, 10**7))
def test_no_price_is_too_long_for_the_button(credits: int) -> None:
    """Whatever an admin's table holds, the button has room for it."""
    assert str(credits) in composer.submit_text(Credits(credits)).replace(",", "")
    assert len(composer.submit_text(Credits(credits))) <= 24


@given(drafts, origins)
def test_a_form_remembers_what_its_fields_do_not_say(draft: Draft, origin: Origin) -> None:
    """Its place, files, model, quality and what it goes on from come back with the form."""
    origin = drawn_for(draft, origin)
    note = unpack(
        ComposerNote, composer.render_composer(CATALOGUE, draft, origin)["private_metadata"]
    )
    back = note.draft

    assert note.origin == origin
    assert [one.file for one in back.inputs] == [one.file for one in draft.inputs]
    assert (back.mask is None) == (draft.mask is None)
    assert (back.model, back.quality, back.parent) == (draft.model, draft.quality, draft.parent)


@given(drafts, origins, st.sampled_from([one.id for one in CATALOGUE.models]))
def test_fields_stay_unless_the_model_changes(draft: Draft, origin: Origin, model: ModelId) -> None:
    """Drawn anew, a field is what it was on the screen, but for those that the model decides."""
    origin = drawn_for(draft, origin)
    first = composer.render_composer(CATALOGUE, draft, origin)
    blocks = {b["block_id"]: b for b in first["blocks"] if "block_id" in b}
    note = unpack(ComposerNote, first["private_metadata"])
    second = composer.render_composer(
        CATALOGUE, replace(draft, model=model, prompt="typed"), origin, before=note, shown=blocks
    )
    changed = {b["block_id"] for b in second["blocks"] if b.get("type") == "input"} - {
        block_id for block_id, block in blocks.items() if block in second["blocks"]
    }

    assert changed <= ({"size.1", "quality.1"} if model != draft.model else set())


@given(drafts)
def test_a_request_is_the_same_after_a_look(draft: Draft) -> None:
    """A request that is put into the form and submitted unchanged is the same request."""
    if isinstance(price_draft(draft, CATALOGUE), Price):
        request = draft.request(CATALOGUE, draft.prompt)

        assert draft_again(request).request(CATALOGUE, draft.prompt) == request


@given(drafts, st.lists(files, max_size=10))
def test_files_are_kept_in_order(draft: Draft, added: list[Attached]) -> None:
    """Files are added behind those there are, each once; a mask is never lost for an image."""
    whole = add_files(draft, added)
    ids = [one.file for one in whole.inputs]

    assert ids[: len(draft.inputs)] == [one.file for one in draft.inputs]
    assert len(ids) == len(set(ids))
    assert set(ids) <= {one.file for one in (*draft.inputs, *added)}


def test_a_price_is_said_at_the_field_that_hinders_it() -> None:
    """Without a price the mistake is at the model, size or quality that stands in its way."""
    nano = Draft(ModelId("gemini-2.5-flash-image"), size=PRESETS["2k"])
    odd = Draft(CATALOGUE.default.id, size=Size(1000, 1000))
    none = Draft(ModelId("gpt-image-1.5"))

    for draft, field in ((nano, Field.SIZE), (odd, Field.SIZE), (none, Field.MODEL)):
        wrong = price_draft(draft, CATALOGUE)
        assert isinstance(wrong, dict)
        assert list(wrong) == [field]


def test_length_is_counted_as_slack_does() -> None:
    """An emoji takes two of a field's characters: a prompt of 1,501 of them is kept, not cut."""
    assert not is_long("😀" * (PROMPT // 2))
    assert is_long("😀" * (PROMPT // 2 + 1))


def test_no_request_is_assumed() -> None:
    """An empty form asks for nothing but the default model's picture."""
    empty = Draft(CATALOGUE.default.id)

    assert empty.request(CATALOGUE, "x") == Request("x", CATALOGUE.default.id, None, Quality.MEDIUM)
