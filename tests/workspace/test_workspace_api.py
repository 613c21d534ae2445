"""The Web API: arguments, tokens, scopes and refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.demo.slack.seed import (
    ADA,
    ARCHIVE,
    DESIGN,
    GROUP,
    GUS,
    LEADERSHIP,
    MIA,
    RANDOM,
    STUDIO_LEADS,
)
from bot.demo.slack.workspace import Workspace
from tests.workspace.raw import call, card, refusal, without_scope

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

NOWHERE = "CNOWHERE01"


@pytest.mark.parametrize("form", ["params", "data", "json", "multipart"])
async def test_arguments_may_come_in_every_form(
    ws: Workspace, http: aiohttp.ClientSession, form: str
) -> None:
    """A message is posted the same from a query, a form, JSON or multipart."""
    values: Any = {"channel": DESIGN, "text": "hello"}
    if form == "multipart":
        form, values = "data", aiohttp.FormData(values, default_to_multipart=True)
    sent: dict[str, Any] = {form: values}
    headers = {"Authorization": f"Bearer {ws.bot_token}"}
    async with http.post(f"{ws.api_url}chat.postMessage", headers=headers, **sent) as answer:
        body = await answer.json()

    assert body["ok"]
    assert [one.text for one in ws.messages(DESIGN)] == ["hello"]


@pytest.mark.parametrize(
    ("method", "values"),
    [
        ("conversations.info", {"channel": DESIGN}),
        ("files.getUploadURLExternal", {"filename": "a.png", "length": 3}),
    ],
)
async def test_json_body_is_overlooked_where_slack_takes_forms_only(
    ws: Workspace, http: aiohttp.ClientSession, method: str, values: dict[str, Any]
) -> None:
    """A JSON body of a method that takes forms only counts as no arguments."""
    headers = {"Authorization": f"Bearer {ws.bot_token}"}
    async with http.post(f"{ws.api_url}{method}", headers=headers, json=values) as answer:
        body = await answer.json()

    assert body["error"] == "invalid_arguments"
    assert "missing required field" in body["response_metadata"]["messages"][0]


async def test_token_may_be_an_argument(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """A token in the form is as good as one in the header."""
    async with http.post(f"{ws.api_url}auth.test", data={"token": ws.bot_token}) as answer:
        body = await answer.json()

    assert (body["ok"], body["user_id"], body["team_id"]) == (True, ws.bot_user_id, ws.team_id)


@pytest.mark.parametrize(
    ("token", "error"), [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("app", "other")]
)
async def test_wrong_tokens_are_refused(
    ws: Workspace, http: aiohttp.ClientSession, token: str, error: str
) -> None:
    """No token, an unknown one and the wrong kind of token are three refusals."""
    expected = {"other": "not_allowed_token_type"}.get(error, error)
    token = ws.app_token if token == "app" else token
    answer = await call(http, ws, "auth.test", token=token)

    assert answer == {"ok": False, "error": expected}


async def test_unknown_method_is_refused(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """A method that does not exist is answered with unknown_method."""
    assert await refusal(http, ws, "chat.postMassage") == "unknown_method"


async def test_granted_scopes_are_in_the_header(sdk: AsyncWebClient) -> None:
    """auth.test tells the granted scopes in a header, as Slack does."""
    answer = await sdk.auth_test()
    names = {name.lower(): value for name, value in answer.headers.items()}

    assert "files:write" in names["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(
    ("scope", "method", "args"),
    [
        ("chat:write", "chat.postMessage", {"channel": DESIGN, "text": "x"}),
        ("channels:read", "conversations.info", {"channel": DESIGN}),
        ("groups:read", "conversations.info", {"channel": LEADERSHIP}),
        ("im:read", "conversations.info", {"channel": "DMIATORRES"}),
        ("mpim:read", "conversations.info", {"channel": GROUP}),
        ("mpim:history", "conversations.history", {"channel": GROUP}),
        ("channels:history", "conversations.replies", {"channel": DESIGN, "ts": "1"}),
        ("channels:join", "conversations.join", {"channel": RANDOM}),
        ("im:write", "conversations.open", {"users": MIA}),
        ("users:read", "users.info", {"user": MIA}),
        ("usergroups:read", "usergroups.list", {}),
        ("files:write", "files.getUploadURLExternal", {"filename": "a", "length": 1}),
        ("files:read", "files.info", {"file": "F1"}),
    ],
)
async def test_a_scope_missing_in_the_manifest_is_missed(
    http: aiohttp.ClientSession, scope: str, method: str, args: dict[str, Any]
) -> None:
    """Each method asks for its scope, and says which one it wants."""
    async with await Workspace.start(manifest=without_scope(scope)) as ws:
        answer = await call(http, ws, method, **args)

    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
    assert scope not in answer["provided"].split(",")


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("chat.postMessage", {"channel": NOWHERE, "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": LEADERSHIP, "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": RANDOM, "text": "x"}, "not_in_channel"),
        ("chat.postMessage", {"channel": ARCHIVE, "text": "x"}, "is_archived"),
        ("chat.postMessage", {"channel": DESIGN}, "no_text"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": DESIGN, "blocks": "{["}, "invalid_blocks_format"),
        (
            "chat.postMessage",
            {"channel": DESIGN, "blocks": [{"type": "divider"}] * 51},
            "invalid_blocks",
        ),
        (
            "chat.postMessage",
            {"channel": DESIGN, "text": "x", "thread_ts": "1700000000.000001"},
            "thread_not_found",
        ),
        (
            "chat.postMessage",
            {"channel": DESIGN, "text": "x", "thread_ts": "0"},
            "invalid_thread_ts",
        ),
        (
            "chat.postMessage",
            {"channel": DESIGN, "text": "x", "metadata": {"a": 1}},
            "invalid_metadata_format",
        ),
        ("chat.postEphemeral", {"channel": RANDOM, "user": MIA, "text": "x"}, "not_in_channel"),
        (
            "chat.postEphemeral",
            {"channel": "CMARKETING", "user": GUS, "text": "x"},
            "user_not_in_channel",
        ),
        (
            "chat.postEphemeral",
            {"channel": DESIGN, "user": MIA, "text": "x" * 4001},
            "msg_too_long",
        ),
        ("chat.update", {"channel": DESIGN, "ts": "1.1", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": DESIGN, "ts": "1.1"}, "message_not_found"),
        ("chat.getPermalink", {"channel": DESIGN, "message_ts": "1.1"}, "message_not_found"),
        ("conversations.info", {"channel": NOWHERE}, "channel_not_found"),
        ("conversations.info", {"channel": LEADERSHIP}, "channel_not_found"),
        ("conversations.list", {"types": "nonsense"}, "invalid_types"),
        ("conversations.list", {"cursor": "nonsense!"}, "invalid_cursor"),
        ("conversations.join", {"channel": ARCHIVE}, "is_archived"),
        ("conversations.join", {"channel": LEADERSHIP}, "channel_not_found"),
        (
            "conversations.join",
            {"channel": "DMIATORRES"},
            "method_not_supported_for_channel_type",
        ),
        ("conversations.open", {"users": "UNOBODY001"}, "user_not_found"),
        ("conversations.history", {"channel": RANDOM}, "not_in_channel"),
        ("conversations.replies", {"channel": DESIGN, "ts": "1.1"}, "thread_not_found"),
        ("users.info", {"user": "UNOBODY001"}, "user_not_found"),
        ("usergroups.users.list", {"usergroup": "SNONE"}, "no_such_subteam"),
        ("api.test", {"error": "my_error"}, "my_error"),
    ],
)
async def test_slack_s_refusals(
    ws: Workspace, http: aiohttp.ClientSession, method: str, args: dict[str, Any], error: str
) -> None:
    """What Slack refuses is refused, in Slack's words, and recorded as refused."""
    assert await refusal(http, ws, method, **args) == error
    assert [(one.method, one.ok, one.error) for one in ws.calls] == [(method, False, error)]


