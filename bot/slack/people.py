"""Who and where: people with their role, channels with what Easel may do there; remembered briefly.

`users.info` and `conversations.info` are met by every click and allow 100 and 50 calls a minute
(https://docs.slack.dev/apis/web-api/rate-limits).
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.core.job import ChannelId, Role, TeamId, UserId
from bot.slack.errors import SlackError, SlackRefused
from bot.slack.wire import REPEATABLE, WALKING, Wire, part, text

if TYPE_CHECKING:
    import aiohttp
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.pace import Pace

log = logging.getLogger(__name__)
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

PEOPLE_SECONDS = 300.0
DECIDERS_SECONDS = 6 * 3600.0  # each of them is looked at again before they are told something
PAGE = 1_000  # people in one answer: the list of a large workspace allows twenty answers a minute
CHANNEL_SECONDS = 60.0
DIRECT_SECONDS = 86_400.0  # the conversation with somebody is always the same

KEPT = 5_000
"""Values kept by one cache; beyond it the oldest goes."""


class Cache(Generic[K, V]):
    """What `fetch` said about a key, for some seconds from its arrival; a failure is not kept."""

    def __init__(
        self,
        fetch: Callable[[K], Awaitable[V]],
        lifetime: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._lifetime = lifetime  # seconds
        self._clock = clock
        self._kept: dict[K, tuple[float, V]] = {}  # arrived at, value; the oldest first
        self._flights: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, *, fresh: bool = False) -> V:
        """The value, kept or fetched. `fresh` passes over what is kept, but joins a call under way.

        Somebody who stops waiting does not take the call away from the others.
        """
        if not fresh and self.has(key):
            return self._kept[key][1]
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._fly(key))
            self._flights[key] = flight
            flight.add_done_callback(_seen)
        return await asyncio.shield(flight)

    def has(self, key: K) -> bool:
        """Whether a key is known now: nobody has to be asked."""
        kept = self._kept.get(key)
        return kept is not None and self._clock() - kept[0] < self._lifetime

    def forget(self, key: K) -> None:
        """What is known about a key is no longer true; a call under way is not kept either."""
        self._kept.pop(key, None)
        self._flights.pop(key, None)

    async def _fly(self, key: K) -> V:
        me = asyncio.current_task()
        try:
            value = await self._fetch(key)
            if self._flights.get(key) is me:
                self._kept.pop(key, None)
                self._kept[key] = (self._clock(), value)
                if len(self._kept) > KEPT:
                    del self._kept[next(iter(self._kept))]
            return value
        finally:
            if self._flights.get(key) is me:
                del self._flights[key]


def _seen(flight: asyncio.Task[V]) -> None:
    """Look at a failure, so that asyncio does not report it when everybody stopped waiting."""
    if not flight.cancelled():
        flight.exception()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who Easel is in this workspace."""

    team: TeamId
    user: UserId  # the bot's own user
    bot_id: str  # in the messages that it posts
    scopes: frozenset[str]  # granted to the token


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation as Easel sees it. Its name is untrusted text, empty in direct messages."""

    id: ChannelId
    name: str
    is_member: bool  # Easel may post and share files here
    is_archived: bool
    is_private: bool
    is_im: bool
    is_shared: bool  # with people from other organisations (Slack Connect)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as far as spending and deciding go. The name is untrusted text."""

    id: UserId
    name: str
    role: Role
    zone: str | None  # as in "Europe/Berlin"
    deleted: bool
    is_bot: bool


