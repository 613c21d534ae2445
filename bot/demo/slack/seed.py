"""The team that everybody meets first: Acme Studio."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.demo.slack.model import BOT_USER_ID, TEAM_ID, Channel, Kind, User

if TYPE_CHECKING:
    from bot.demo.slack.state import World

MIA = "UMIATORRES"  # member
NOAH = "UNOAHKIM01"  # member
ADA = "UADALINDQV"  # admin
GUS = "UGUSGUEST1"  # guest, in #design only
SAM = "USAMOTHERS"  # stranger, through the shared #marketing

GENERAL = "CGENERAL01"
DESIGN = "CDESIGN001"
MARKETING = "CMARKETING"  # shared with another workspace
RANDOM = "CRANDOM001"  # public, without the bot
ARCHIVE = "CARCHIVE01"  # archived
LEADERSHIP = "CLEADERSHI"  # private, without the bot
GROUP = "CMIANOAH01"  # a group direct message: Mia, Noah and the bot

STUDIO_LEADS = "SSTUDIOLEADS"  # a user group: Ada

PEOPLE = (
    User(MIA, "mia", "Mia Torres", "member", "4a154b", TEAM_ID),
    User(NOAH, "noah", "Noah Kim", "member", "1264a3", TEAM_ID),
    User(ADA, "ada", "Ada Lindqvist", "admin", "007a5a", TEAM_ID),
    User(GUS, "gus", "Gus Meyer", "guest", "9a6700", TEAM_ID),
    User(SAM, "sam", "Sam Okafor", "stranger", "b3261e", "TOTHERTEAM"),
)


def seed(world: World) -> None:
    """Fill an empty workspace."""
    name = world.app.name
    bot = User(BOT_USER_ID, name.lower(), name, "bot", "e01e5a", TEAM_ID)
    world.users = {one.id: replace(one) for one in (*PEOPLE, bot)}
    staff = {MIA, NOAH, ADA}
    add_channel(world, GENERAL, "general", "public", {*staff, BOT_USER_ID}, "Company-wide news")
    add_channel(world, DESIGN, "design", "public", {*staff, GUS, BOT_USER_ID}, "Pictures, mostly")
    shared = add_channel(
        world, MARKETING, "marketing", "public", {*staff, SAM, BOT_USER_ID}, "Campaigns"
    )
    shared.is_ext_shared = True
    add_channel(world, RANDOM, "random", "public", staff, "Anything else")
    archive = add_channel(world, ARCHIVE, "archive", "public", {*staff, BOT_USER_ID}, "Old things")
    archive.is_archived = True
    add_channel(world, LEADERSHIP, "leadership", "private", {MIA, ADA}, "Plans")
    handle = f"mpdm-mia--noah--{name.lower()}-1"
    add_channel(world, GROUP, handle, "mpim", {MIA, NOAH, BOT_USER_ID})
    for one in PEOPLE:
        world.direct(one.id)
    world.usergroups[STUDIO_LEADS] = {
        "name": "Studio leads",
        "handle": "studio-leads",
        "users": [ADA],
    }


def add_channel(
    world: World, channel_id: str, name: str, kind: Kind, members: set[str], topic: str = ""
) -> Channel:
    """Let there be one more channel."""
    channel = Channel(
        id=channel_id,
        name=name,
        kind=kind,
        creator=ADA,
        created=int(world.clock()),
        members=set(members),
        topic=topic,
    )
    return world.add_channel(channel)
