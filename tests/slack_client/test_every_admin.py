"""Everybody who decides: the workspace's admins and owners, and those whom the settings list."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import pytest

from bot.core.job import UserId
from bot.demo.slack import seed as acme_studio
from bot.slack import people
from bot.slack.errors import SlackBusy, SlackRefused
from tests.slack_client.crooked import refused

if TYPE_CHECKING:
    from bot.demo.slack.workspace import Workspace
    from bot.slack.client import Slack
    from tests.slack_client.crooked import Crooked

ADA, MIA, NOAH = (UserId(one) for one in (acme_studio.ADA, acme_studio.MIA, acme_studio.NOAH))
NOBODY: frozenset[str] = frozenset()


async def test_the_workspaces_own(acme: Slack, ws: Workspace) -> None:
    """Admins are found on every page of Slack's list; members, guests and bots are not among them.

    2,100 people are three pages.
    """
    for number in range(2_100):
        ws.add_user(f"UMEMBER{number:04}", f"Member {number}")
    ws.add_user("ULATEADMIN", "Late", role="admin")

    assert await acme.every_admin(NOBODY) == tuple(sorted((ADA, UserId("ULATEADMIN"))))
    assert len(ws.calls_of("users.list")) == 3


async def test_a_walk_waits_as_long_as_slack_says(
    acme: Slack, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tier 2 allows twenty pages a minute: a list that is longer is walked to its end, once."""
    monkeypatch.setattr(people, "PAGE", 1)
    ws.faults.arm("ratelimited", "users.list", skip=3, times=3, retry_after=61)
    first, second = await asyncio.gather(acme.every_admin(NOBODY), acme.every_admin(NOBODY))

    assert first == second == (ADA,)
    assert len(ws.calls_of("users.list")) == len(ws.world.users)


async def test_who_has_left(acme: Slack, ws: Workspace) -> None:
    """An admin who has left is not told."""
    ws.world.users[ADA].deleted = True

    assert await acme.every_admin(NOBODY) == ()


async def test_those_listed(acme: Slack, ws: Workspace) -> None:
    """People and members of user groups in the settings are told too, each once."""
    scopes = {*ws.world.app.scopes, "usergroups:read"}
    ws.world.app = dataclasses.replace(ws.world.app, scopes=tuple(scopes))
    ws.world.usergroups["SPAINTERS"] = {"name": "p", "handle": "p", "users": [NOAH, ADA]}

    assert await acme.every_admin(frozenset({MIA, ADA, "SPAINTERS"})) == tuple(
        sorted((ADA, MIA, NOAH))
    )


async def test_asked_once_for_many(acme: Slack, ws: Workspace) -> None:
    """A hundred notices at once ask Slack for its list once."""
    await asyncio.gather(*(acme.every_admin(NOBODY) for _ in range(100)))

    assert len(ws.calls_of("users.list")) == 1


async def test_half_a_list_is_no_list(slack: Slack, crooked: Crooked) -> None:
    """A list that ends in a refusal raises it: nobody is passed over in silence."""
    first = {"ok": True, "members": [], "response_metadata": {"next_cursor": "more"}}
    me = {"ok": True, "team_id": "T1", "user_id": "U1", "bot_id": "B1"}
    crooked.say(me, first, refused("missing_scope"))
    with pytest.raises((SlackRefused, SlackBusy)) as caught:
        await slack.every_admin(NOBODY)

    assert caught.value.code == "missing_scope"


async def test_bots_and_strangers_with_flags(slack: Slack, crooked: Crooked) -> None:
    """A bot, Slackbot, somebody from elsewhere: flags of an admin make none of them one."""
    people = [
        {"id": "U2", "team_id": "T1", "is_owner": True},
        {"id": "U3", "team_id": "T1", "is_admin": True, "is_bot": True},
        {"id": "U4", "team_id": "T2", "is_admin": True},
        {"id": "U5", "team_id": "T1", "is_admin": True, "deleted": True},
        {"id": "USLACKBOT", "team_id": "T1", "is_admin": True},
        {"id": "U6", "team_id": "T1", "is_admin": True, "is_ultra_restricted": True},
    ]
    me = {"ok": True, "team_id": "T1", "user_id": "U1", "bot_id": "B1"}
    crooked.say(me, {"ok": True, "members": people})

    assert await slack.every_admin(NOBODY) == (UserId("U2"),)