class People(Wire):
    """Questions about people and conversations; the answers are kept for a short while."""

    def __init__(self, web: AsyncWebClient, session: aiohttp.ClientSession, pace: Pace) -> None:
        super().__init__(web, session, pace)
        self._identity = Cache(self._ask_identity, math.inf)
        self._channels = Cache(self._ask_channel, CHANNEL_SECONDS)
        self._people = Cache(self._ask_person, PEOPLE_SECONDS)
        self._directs = Cache(self._ask_direct, DIRECT_SECONDS)
        self._groups = Cache(self._ask_group, PEOPLE_SECONDS)
        self._deciders = Cache(self._ask_deciders, DECIDERS_SECONDS)

    async def identity(self) -> Identity:
        """Team, bot user and scopes of the token; known for good once Slack has said it."""
        return await self._identity.get(None)

    async def stay_acquainted(self) -> None:
        """Ask who we are until Slack says it, and again for as long as it refuses the token."""
        while True:
            try:
                await self._identity.get(None, fresh=self.cut_off is not None)
                await self._is_cut_off.wait()
            except SlackError as error:
                log.info("Slack does not say who Easel is: %s", error)
            await asyncio.sleep(self._pace.acquaintance)

    async def channel(self, channel: ChannelId, *, fresh: bool = False) -> Channel:
        """A conversation, at most a minute old. A private one without Easel is refused.

        Raises SlackRefused: `channel_not_found`.
        """
        return await self._channels.get(channel, fresh=fresh)

    async def is_member(self, channel: ChannelId, user: UserId) -> bool:
        """Whether somebody is in a conversation now.

        Raises SlackRefused for one that Easel does not see: `channel_not_found`.
        """
        query = {"channel": channel, "limit": PAGE}
        async for answer in self._pages("conversations.members", query):
            if user in (answer.get("members") or ()):
                return True
        return False

    async def is_public(self, channel: ChannelId) -> bool:
        """Whether everybody may read a conversation's name, as far as Slack says so now."""
        try:
            return not (await self.channel(channel)).is_private
        except SlackError:
            return False

    async def join(self, channel: ChannelId) -> None:
        """Enter a public channel; the members see that. Private ones are refused."""
        await self._call("conversations.join", REPEATABLE, json={"channel": channel})
        self._channels.forget(channel)

    async def person(self, user: UserId, *, fresh: bool = False) -> Person:
        """Somebody, at most five minutes old. Raises SlackRefused: `user_not_found`."""
        return await self._people.get(user, fresh=fresh)

    async def direct_channel(self, user: UserId, *, fresh: bool = False) -> ChannelId:
        """Somebody's direct message with Easel; `fresh` refuses those who have left since."""
        return await self._directs.get(user, fresh=fresh)

    def knows(self, user: UserId) -> bool:
        """Whether nothing about somebody and the way to them has to be asked now."""
        return self._people.has(user) and self._directs.has(user)

    async def is_admin(self, user: UserId, admins: frozenset[str], *, fresh: bool = False) -> bool:
        """Whether somebody decides: the workspace's admins and owners, and those listed.

        `admins` holds user ids and ids of user groups (`S…`).
        """
        if user in admins:
            return True
        person = await self.person(user, fresh=fresh)
        if person.role is Role.ADMIN and not person.deleted:
            return True
        for group in sorted(admins):
            if group.startswith("S") and user in await self._groups.get(group, fresh=fresh):
                return True
        return False

    async def every_admin(self, admins: frozenset[str]) -> tuple[UserId, ...]:
        """Everybody who decides, some hours old at most; `admins` as for `is_admin`.

        Ask `is_admin` of each before they are told something.
        """
        listed = {UserId(one) for one in admins if not one.startswith("S")}
        for group in sorted(admins):
            if group.startswith("S"):
                listed |= {UserId(one) for one in await self._groups.get(group)}
        return tuple(sorted(listed | await self._deciders.get(None)))

    async def _ask_deciders(self, _key: None) -> frozenset[UserId]:
        """The workspace's admins and owners: Slack has no shorter way than its whole list."""
        method, team = "users.list", (await self.identity()).team
        found: set[UserId] = set()
        async for answer in self._pages(method, {"limit": PAGE}, WALKING):
            for one in answer.get("members") or ():
                gone = one.get("deleted") or one.get("is_bot") or one.get("id") == "USLACKBOT"
                if role(one, team) is Role.ADMIN and not gone:
                    found.add(UserId(text(one, "id", method)))
        return frozenset(found)

    async def _ask_identity(self, _key: None) -> Identity:
        method = "auth.test"
        answer, headers = await self._call_with_headers(method, REPEATABLE)
        scopes = next((v for k, v in headers.items() if k.lower() == "x-oauth-scopes"), "")
        return Identity(
            team=TeamId(text(answer, "team_id", method)),
            user=UserId(text(answer, "user_id", method)),
            bot_id=text(answer, "bot_id", method),
            scopes=frozenset(scope.strip() for scope in scopes.split(",")) - {""},
        )

    async def _ask_channel(self, channel: ChannelId) -> Channel:
        method = "conversations.info"
        answer = await self._call(method, REPEATABLE, query={"channel": channel})
        found = part(answer, "channel", method)
        is_im = bool(found.get("is_im"))
        return Channel(
            id=channel,
            name=str(found.get("name") or ""),
            is_member=is_im or bool(found.get("is_member")),
            is_archived=bool(found.get("is_archived")),
            is_private=is_im or bool(found.get("is_private") or found.get("is_mpim")),
            is_im=is_im,
            is_shared=bool(found.get("is_ext_shared")),
        )

    async def _ask_person(self, user: UserId) -> Person:
        method = "users.info"
        team = (await self.identity()).team
        answer = await self._call(method, REPEATABLE, query={"user": user})
        found = part(answer, "user", method)
        profile = found.get("profile")
        shown = profile.get("display_name") if isinstance(profile, dict) else None
        names = (shown, found.get("real_name"), found.get("name"), user)
        return Person(
            id=user,
            name=str(next(name for name in names if name)),
            role=role(found, team),
            zone=str(found["tz"]) if found.get("tz") else None,
            deleted=bool(found.get("deleted")),
            is_bot=bool(found.get("is_bot")),
        )

    async def _ask_direct(self, user: UserId) -> ChannelId:
        method = "conversations.open"
        answer = await self._call(method, REPEATABLE, json={"users": user})
        return ChannelId(text(part(answer, "channel", method), "id", method))

    async def _ask_group(self, group: str) -> frozenset[str]:
        """Members of a user group. One that Slack does not tell us about makes nobody an admin."""
        method = "usergroups.users.list"
        try:
            answer = await self._call(method, REPEATABLE, query={"usergroup": group})
        except SlackRefused as refusal:
            log.warning("the user group %s makes nobody an admin: %s", group, refusal.code)
            return frozenset()
        users = answer.get("users")
        return frozenset(str(user) for user in users) if isinstance(users, list) else frozenset()


def role(user: dict[str, Any], team: TeamId) -> Role:
    """What a user object says about somebody's place in this workspace.

    https://docs.slack.dev/reference/objects/user-object. On Enterprise Grid the user object may
    name another workspace of the same organisation; `enterprise_user.teams` then lists ours.
    """
    grid = user.get("enterprise_user")
    grid = grid if isinstance(grid, dict) else {}
    teams = grid.get("teams")
    at_home = user.get("team_id") in {team, None} or (isinstance(teams, list) and team in teams)
    if user.get("is_stranger") or not at_home:
        return Role.STRANGER
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Role.GUEST
    flags = ("is_admin", "is_owner", "is_primary_owner")
    if any(user.get(flag) or grid.get(flag) for flag in flags):
        return Role.ADMIN
    return Role.MEMBER