async def test_bot_changes_only_its_own_messages(
    ws: Workspace, http: aiohttp.ClientSession
) -> None:
    """A person's message can be neither updated nor deleted by the bot."""
    message = await ws.send(MIA, DESIGN, "mine")
    place = {"channel": DESIGN, "ts": message.ts}

    assert await refusal(http, ws, "chat.update", text="x", **place) == "cant_update_message"
    assert await refusal(http, ws, "chat.delete", **place) == "cant_delete_message"


async def test_update_refuses_more_than_4000_characters(
    ws: Workspace, http: aiohttp.ClientSession
) -> None:
    """chat.update takes 4,000 characters of text and refuses one more."""
    ts = (await call(http, ws, "chat.postMessage", channel=DESIGN, text="x"))["ts"]
    place = {"channel": DESIGN, "ts": ts}

    assert await refusal(http, ws, "chat.update", text="x" * 4000, **place) is None
    assert await refusal(http, ws, "chat.update", text="x" * 4001, **place) == "msg_too_long"
    assert await refusal(http, ws, "chat.update", **place) == "no_text"


async def test_long_posts_are_cut(ws: Workspace, sdk: AsyncWebClient) -> None:
    """chat.postMessage cuts a text at 40,000 characters."""
    await sdk.chat_postMessage(channel=DESIGN, text="x" * 40_001)

    assert [len(one.text) for one in ws.messages(DESIGN)] == [40_000]


