"""What admins decide beside caps: who may spend, what they approve, when they hear of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.job import Credits, Role

LEVELS = (50, 80, 100)
"""Percent of a budget at which admins hear of it, where nobody chose others."""


class Spenders(StrEnum):
    """Who may spend in a channel. Admins always may."""

    ADMINS = "admins"
    MEMBERS = "members"
    EVERYONE = "everyone"  # guests, and people from other workspaces in shared channels, too


@dataclass(frozen=True, slots=True)
class Policy:
    """What is set for a channel, or (as what counts for channels without) for the workspace.

    None: not set here.
    """

    approve_from: Credits | None = None  # prices from here on wait for an admin
    levels: tuple[int, ...] | None = None  # percent; empty: nobody hears of it
    spenders: Spenders | None = None


UNSET = Policy()


@dataclass(frozen=True, slots=True)
class Policies:
    """What counts in a channel: its own policy and the workspace's."""

    workspace: Policy
    channel: Policy
    default_spenders: Spenders  # the settings' word

    @property
    def approve_from(self) -> Credits | None:
        """The lower of the two levels; None: nothing waits for an admin."""
        levels = (self.workspace.approve_from, self.channel.approve_from)
        return min((level for level in levels if level is not None), default=None)

    @property
    def spenders(self) -> Spenders:
        """Who may spend in the channel."""
        return self.channel.spenders or self.workspace.spenders or self.default_spenders

    def levels(self, *, workspace: bool) -> tuple[int, ...]:
        """Alert levels of the workspace's own budget, or of the channel's and its people's."""
        own = None if workspace else self.channel.levels
        for levels in (own, self.workspace.levels):
            if levels is not None:
                return levels
        return LEVELS

    def waits(self, price: Credits) -> bool:
        """Whether a price waits for an admin's approval."""
        return self.approve_from is not None and price >= self.approve_from


def may_spend(role: Role, spenders: Spenders, *, is_admin: bool) -> bool:
    """Whether somebody may spend; `is_admin` knows of those that the settings list."""
    match spenders:
        case Spenders.EVERYONE:
            return True
        case Spenders.MEMBERS:
            return is_admin or role in {Role.MEMBER, Role.ADMIN}
        case Spenders.ADMINS:
            return is_admin
