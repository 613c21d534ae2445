"""What a job costs once it is known what arrived. Pure.

Source: the provider bills successful outputs by their real pixels; a `costCredits` in its answer
is its own word on it and wins (product.md, section 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.catalogue import Catalogue
from bot.core.errors import Mistake
from bot.core.job import Credits, Job, Size


@dataclass(frozen=True, slots=True)
class Charge:
    """What is charged, and what the price table makes of the same pictures; both in credits."""

    credits: Credits
    computed: Credits

    @property
    def drift(self) -> Credits:
        """How much more the provider says than the price table; negative when it says less."""
        return Credits(self.credits - self.computed)


def charge_for(
    catalogue: Catalogue,
    job: Job,
    sizes: Sequence[Size],
    cost_credits: int | None,
    *,
    unseen: int = 0,
) -> Charge:
    """The charge for pictures of these real sizes; `cost_credits` is the provider's word.

    `unseen` pictures were made and cannot be opened: they count as what was agreed for one.
    """
    arrived = sum(_cell(catalogue, job, size) for size in sizes)
    computed = Credits(arrived + unseen * job.price.each)
    return Charge(computed if cost_credits is None else Credits(cost_credits), computed)


def _cell(catalogue: Catalogue, job: Job, size: Size) -> Credits:
    """The cell of a picture; where the table has no price for it, what was agreed for one."""
    try:
        model = catalogue.find(job.request.model)
        return catalogue.cell(model, catalogue.tier_of(model, size), job.request.quality)
    except Mistake:
        return job.price.each
