"""A SQLite database with something in every table, and what stands in a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.budget import Cap, Scope
from bot.core.grammar import Defaults
from bot.core.job import (
    ChannelId,
    Credits,
    Job,
    JobState,
    Picture,
    Quality,
    Size,
    TaskId,
    TeamId,
    Ts,
)
from bot.core.limits import Policy
from bot.core.notices import Notice, Trouble
from bot.core.periods import Calendar, Period
from bot.core.person import Preferences
from bot.core.requests import ApprovalRequest, Decision, Outcome, RequestId, RequestKind
from bot.features.admission import Held
from bot.store import budget, controls, jobs, notices, person, pictures, requests, threads
from bot.store.db import Database
from bot.store.tables import metadata
from tests.store import world
from tests.store.other import connected
from tests.store.world import ADA, DESIGN, MIA, NOW, TEAM, TODAY, TOM

OTHER, LAUNCH = TeamId("T2"), ChannelId("C-launch")
TABLES = metadata.sorted_tables


async def furnished(db: Database, text: str, content: bytes) -> None:
    """Let everything have happened that leaves something; people wrote this text."""
    async with db.write() as tx:
        await controls.adopt_calendar(tx, Calendar.fixed(ZoneInfo("Africa/Cairo"), 6), NOW)
        await controls.adopt_calendar(tx, Calendar.fixed(ZoneInfo("Asia/Kathmandu")), NOW)
        days = (TODAY, TODAY + timedelta(days=3))
        await controls.add_grant(tx, Scope(TEAM, LAUNCH), Credits(3), days, text, ADA, NOW)
        for limit, scope in ((0, Scope(OTHER)), (None, Scope(TEAM)), (8, Scope(TEAM, LAUNCH))):
            cap = Cap(Period.WEEK, None if limit is None else Credits(limit))
            await controls.set_cap(tx, scope, cap, ADA, NOW)
        await controls.pause(tx, Scope(OTHER), ADA, NOW)
        await budget.lock(tx, OTHER, NOW + timedelta(microseconds=1))
        await threads.first_sight(tx, TEAM, DESIGN, Ts("1.5"), NOW)
        await person.set_preferences(
            tx, TEAM, MIA, Preferences(Credits(5), Defaults(Size(1024, 1536), Quality.LOW))
        )
        asked = ApprovalRequest(
            RequestId("P1"),
            RequestKind.MORE,
            world.an_offer().place,
            MIA,
            None,
            Credits(9),
            text,
            NOW,
        )
        await requests.add(tx, asked)
        await requests.decide(tx, asked, Decision(Outcome.DECLINED, NOW, ADA, text))
        notice = Notice(TEAM, "seen", Trouble(text), user=ADA)
        await notices.add(tx, notice, NOW)
        await notices.claim(tx, notice, ADA, "a process", 60)
    for state in JobState:
        await _job(db, state, text, content)
    await world.offered(db, offer := world.an_offer(6, channel=LAUNCH, user=TOM))
    async with db.write() as tx:  # three of the grant, and a level of the cap is reached
        assert isinstance(await world.hold(tx, offer), Held)


async def _job(db: Database, state: JobState, text: str, content: bytes) -> Job:
    """A job that has come as far as this."""
    offer = world.an_offer()
    offer = replace(offer, request=replace(offer.request, prompt=text), notes=(text, "cut"))
    await world.offered(db, offer)
    if state is JobState.OFFERED:
        return offer
    async with db.write() as tx:
        waits = Credits(1) if state is JobState.WAITING else None
        await controls.set_policy(tx, Scope(TEAM, DESIGN), Policy(waits, (50, 80)), ADA, NOW)
        outcome = await world.hold(tx, offer)
        assert isinstance(outcome, Held)
        if state in {JobState.WAITING, JobState.QUEUED}:
            return outcome.job
        if state is JobState.CANCELLED:
            assert await requests.stop(tx, outcome.job, NOW) is not None
            return outcome.job
        job = await jobs.begin(tx, TEAM, offer.id)
        assert job is not None
        job = await jobs.record(tx, job, state=JobState.SUBMITTING)
        match state:
            case JobState.SUBMITTING:
                return job
            case JobState.FAILED:
                await budget.release(tx, job, NOW)
                return await jobs.record(tx, job, state=state, fault="declined", detail=text)
            case JobState.UNKNOWN:
                await budget.mark_unknown(tx, job, NOW)
                return await jobs.record(tx, job, state=state)
        job = await jobs.record(
            tx, job, state=JobState.RUNNING, task=TaskId("t-1"), submitted=NOW, root=Ts("9.1")
        )
        if state is JobState.RUNNING:
            return job
        job = await jobs.record(tx, job, state=JobState.DELIVERING)
        await budget.charge(tx, job, Credits(5), NOW)
        picture = Picture(1, Size(64, 64), "image/png", "stored:")
        job = await pictures.keep(tx, job, [(picture, content)])
        if state is JobState.DONE:
            job = await jobs.record(tx, await pictures.shared(tx, job), state=state)
        return job


def everything(address: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in an order that is the same everywhere."""
    with connected(address) as other:
        return {
            table.name: sorted((tuple(row) for row in other.execute(sa.select(table))), key=repr)
            for table in TABLES
        }


def without_nul(value: Any) -> Any:
    """What PostgreSQL can hold of it."""
    match value:
        case str():
            return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
        case list() | tuple():
            return type(value)(without_nul(one) for one in value)
        case dict():
            return {without_nul(name): without_nul(one) for name, one in value.items()}
        case _:
            return value
