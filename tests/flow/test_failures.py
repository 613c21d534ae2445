"""What a failure says, offers and costs: rows of `FAULTS`, as Pixapi's refusals cause them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from bot.core.errors import CHARGE_WORDS, FAULTS
from bot.demo.slack.model import Message
from bot.demo.slack.seed import ADA, DESIGN, MIA
from tests.flow.admins import click, opened
from tests.flow.forms import form, png
from tests.flow.stage import FOX, Stage, text_of
from tests.flow.test_approvals import waiting


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    """What may pass is tried twice, without the waits in between."""
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


REFUSALS = [  # status, Pixapi's word, what the message offers beside Details
    (422, "invalid_request", ["Reword…"]),
    (401, "unauthorized", []),
    (402, "insufficient_credits", []),
    (404, "model_not_found", ["another model"]),
    (422, "prompt_rejected", ["Reword…"]),
    (429, "rate_limited", ["Try again"]),
    (500, "internal_error", ["Try again"]),
    (503, "model_unavailable", ["another model", "Try again"]),
]


def buttons(message: Message) -> list[str]:
    """What the buttons under a message say."""
    return [
        element["text"]["text"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def refuse(stage: Stage, status: int, word: str, times: int | None = None) -> None:
    """Let Pixapi refuse requests for GPT Image 2 in this way."""
    call = "submit:gpt-image-2"
    stage.faults.arm("status", call, times=times, status=status, code=word, retry_after=0)


async def told(stage: Stage, text: str, user: str = ADA) -> list[Message]:
    """Wait for a direct message to say this; all that do."""
    channel = stage.ws.direct(user).id
    found = [one for one in stage.ws.messages(channel) if text in text_of(one)]
    if not found:
        await stage.ws.until(lambda: any(text in text_of(m) for m in stage.ws.messages(channel)))
        found = [one for one in stage.ws.messages(channel) if text in text_of(one)]
    return found


@pytest.mark.parametrize(("status", "word", "offered"), REFUSALS)
async def test_a_refusal_says_what_happened_and_costs_nothing(
    stage: Stage, status: int, word: str, offered: list[str]
) -> None:
    """The sentence of its row, that nothing was charged, and the ways out that its row names."""
    async with stage.bot():
        refuse(stage, status, word)
        await stage.press(await stage.ask(), "generate")
        fault = FAULTS[word]
        root = await stage.root(fault.sentence[:30])
        shown = [one for one in buttons(root) if one != "Details"]
        quota = await stage.quota()

        assert CHARGE_WORDS[fault.effect] in text_of(root)
        assert fault.remedy in text_of(root)
        assert sorted({"another model" if " · " in one else one for one in shown}) == sorted(
            offered
        )
        assert (quota["Charged"], quota["Held"]) == ("0", "0")


async def test_another_model_at_its_own_price(stage: Stage) -> None:
    """Out of capacity: another maker's model is offered with its price, as a new card."""
    async with stage.bot():
        refuse(stage, 503, "model_unavailable")
        await stage.press(await stage.ask(), "generate")
        root = await stage.root("no capacity")
        [offer, *_] = [one for one in buttons(root) if " · " in one]
        await stage.ws.click(MIA, DESIGN, root.ts, "instead_0")
        price = offer.split(" · ")[1]
        card = await stage.card(f"Generate · {price}")
        nothing_yet = await stage.rows("SELECT count(*) FROM ledger WHERE kind = 'charged'")
        await stage.press(card, "generate")
        await stage.root(f"Done · \\*?{price}")

        assert nothing_yet == [(0,)]
        assert FOX in text_of(card)


async def test_try_again_asks_again(stage: Stage) -> None:
    """Try again is a new card for whoever clicked; nothing is held before it is confirmed."""
    async with stage.bot():
        refuse(stage, 500, "internal_error")
        await stage.press(await stage.ask(), "generate")
        root = await stage.root("failed to make")
        stage.faults.clear()
        await stage.ws.click(ADA, DESIGN, root.ts, "again")
        card = await stage.card("Generate · 4 credits", user=ADA)
        await stage.press(card, "generate")
        await stage.root("Done · ")

        assert (await stage.quota())["Charged"] == "4"