async def test_text_without_blocks_takes_the_blocks_away(
    ws: Workspace, sdk: AsyncWebClient
) -> None:
    """An update with text only leaves no blocks and shows as edited; one with blocks does not."""
    ts = (await sdk.chat_postMessage(channel=DESIGN, **card("a", "go")))["ts"]
    await sdk.chat_update(channel=DESIGN, ts=ts, **card("b", "go"))
    [message] = ws.messages(DESIGN)
    assert (message.text, len(message.blocks), message.edited) == ("b", 2, None)

    await sdk.chat_update(channel=DESIGN, ts=ts, text="c")

    assert (message.text, message.blocks) == ("c", [])
    assert message.edited


async def test_history_leaves_out_replies_and_ephemerals(sdk: AsyncWebClient) -> None:
    """History has the roots, newest first; replies the thread, oldest first; neither ephemerals."""
    root = await sdk.chat_postMessage(channel=DESIGN, text="root")
    await sdk.chat_postMessage(channel=DESIGN, text="reply", thread_ts=root["ts"])
    await sdk.chat_postEphemeral(channel=DESIGN, user=MIA, text="whisper")
    await sdk.chat_postMessage(channel=DESIGN, text="later")
    history = await sdk.conversations_history(channel=DESIGN)
    replies = await sdk.conversations_replies(channel=DESIGN, ts=root["ts"])

    assert [one["text"] for one in history["messages"]] == ["later", "root"]
    assert [one["text"] for one in replies["messages"]] == ["root", "reply"]
    assert history["messages"][1]["reply_count"] == 1


