"""What the web page asks of the server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.slack.seed import ADA, DESIGN, GUS, LEADERSHIP, MIA, NOAH, RANDOM
from tests.workspace.raw import App, asks, button, call, card, modal, picture, share

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

    from bot.demo.slack.workspace import Workspace

Json = dict[str, Any]


class Browser:
    """One person's open page."""

    def __init__(
        self, ws: Workspace, http: aiohttp.ClientSession, live: aiohttp.ClientWebSocketResponse
    ) -> None:
        self.ws = ws
        self.http = http
        self.live = live

    async def get(self, path: str, **query: str) -> Json:
        """GET as Mia, unless said otherwise."""
        params = {"user": MIA, **query}
        async with self.http.get(f"{self.ws.url}/page/{path}", params=params) as answer:
            body: Json = await answer.json()
            return body

    async def post(self, path: str, **body: Any) -> Json:
        """POST as Mia."""
        async with self.http.post(
            f"{self.ws.url}/page/{path}", json={"user": MIA, **body}
        ) as answer:
            found: Json = await answer.json()
            return found

    async def see(self, kind: str) -> Json:
        """The next live item of this kind."""
        while True:
            item: Json = await self.live.receive_json()
            if item["type"] == kind:
                return item

    async def channel(self, channel: str, user: str = MIA) -> Json:
        """A channel as the page's state has it."""
        state = await self.get("state", user=user)
        found: Json = next(one for one in state["channels"] if one["id"] == channel)
        return found


@pytest.fixture
async def page(ws: Workspace, http: aiohttp.ClientSession) -> AsyncIterator[Browser]:
    """Mia's page, connected."""
    async with http.ws_connect(f"{ws.url}/page/live?user={MIA}") as live:
        yield Browser(ws, http, live)


async def test_state(page: Browser) -> None:
    """The state has the team, the people with their roles, the commands and the shortcuts."""
    state = await page.get("state")
    roles = {one["name"]: one["role"] for one in state["users"] if not one["is_bot"]}

    assert (state["team"]["name"], state["me"]) == ("Acme Studio", MIA)
    assert roles == {
        "mia": "member",
        "noah": "member",
        "ada": "admin",
        "gus": "guest",
        "sam": "stranger",
    }
    assert [one["command"] for one in state["commands"]] == ["/image", "/plain"]
    assert [one["type"] for one in state["shortcuts"]] == ["message", "global"]


@pytest.mark.parametrize(
    ("user", "names"),
    [
        (
            MIA,
            {
                "general",
                "design",
                "marketing",
                "random",
                "archive",
                "leadership",
                "Noah Kim, Easel",
                "",
            },
        ),
        (NOAH, {"general", "design", "marketing", "random", "archive", "Mia Torres, Easel", ""}),
        (GUS, {"design", ""}),
    ],
)
async def test_each_sees_their_channels(page: Browser, user: str, names: set[str]) -> None:
    """Private channels are their members', and a guest has only their own."""
    state = await page.get("state", user=user)
    direct = [one for one in state["channels"] if one["kind"] == "im"]

    assert {one["name"] for one in state["channels"]} == names
    assert [one["user"] for one in direct] == [page.ws.bot_user_id]


async def test_unread(page: Browser) -> None:
    """Others' messages count as unread until the channel is read; one's own never."""
    await page.ws.send(NOAH, DESIGN, "one")
    await page.ws.send(MIA, DESIGN, "two")
    assert (await page.channel(DESIGN))["unread"] == 1

    await page.post("read", channel=DESIGN)

    assert (await page.channel(DESIGN))["unread"] == 0


async def test_messages_and_threads(page: Browser) -> None:
    """A channel shows roots with the number of replies, a thread the root and its replies."""
    root = await page.ws.send(NOAH, DESIGN, "root")
    assert await page.post("send", channel=DESIGN, thread_ts=root.ts, text="a & b") == {"ok": True}
    channel = (await page.get("messages", channel=DESIGN))["messages"]
    thread = (await page.get("messages", channel=DESIGN, thread_ts=root.ts))["messages"]

    assert [(one["text"], one["reply_count"]) for one in channel] == [("root", 1)]
    assert channel[0]["latest_reply"] == thread[1]["ts"]
    assert [one["text"] for one in thread] == ["root", "a &amp; b"]


