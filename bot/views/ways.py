"""The buttons under a failure. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bot.core.choices import Choice, encode
from bot.core.errors import FAULTS, Way
from bot.core.job import Job
from bot.views import names
from bot.views.kit import Block, button, credits_

MODELS = 3  # that are offered where one has failed


def ways(job: Job, instead: Sequence[Choice] = ()) -> list[Block]:
    """What can be done about a failure; each leads to a card or a form that names its price."""
    fault = FAULTS.get(job.fault or "")
    this = names.Ref(job.id, job.revision)
    made: list[Block] = []
    for way in fault.ways if fault is not None else ():
        match way:
            case Way.AGAIN:
                made.append(button("Try again", names.AGAIN, str(this)))
            case Way.REWORD:
                made.append(button("Reword…", names.REWORD, str(this)))
            case Way.CHANGE:
                made.append(button("Change…", names.REWORD, str(this)))
            case Way.INSTEAD:
                made += [
                    button(
                        f"{one.label} · {credits_(one.price.credits)}",
                        f"{names.INSTEAD}_{number}",
                        str(names.Ref(job.id, job.revision, encode(one.request))),
                    )
                    for number, one in enumerate(instead[:MODELS])
                ]
            case _:
                assert_never(way)
    return made
