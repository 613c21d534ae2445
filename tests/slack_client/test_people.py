"""People and channels, against the embedded workspace."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from typing import TYPE_CHECKING, Any

import pytest

from bot.core.job import ChannelId, Role, TeamId, UserId
from bot.demo.slack import seed as acme_studio
from bot.slack.errors import SlackRefused
from bot.slack.people import role

if TYPE_CHECKING:
    from bot.demo.slack.workspace import Workspace
    from bot.slack.client import Slack

DESIGN, RANDOM = ChannelId(acme_studio.DESIGN), ChannelId(acme_studio.RANDOM)
MIA, ADA = UserId(acme_studio.MIA), UserId(acme_studio.ADA)
NOBODY: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (acme_studio.MIA, Role.MEMBER),
        (acme_studio.ADA, Role.ADMIN),
        (acme_studio.GUS, Role.GUEST),
        (acme_studio.SAM, Role.STRANGER),
    ],
)
async def test_roles(acme: Slack, user: str, expected: Role) -> None:
    """Members, admins, guests and strangers are told apart."""
    person = await acme.person(UserId(user))

    assert person.role is expected
    assert person.name
    assert not person.deleted
    assert not person.is_bot


async def test_bots_and_leavers(acme: Slack, ws: Workspace) -> None:
    """A bot is one, and somebody who has left is marked so once their data is fresh."""
    assert (await acme.person(UserId(ws.bot_user_id))).is_bot
    await acme.person(MIA)
    ws.world.users[MIA].deleted = True

    assert not (await acme.person(MIA)).deleted
    assert (await acme.person(MIA, fresh=True)).deleted


async def test_nobody(acme: Slack) -> None:
    """An unknown id is a refusal, not a person."""
    with pytest.raises(SlackRefused) as caught:
        await acme.person(UserId("UNOBODY001"))

    assert caught.value.code == "user_not_found"


async def test_single_flight(acme: Slack, ws: Workspace) -> None:
    """200 clicks at once ask about the person and the channel once."""
    people = await asyncio.gather(*[acme.person(MIA) for _ in range(200)])
    channels = await asyncio.gather(*[acme.channel(DESIGN) for _ in range(200)])

    assert len(set(people)) == len(set(channels)) == 1
    assert len(ws.calls_of("users.info")) == 1
    assert len(ws.calls_of("conversations.info")) == 1
    assert len(ws.calls_of("auth.test")) == 1


async def test_channels(acme: Slack, ws: Workspace) -> None:
    """What decides over posting is told: member, archived, shared, private, direct message."""
    facts = {
        acme_studio.DESIGN: (True, False, False, False, False),
        acme_studio.RANDOM: (False, False, False, False, False),
        acme_studio.ARCHIVE: (True, True, False, False, False),
        acme_studio.MARKETING: (True, False, True, False, False),
        ws.direct(MIA).id: (True, False, False, True, True),
    }
    for key, expected in facts.items():
        channel = await acme.channel(ChannelId(key))
        found = (
            channel.is_member,
            channel.is_archived,
            channel.is_shared,
            channel.is_private,
            channel.is_im,
        )
        assert found == expected, key

    with pytest.raises(SlackRefused) as caught:
        await acme.channel(ChannelId(acme_studio.LEADERSHIP))
    assert caught.value.code == "channel_not_found"


async def test_join(acme: Slack) -> None:
    """After joining a channel the next question knows of it."""
    assert not (await acme.channel(RANDOM)).is_member
    await acme.join(RANDOM)

    assert (await acme.channel(RANDOM)).is_member


async def test_join_private(acme: Slack) -> None:
    """A private channel cannot be joined: somebody has to invite."""
    with pytest.raises(SlackRefused):
        await acme.join(ChannelId(acme_studio.LEADERSHIP))


async def test_admins(acme: Slack) -> None:
    """Workspace admins decide, and those who are listed; nobody else."""
    assert await acme.is_admin(ADA, NOBODY)
    assert not await acme.is_admin(MIA, NOBODY)
    assert await acme.is_admin(MIA, frozenset({MIA}))
    assert not await acme.is_admin(MIA, frozenset({"UOTHER0001"}))


async def test_admin_left(acme: Slack, ws: Workspace) -> None:
    """An admin who has left decides nothing."""
    ws.world.users[ADA].deleted = True

    assert not await acme.is_admin(ADA, NOBODY)


async def test_admin_groups(acme: Slack, ws: Workspace) -> None:
    """Members of a listed user group decide; the group is asked for once in a while."""
    scopes = {*ws.world.app.scopes, "usergroups:read"}
    ws.world.app = dataclasses.replace(ws.world.app, scopes=tuple(scopes))
    ws.world.usergroups["SPAINTERS"] = {"name": "p", "handle": "p", "users": [MIA]}
    groups = frozenset({"SPAINTERS"})

    assert await acme.is_admin(MIA, groups)
    assert await acme.is_admin(MIA, groups)
    assert not await acme.is_admin(UserId(acme_studio.NOAH), groups)
    assert len(ws.calls_of("usergroups.users.list")) == 1


async def test_unreadable_group(acme: Slack, caplog: pytest.LogCaptureFixture) -> None:
    """A group that Slack does not tell us about makes nobody an admin, and the log says so."""
    caplog.set_level(logging.WARNING)
    groups = frozenset({"SGONE00001"})

    assert not await acme.is_admin(MIA, groups)
    assert "SGONE00001 makes nobody an admin" in caplog.text


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"team_id": "T1"}, Role.MEMBER),
        ({}, Role.MEMBER),
        ({"team_id": "T2"}, Role.STRANGER),
        ({"team_id": "T2", "is_admin": True}, Role.STRANGER),
        ({"team_id": "T1", "is_stranger": True}, Role.STRANGER),
        ({"team_id": "T2", "enterprise_user": {"teams": ["T1", "T2"]}}, Role.MEMBER),
        ({"team_id": "T1", "enterprise_user": {"is_owner": True}}, Role.ADMIN),
        ({"team_id": "T1", "is_primary_owner": True}, Role.ADMIN),
        ({"team_id": "T1", "is_restricted": True, "is_admin": True}, Role.GUEST),
        ({"team_id": "T1", "is_ultra_restricted": True}, Role.GUEST),
        ({"team_id": "T1", "enterprise_user": None}, Role.MEMBER),
    ],
)
def test_role(user: dict[str, Any], expected: Role) -> None:
    """In doubt the lesser role counts; on Grid the organisation's workspaces are home."""
    assert role(user, TeamId("T1")) is expected