async def test_ephemerals_are_one_person_s(page: Browser, http: aiohttp.ClientSession) -> None:
    """An ephemeral is in its place for its addressee, live and loaded, and for nobody else."""
    await call(http, page.ws, "chat.postEphemeral", channel=DESIGN, user=NOAH, text="for Noah")
    await call(http, page.ws, "chat.postEphemeral", channel=DESIGN, user=MIA, text="for Mia")
    item = await page.see("message")
    texts = {
        user: [
            (one["text"], one["ephemeral"])
            for one in (await page.get("messages", user=user, channel=DESIGN))["messages"]
        ]
        for user in (MIA, NOAH, ADA)
    }

    assert item["message"]["text"] == "for Mia"
    assert texts == {MIA: [("for Mia", True)], NOAH: [("for Noah", True)], ADA: []}


async def test_a_command_and_a_click(page: Browser, app: App) -> None:
    """A text with a slash is a command; a click on its card reaches the app."""
    sent, payload = await asyncio.gather(
        page.post("send", channel=DESIGN, text="/image a fox"),
        app.answer("slash_commands", card("card", "go")),
    )
    message = (await page.see("message"))["message"]
    element = message["blocks"][1]["elements"][0]
    clicked, click = await asyncio.gather(
        page.post(
            "action",
            channel=DESIGN,
            message_ts=message["ts"],
            ephemeral=True,
            block_id=message["blocks"][1]["block_id"],
            action_id=element["action_id"],
            action={"type": "button", "value": element["value"]},
        ),
        app.answer("interactive"),
    )

    assert sent == clicked == {"ok": True}
    assert (payload["command"], payload["text"]) == ("/image", "a fox")
    assert click["actions"][0]["value"] == "1"
    assert click["container"]["is_ephemeral"] is True


async def test_sentences_for_what_slack_refuses(page: Browser) -> None:
    """Commands in threads, unknown commands and foreign places are refused with a sentence."""
    root = await page.ws.send(NOAH, DESIGN, "root")
    thread = await page.post("send", channel=DESIGN, thread_ts=root.ts, text="/image a fox")
    unknown = await page.post("send", channel=DESIGN, text="/nothing")
    archived = await page.post("send", channel="CARCHIVE01", text="hello")
    gone = await page.post("action", channel=DESIGN, message_ts="1.1", action_id="x", action={})

    assert thread == {"ok": False, "error": "/image is not supported in threads. Sorry!"}
    assert unknown["error"].startswith("/nothing is not a valid command.")
    assert archived["error"] == "#archive is archived."
    assert gone["error"] == "This message is gone."


async def test_a_failed_command_is_a_toast(page: Browser) -> None:
    """A command that nobody acknowledges ends in a notice for the person."""
    await page.post("send", channel=DESIGN, text="/image a fox")

    assert (await page.see("toast"))["text"] == "/image failed with the error “dispatch_failed”"


async def test_files(page: Browser) -> None:
    """An uploaded file is sent, shown with its size, and its bytes come back; not to others."""
    url = f"{page.ws.url}/page/upload?user={MIA}&name=fox.png"
    async with page.http.post(url, data=picture()) as answer:
        file = await answer.json()
    await page.post("send", channel=LEADERSHIP, text="", files=[file["id"]])
    [message] = (await page.get("messages", channel=LEADERSHIP))["messages"]
    async with page.http.get(f"{page.ws.url}{message['files'][0]['url']}") as answer:
        data = await answer.read()
    async with page.http.get(f"{page.ws.url}/page/file/{file['id']}?user={NOAH}") as answer:
        status = answer.status

    assert (file["width"], file["height"], file["mimetype"]) == (12, 8, "image/png")
    assert (data, status) == (picture(), 404)


async def test_live_changes(page: Browser, http: aiohttp.ClientSession) -> None:
    """New replies, edits and deletions come live, with the root's new number of replies."""
    root = await page.ws.send(NOAH, DESIGN, "root")
    reply = await page.ws.send(NOAH, DESIGN, "reply", thread_ts=root.ts)
    assert (await page.see("changed"))["message"]["reply_count"] == 1
    await page.ws.edit(NOAH, DESIGN, reply.ts, "better")
    assert (await page.see("changed"))["message"]["text"] == "better"
    await page.ws.delete(NOAH, DESIGN, reply.ts)
    assert await page.see("deleted") == {
        "type": "deleted",
        "channel": DESIGN,
        "ts": reply.ts,
        "thread_ts": root.ts,
    }

    await share(http, page.ws, DESIGN, picture())

    assert (await page.see("message"))["message"]["files"][0]["url"].endswith(f"?user={MIA}")


