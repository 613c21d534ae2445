"""The arguments of a Web API call, however they came: query, form, JSON or multipart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.demo.slack.model import Json, SlackError

if TYPE_CHECKING:
    from aiohttp import web

JSON_TYPE = "application/json"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class Args:
    """Named arguments; the refusals are Slack's own."""

    def __init__(self, values: Json) -> None:
        self.values = values

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """A string; empty when it is not there."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def needed(self, name: str) -> str:
        """A string that must be there."""
        if not self.text(name):
            raise SlackError.explained("invalid_arguments", [f"missing required field: {name}"])
        return self.text(name)

    def flag(self, name: str) -> bool:
        """A boolean in any of the spellings that Slack takes; false when it is not there."""
        return self.text(name).lower() in {"1", "true"}

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number, cut to `most`."""
        if name not in self:
            return default
        try:
            return min(int(self.text(name)), most)
        except ValueError:
            raise SlackError.explained("invalid_arguments", [f"must be a number: {name}"]) from None

    def structure(self, name: str, error: str) -> Any:
        """A list or an object, sent as JSON or as a string of JSON; None when it is not there."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error) from None


async def read(request: web.Request, *, takes_json: bool) -> tuple[Args, str]:
    """The arguments and the token (empty when there is none).

    Slack takes a token from the header, the query or a form, never from a JSON body, and many
    methods overlook a JSON body altogether.
    """
    values: Json = dict(request.query)
    body: Json = {}
    if request.content_type in FORM_TYPES:
        values |= dict((await request.post()).items())
    elif request.content_type == JSON_TYPE:
        try:
            body = await request.json()
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
    scheme, _, header = request.headers.get("Authorization", "").partition(" ")
    token = header.strip() if scheme.lower() == "bearer" else str(values.pop("token", ""))
    values.pop("token", None)
    return Args(values | body if takes_json else values), token