async def test_history_pages(sdk: AsyncWebClient) -> None:
    """A limit gives a page and a cursor, and the cursor the rest."""
    for text in "abc":
        await sdk.chat_postMessage(channel=DESIGN, text=text)
    first = await sdk.conversations_history(channel=DESIGN, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await sdk.conversations_history(channel=DESIGN, limit=2, cursor=cursor)

    assert [one["text"] for one in first["messages"] + rest["messages"]] == ["c", "b", "a"]
    assert (first["has_more"], rest["has_more"]) == (True, False)


async def test_metadata_comes_back_when_asked_for(sdk: AsyncWebClient) -> None:
    """A message's metadata is in the history only with include_all_metadata."""
    metadata = {"event_type": "job", "event_payload": {"id": "7"}}
    await sdk.chat_postMessage(channel=DESIGN, text="x", metadata=metadata)
    without = await sdk.conversations_history(channel=DESIGN)
    found = await sdk.conversations_history(channel=DESIGN, include_all_metadata=True)

    assert "metadata" not in without["messages"][0]
    assert found["messages"][0]["metadata"] == metadata


async def test_bot_joins_public_channels(ws: Workspace, sdk: AsyncWebClient) -> None:
    """After conversations.join the bot may post, a message tells of it, and twice is a warning."""
    await sdk.conversations_join(channel=RANDOM)
    again = await sdk.conversations_join(channel=RANDOM)
    await sdk.chat_postMessage(channel=RANDOM, text="hello")

    assert again["warning"] == "already_in_channel"
    assert [one.subtype for one in ws.messages(RANDOM)] == ["channel_join", None]


async def test_posting_to_a_person_opens_the_direct_message(
    ws: Workspace, sdk: AsyncWebClient
) -> None:
    """A user id as channel is the direct message that conversations.open gives."""
    opened = await sdk.conversations_open(users=MIA)
    posted = await sdk.chat_postMessage(channel=MIA, text="psst")

    assert posted["channel"] == opened["channel"]["id"] == ws.direct(MIA).id


async def test_people_are_told_apart(sdk: AsyncWebClient) -> None:
    """users.info says who is an admin, a guest, a stranger, a bot."""
    flags = ("is_admin", "is_restricted", "is_stranger", "is_bot")
    people = (await sdk.users_list())["members"]
    roles = {one["name"]: [flag for flag in flags if one[flag]] for one in people}

    assert roles == {
        "mia": [],
        "noah": [],
        "ada": ["is_admin"],
        "gus": ["is_restricted"],
        "sam": ["is_stranger"],
        "easel": ["is_bot"],
    }


async def test_user_groups(sdk: AsyncWebClient) -> None:
    """The seeded user group has its members."""
    groups = await sdk.usergroups_list(include_users=True)
    users = await sdk.usergroups_users_list(usergroup=STUDIO_LEADS)

    assert groups["usergroups"][0]["id"] == STUDIO_LEADS
    assert groups["usergroups"][0]["users"] == users["users"] == [ADA]


async def test_channels_say_what_matters_before_charging(sdk: AsyncWebClient) -> None:
    """conversations.info tells membership, archive, privacy and sharing."""
    keys = ("is_member", "is_archived", "is_private", "is_ext_shared")
    seen = {}
    for channel in (DESIGN, RANDOM, ARCHIVE, "CMARKETING"):
        shape = (await sdk.conversations_info(channel=channel))["channel"]
        seen[shape["name"]] = [key for key in keys if shape[key]]

    assert seen == {
        "design": ["is_member"],
        "random": [],
        "archive": ["is_member", "is_archived"],
        "marketing": ["is_member", "is_ext_shared"],
    }


async def test_a_root_with_replies_leaves_a_tombstone(ws: Workspace, sdk: AsyncWebClient) -> None:
    """Deleting a root keeps its thread; deleting a message without replies leaves nothing."""
    root = await sdk.chat_postMessage(channel=DESIGN, text="root")
    reply = await sdk.chat_postMessage(channel=DESIGN, text="reply", thread_ts=root["ts"])
    await sdk.chat_delete(channel=DESIGN, ts=root["ts"])
    assert [one.subtype for one in ws.messages(DESIGN)] == ["tombstone"]

    await sdk.chat_delete(channel=DESIGN, ts=reply["ts"])

    assert ws.messages(DESIGN, thread_ts=root["ts"])[1:] == []


async def test_broken_json_is_refused(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """A body that is no JSON is invalid_json, a list is json_not_object."""
    errors = []
    for text in ("{", json.dumps([1])):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {ws.bot_token}"}
        async with http.post(f"{ws.api_url}auth.test", data=text, headers=headers) as answer:
            errors.append((await answer.json())["error"])

    assert errors == ["invalid_json", "json_not_object"]