async def test_a_modal(page: Browser, app: App, http: aiohttp.ClientSession) -> None:
    """A modal comes live; a submission's errors come back; a good one closes it."""
    _, payload = await asyncio.gather(
        page.post("shortcut", callback_id="create_image"), app.answer("interactive")
    )
    await call(
        http, page.ws, "views.open", trigger_id=payload["trigger_id"], view=modal(asks("prompt"))
    )
    view = (await page.see("view"))["view"]
    values = {"prompt_block": {"prompt": {"type": "plain_text_input", "value": "a fox"}}}
    rude = {"response_action": "errors", "errors": {"prompt_block": "rude"}}
    sent: Json = {"view_id": view["id"], "values": values}
    rudely = asyncio.gather(page.post("view/submit", **sent), app.answer("interactive", rude))
    refused = (await rudely)[0]
    nicely = asyncio.gather(page.post("view/submit", **sent), app.answer("interactive"))
    taken, submission = await nicely

    assert refused == {"ok": True, "errors": {"prompt_block": "rude"}}
    assert (await page.see("errors"))["errors"] == {"prompt_block": "rude"}
    assert taken == {"ok": True}
    assert submission["view"]["state"]["values"] == values
    assert await page.see("view") == {"type": "view", "view": None}


async def test_actions_in_views(page: Browser, app: App, http: aiohttp.ClientSession) -> None:
    """A button of App Home works; what was typed elsewhere goes along."""
    home: Json = {
        "type": "home",
        "blocks": [asks("why"), {"type": "actions", "elements": [button("ask")]}],
    }
    assert await page.post("home") == {"ok": True, "view": None}
    await app.event("app_home_opened")
    await call(http, page.ws, "views.publish", user_id=MIA, view=home)
    view = (await page.see("home"))["view"]
    typed = {"why_block": {"why": {"type": "plain_text_input", "value": "because"}}}
    _, payload = await asyncio.gather(
        page.post(
            "action",
            view_id=view["id"],
            action_id="ask",
            action={"type": "button"},
            state={"values": typed},
        ),
        app.answer("interactive"),
    )

    assert payload["view"]["state"]["values"] == typed
    assert (await page.post("home"))["view"]["id"] == view["id"]


async def test_closing_a_modal(page: Browser, app: App, http: aiohttp.ClientSession) -> None:
    """The page's close button takes the modal away."""
    _, payload = await asyncio.gather(
        page.post("shortcut", callback_id="create_image"), app.answer("interactive")
    )
    await call(http, page.ws, "views.open", trigger_id=payload["trigger_id"], view=modal())
    view = (await page.see("view"))["view"]

    assert await page.post("view/close", view_id=view["id"]) == {"ok": True}
    assert page.ws.view(MIA) is None


async def test_inviting_the_bot(page: Browser) -> None:
    """The page can add the bot to a channel, and is told to reload its state."""
    assert not (await page.channel(RANDOM))["is_bot_member"]
    await page.post("join", channel=RANDOM, bot=True)
    await page.see("channels")

    assert (await page.channel(RANDOM))["is_bot_member"]


async def test_permalinks_lead_to_the_page(page: Browser, http: aiohttp.ClientSession) -> None:
    """The address of chat.getPermalink redirects to the page with the message named."""
    posted = await call(http, page.ws, "chat.postMessage", channel=DESIGN, text="x")
    link = await call(http, page.ws, "chat.getPermalink", channel=DESIGN, message_ts=posted["ts"])
    async with http.get(link["permalink"], allow_redirects=False) as answer:
        target = answer.headers["Location"]

    assert target == f"/#{DESIGN}/p{posted['ts'].replace('.', '')}"


async def test_the_page_itself(page: Browser) -> None:
    """The page is at the root, and its files beside it."""
    for path, kind in (("/", "html"), ("/page/assets/app.js", "javascript")):
        async with page.http.get(f"{page.ws.url}{path}") as answer:
            assert (answer.status, answer.content_type.partition("/")[2]) == (200, kind)


@pytest.mark.parametrize("name", ["..%2Fworkspace.py", "..", "%2Fetc%2Fpasswd", "nothing.js"])
async def test_assets_stay_in_their_folder(page: Browser, name: str) -> None:
    """Only the page's own files are served."""
    async with page.http.get(f"{page.ws.url}/page/assets/{name}") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    "path", ["state?user=U0", "messages?user=U0&channel=C", "file/F0?user=U0", "live?user=U0"]
)
async def test_nobody_sees_nothing(page: Browser, path: str) -> None:
    """An unknown person gets 404 everywhere."""
    async with page.http.get(f"{page.ws.url}/page/{path}") as answer:
        assert answer.status == 404


async def test_broken_requests(page: Browser) -> None:
    """A body that lacks something is 400 with what is missing."""
    async with page.http.post(f"{page.ws.url}/page/send", json={"text": "x"}) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == "bad request: 'user'"
