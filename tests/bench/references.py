"""What Easel is measured beside: the least that does the same thing, each a process of its own.

    python tests/bench/references.py bare | bolt
    python tests/bench/references.py poll ADDRESS KEY NUMBER WAIT
    python tests/bench/references.py copy BYTES TIMES
    python tests/bench/references.py calls shared | alone ADDRESS CERTIFICATES TIMES

The servers read the variables that `easel run` reads, and serve until they are ended. The others
print what they used as a line of JSON.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, os.fspath(Path(__file__).parents[2]))

TOKEN = "xoxb-1"
CHUNK = 1 << 16  # bytes


def bare() -> None:
    """An ASGI app that checks Slack's signature and says 200; on uvicorn, uvloop and httptools."""
    import uvicorn  # noqa: PLC0415 -- each reference loads what it is made of

    secret = os.environ["SLACK_SIGNING_SECRET"].encode()

    async def app(
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message.get("more_body", False)
        given = dict(scope["headers"])
        stamp = given[b"x-slack-request-timestamp"]
        digest = hmac.new(secret, b"v0:%b:%b" % (stamp, body), hashlib.sha256).hexdigest()
        good = hmac.compare_digest(b"v0=" + digest.encode(), given[b"x-slack-signature"])
        headers = [(b"content-length", b"0")]
        status = 200 if good else 401
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body"})

    port = int(os.environ["PORT"])
    uvicorn.run(app, port=port, lifespan="off", log_level="error", loop="uvloop", http="httptools")


def bolt() -> None:
    """Bolt with its defaults, on its own server: it acknowledges /image and does nothing else."""
    from slack_bolt.async_app import AsyncAck, AsyncApp  # noqa: PLC0415
    from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415

    token, url = os.environ.pop("SLACK_BOT_TOKEN"), os.environ["SLACK_API_URL"]
    client = AsyncWebClient(token, base_url=url)
    app = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])

    @app.command("/image")
    async def image(ack: AsyncAck) -> None:
        await ack()

    app.start(int(os.environ["PORT"]), host="127.0.0.1")


async def poll(address: str, key: str, number: int, wait: float) -> None:
    """A task of Pixapi, asked for as often as so many would be, over one session, until SIGTERM."""
    import aiohttp  # noqa: PLC0415

    polls, headers = 0, {"Authorization": f"Bearer {key}"}
    wish = {"model": "gpt-image-2", "prompt": "a fox", "size": "1024x1024", "quality": "low"}

    async def task(session: aiohttp.ClientSession, after: float) -> None:
        nonlocal polls
        await asyncio.sleep(after)
        while True:
            async with session.get(f"{address}/v1/tasks/{made['id']}") as answer:
                await answer.json()
            polls += 1
            await asyncio.sleep(wait)

    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{address}/v1/async/images/generations", json=wish) as answer:
            made = await answer.json()
        tasks = [asyncio.create_task(task(session, wait * n / number)) for n in range(number)]
        await asyncio.sleep(wait)
        before, cpu, over = polls, time.process_time(), asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
        show(ready=True)
        await over.wait()
        show(cpu=(time.process_time() - cpu) / (polls - before))
        for one in tasks:
            one.cancel()


def copy(size: int, times: int) -> None:
    """Bytes from socket to socket by the thread that is measured; others send and take them."""
    source, near = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))

    def send() -> None:
        to, _ = source.accept()
        with to:
            for _ in range(times):
                to.sendall(bytes(size))

    def take() -> None:
        taking, _ = near.accept()
        room = bytearray(CHUNK)
        while taking.recv_into(room):
            pass

    for work in (send, take):
        threading.Thread(target=work, daemon=True).start()
    with (
        socket.create_connection(source.getsockname()) as here,
        socket.create_connection(near.getsockname()) as there,
    ):
        began, room = time.thread_time(), memoryview(bytearray(CHUNK))
        while read := here.recv_into(room):
            there.sendall(room[:read])
        show(cpu=(time.thread_time() - began) / times)


async def calls(how: str, address: str, certificates: str, times: int) -> None:
    """Calls to Slack over TLS: by Easel's client, or by the SDK's without a shared session."""
    if how == "shared":
        from bot.network import Network  # noqa: PLC0415
        from bot.slack.client import open_slack  # noqa: PLC0415

        network = Network(authorities=Path(certificates))
        async with open_slack(TOKEN, api_url=address, network=network) as slack:
            await used(times, lambda: slack.permalink("C1", "1.1"))  # type: ignore[arg-type]
        return
    from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415

    trusted = ssl.create_default_context(cafile=certificates)
    client = AsyncWebClient(TOKEN, base_url=address, ssl=trusted)
    await used(times, lambda: client.chat_getPermalink(channel="C1", message_ts="1.1"))


async def used(times: int, call: Callable[[], Awaitable[object]]) -> None:
    """Print the CPU of a call, in seconds, once the first have loaded what they need."""
    for _ in range(10):
        await call()
    began = time.process_time()
    for _ in range(times):
        await call()
    show(cpu=(time.process_time() - began) / times)


def show(**what: float) -> None:
    """Print a line of JSON."""
    print(json.dumps(what), flush=True)  # noqa: T201 -- what these programs are for


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["bare"]:
            bare()
        case ["bolt"]:
            bolt()
        case ["poll", url, secret, tasks, pause]:
            asyncio.run(poll(url, secret, int(tasks), float(pause)))
        case ["copy", length, number]:
            copy(int(length), int(number))
        case ["calls", kind, url, pem, number]:
            asyncio.run(calls(kind, url, pem, int(number)))
        case _:
            sys.exit(__doc__)
