"""Jobs that were confirmed on some day and came to some end: through the product's own steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import strategies as st

from bot.core.job import ChannelId, Credits, Job, JobState, Picture, Place, Size, Ts, UserId
from bot.features.admission import Held
from bot.store import budget, jobs, pictures
from bot.store.db import Database, Tx
from tests.store import world
from tests.store.world import DESIGN, GENERAL, MIA, TODAY, TOM


@dataclass(frozen=True, slots=True)
class Past:
    """What somebody asked for, and what became of it."""

    credits: int
    channel: ChannelId
    user: UserId
    days_ago: int
    end: str  # held, unknown, released, or charged
    charged: int  # credits, where it was
    images: int = 1
    thread: Ts | None = None
    deleted: bool = False

    @property
    def counts(self) -> int:
        """The credits that it takes from its budgets now."""
        return {"released": 0, "charged": self.charged}.get(self.end, self.credits)


def pasts(longest_ago: int = 20) -> st.SearchStrategy[Past]:
    """Any of them."""
    return st.builds(
        Past,
        credits=st.integers(1, 20),
        channel=st.sampled_from([DESIGN, GENERAL]),
        user=st.sampled_from([MIA, TOM]),
        days_ago=st.integers(0, longest_ago),
        end=st.sampled_from(["held", "unknown", "released", "charged", "charged"]),
        charged=st.integers(0, 25),
        images=st.integers(1, 3),
        thread=st.sampled_from([None, Ts("1.5"), Ts("2.5")]),
        deleted=st.booleans(),
    )


async def happened(db: Database, past: Past, rules: budget.Rules = world.NO_DEFAULT) -> bool:
    """Let it happen; False when no budget covered it."""
    day = TODAY - timedelta(days=past.days_ago)
    now = datetime.combine(day, time(12), UTC)
    offer = replace(world.an_offer(past.credits, channel=past.channel, user=past.user), created=now)
    offer = replace(offer, place=Place(offer.place.team, past.channel, past.thread))
    await world.offered(db, offer)
    async with db.write() as tx:
        held = await world.hold(tx, offer, now=now, today=day, rules=rules)
        if not isinstance(held, Held):
            return False
        if past.end == "held":
            return True
        job = await jobs.begin(tx, offer.place.team, offer.id)
        assert job is not None
        await _end(tx, await jobs.record(tx, job, state=JobState.SUBMITTING), past, now)
    return True


async def _end(tx: Tx, job: Job, past: Past, now: datetime) -> None:
    match past.end:
        case "released":
            await jobs.record(tx, job, state=JobState.FAILED)
            await budget.release(tx, job, now)
        case "unknown":
            await jobs.record(tx, job, state=JobState.UNKNOWN)
            await budget.mark_unknown(tx, job, now)
        case _:
            root = Ts(f"{job.id}.0")
            job = await jobs.record(tx, job, state=JobState.DELIVERING, root=root)
            await budget.charge(tx, job, Credits(past.charged), now)
            arrived = [
                (Picture(number + 1, Size(64, 64), "image/png", "https://x.test/"), None)
                for number in range(past.images)
            ]
            job = await pictures.shared(tx, await pictures.keep(tx, job, list(arrived)))
            if past.deleted:
                await jobs.delete(tx, job)