async def test_reword_opens_the_form_with_the_words(stage: Stage) -> None:
    """A prompt that is not allowed comes back into the composer, to be changed."""
    async with stage.bot():
        refuse(stage, 422, "prompt_rejected")
        await stage.press(await stage.ask(), "generate")
        root = await stage.root("policy")
        await stage.ws.click(MIA, DESIGN, root.ts, "reword")
        view = await stage.ws.until(lambda: stage.ws.view(MIA))

        assert view is not None
        assert FOX in str(view.body)


@pytest.mark.parametrize(
    ("status", "word", "says"),
    [(401, "unauthorized", "refuses Easel's key"), (402, "insufficient_credits", "out of credits")],
)
async def test_admins_hear_once_of_what_only_they_can_mend(
    stage: Stage, status: int, word: str, says: str
) -> None:
    """Three requests fail for the same reason: the asker reads it three times, admins hear once."""
    async with stage.bot():
        refuse(stage, status, word)
        for prompt in ("a fox", "a hen", "a cow"):
            await stage.press(await stage.ask(prompt), "generate")
            await stage.root(f"{prompt}.*{FAULTS[word].sentence[:30]}")
        first = await told(stage, says)
        await stage.press(await stage.ask("a pig"), "generate")
        await stage.root(f"a pig.*{FAULTS[word].sentence[:30]}")

        assert len(first) == 1
        assert len(await told(stage, says)) == 1
        assert "An admin of Easel has been told" in FAULTS[word].remedy


async def test_what_was_declined_can_be_changed(stage: Stage) -> None:
    """The card of a request that an admin declined leads back to its form; nothing is held."""
    async with stage.bot():
        await click(stage, await waiting(stage), "decline")
        await opened(stage, "Decline", user=ADA)
        await stage.ws.submit_view(ADA, {"reason": ""})
        card = await stage.card("An admin declined this picture.*You were not charged")
        await stage.press(card, "reword")
        view = await form(stage, "Generate · 4 credits")
        await stage.ws.view_action(MIA, "compose_quality", "low")
        await form(stage, "Generate · 1 credit")
        await stage.ws.submit_view(MIA, {})
        await stage.done(1)

        assert FOX in str(view.body)
        assert (await stage.quota())["Charged"] == "1"


async def test_what_lapsed_can_be_asked_again(stage: Stage) -> None:
    """The card of a request that nobody approved leads to a new one, which waits as well."""
    async with stage.bot():
        await waiting(stage)
        await stage.write("UPDATE approval_requests SET lapses = 0")
    async with stage.bot():
        card = await stage.card("No admin approved this picture within 24 hours")
        await stage.press(card, "again")
        await stage.press(await stage.card("Generate · 4 credits"), "generate")
        await stage.card("Waiting for an admin: 4 credits held")


async def test_a_picture_to_edit_that_is_gone(stage: Stage) -> None:
    """The form that its failure leads to lets it go, and another picture take its place."""
    async with stage.bot():
        gone = await stage.ws.upload(MIA, "gone.png", png())
        asked = await stage.ws.send(MIA, DESIGN, "@Easel make it night", files=[gone.id])
        card = await stage.card("Generate · 4 credits")
        gone.deleted = True
        await stage.press(card, "generate")
        await stage.card("can no longer be fetched")
        [root] = stage.ws.messages(DESIGN, thread_ts=asked.ts)[1:]
        await stage.press(root, "reword")
        await form(stage)
        fresh = await stage.ws.upload(MIA, "fresh.png", png("teal"))
        await stage.ws.submit_view(MIA, {"compose_keep_0": [], "compose_files": [fresh.id]})
        await stage.ws.until(stage.shares)

        assert len(stage.pixapi.asked[-1].images) == 1


async def test_where_easel_may_not_post(stage: Stage) -> None:
    """Refused while it posts its message, a request can be asked again: somewhere else, too."""
    async with stage.bot():
        stage.faults.arm("error", "chat.postMessage", times=None, error="is_archived")
        await stage.press(await stage.ask(), "generate")
        card = await stage.card("This channel was archived")
        stage.ws.world.channels[DESIGN].is_archived = True
        stage.faults.clear()
        await stage.press(card, "again")
        await stage.press(await stage.card("Generate · 4 credits"), "generate")
        await stage.press(await stage.card("Make it in my messages with Easel"), "move")
        await stage.press(await stage.card("will come to your direct message"), "generate")
        await stage.root("Done · ", channel=stage.ws.direct(MIA).id)

        assert stage.submits() == 1
