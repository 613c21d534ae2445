"""The addresses of the embedded workspace and what answers at each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from bot.demo.slack import api as slack_api
from bot.demo.slack import files as slack_files
from bot.demo.slack import replies as slack_replies
from bot.demo.slack.faults import through
from bot.demo.slack.model import Call

if TYPE_CHECKING:
    from bot.demo.slack.browser import Page
    from bot.demo.slack.wire import Wire

LARGEST_BODY = 200 * 1024 * 1024  # bytes; a modal's file_input takes 100 MB


def build(wire: Wire, page: Page) -> web.Application:
    """The server's application, not yet running."""
    world, faults = wire.world, wire.faults

    async def api(request: web.Request) -> web.StreamResponse:
        return await slack_api.serve(world, faults, request)

    async def upload(request: web.Request) -> web.StreamResponse:
        async def effect() -> web.StreamResponse:
            answer = await slack_files.receive(world, request)
            ok = answer.status == web.HTTPOk.status_code
            error = None if ok else answer.text
            world.record(Call("upload", dict(request.match_info), ok=ok, error=error))
            return answer

        return await through(faults, "upload", request, effect)

    async def download(request: web.Request) -> web.StreamResponse:
        async def effect() -> web.StreamResponse:
            if faults.take("login_page", "download") is not None:
                answer = slack_files.to_login(request)
            else:
                answer = slack_files.download(world, request)
            ok = answer.status == web.HTTPOk.status_code
            world.record(Call("download", dict(request.match_info), ok=ok))
            return answer

        return await through(faults, "download", request, effect)

    async def response_url(request: web.Request) -> web.StreamResponse:
        return await slack_replies.serve(world, faults, request)

    server = web.Application(client_max_size=LARGEST_BODY)
    server.add_routes(
        [
            web.route("*", "/api/{method}", api),
            web.post("/upload/v1/{file}/{secret}", upload),
            web.get("/files-pri/{team}-{file}/{name}", download),
            web.get("/files-pri/{team}-{file}/download/{name}", download),
            web.get("/login", slack_files.login_page),
            web.post("/commands/{team}/{number}/{secret}", response_url),
            web.post("/actions/{team}/{number}/{secret}", response_url),
            web.get("/link/", wire.serve_socket),
            *page.routes(),
        ]
    )
    return server
