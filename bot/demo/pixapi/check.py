"""What the embedded Pixapi accepts: reads a body, refuses all that the contract does not name."""

from __future__ import annotations

import hashlib
import io
import json
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web
from PIL import Image

from bot.demo.pixapi.models import MODELS, QUALITIES, Model, Size, auto_size, size_mistake

FIELDS = frozenset({"model", "prompt", "n", "size", "quality", "response_format"})
FILE_FIELDS = {"image": "image", "image[]": "image", "mask": "mask"}  # the OpenAI SDK sends image[]
FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PROMPT = 32_000  # characters, GPT Image
MAX_IMAGES = 16
MAX_BYTES = 50_000_000  # each image must be smaller
MAX_N = 10


class RefusedError(Exception):
    """The provider says no: HTTP status, the error's word and message."""

    def __init__(
        self, status: int, word: str, message: str, *, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.word = word
        self.message = message
        self.retry_after = retry_after  # seconds


@dataclass(slots=True)
class Sent:
    """A body as it came: fields by name, files as bytes."""

    fields: dict[str, Any] = field(default_factory=dict)
    images: list[bytes] = field(default_factory=list)
    masks: list[bytes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that the provider accepts, every default filled in."""

    model: Model
    prompt: str
    size: Size  # pixels of each picture
    quality: str  # low, medium or high; "" where the model has none
    n: int
    b64: bool
    images: tuple[bytes, ...] = ()
    mask: bytes | None = None

    @property
    def estimate(self) -> int:
        """Credits for all pictures asked for."""
        return self.n * self.model.price(self.size, self.quality)


def wrong(name: str, message: str) -> RefusedError:
    """The refusal of one field, named in the message."""
    return RefusedError(400, "invalid_request_error", f"{name}: {message}")


def digest(data: bytes) -> str:
    """SHA-256 in hex: how a test recognises the bytes it sent."""
    return hashlib.sha256(data).hexdigest()


async def read_body(request: web.Request, *, edit: bool) -> Sent:
    """The body of a generation (JSON) or an edit (multipart with files, or JSON)."""
    if request.content_type == "application/json":
        return _read_json(await request.read())
    if edit and request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    await request.read()
    raise wrong("body", "must be application/json" + (" or multipart/form-data" if edit else ""))


def _read_json(body: bytes) -> Sent:
    try:
        fields = json.loads(body)
    except ValueError as error:
        raise wrong("body", "is not valid JSON") from error
    if not isinstance(fields, dict):
        raise wrong("body", "must be an object")
    return Sent(fields)


async def _read_multipart(request: web.Request) -> Sent:
    sent = Sent()
    unknown = twice = None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        name = part.name or ""
        data = bytes(await part.read())
        match FILE_FIELDS.get(name):
            case "image":
                sent.images.append(data)
            case "mask":
                sent.masks.append(data)
            case _ if part.filename is not None:
                unknown = name
            case _ if name in sent.fields:
                twice = name
            case _:
                sent.fields[name] = data.decode(errors="replace")
    if unknown is not None:  # said only now: a client that is still sending hears nothing
        raise wrong(unknown, "no such file field")
    if twice is not None:
        raise wrong(twice, "was sent twice")
    if isinstance(n := sent.fields.get("n"), str) and re.fullmatch(r"\d{1,9}", n):
        sent.fields["n"] = int(n)
    return sent


def check(sent: Sent, *, edit: bool) -> Ask:
    """The request as the provider understands it.

    Raises:
        RefusedError: naming the first field that is wrong.
    """
    fields = sent.fields
    for name in fields:
        if name not in FIELDS:
            raise wrong(name, "unknown field")
    model = _model(fields.get("model"))
    prompt = fields.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise wrong("prompt", "is required, as a string")
    if model.gpt and len(prompt) > MAX_PROMPT:
        raise wrong("prompt", f"must have at most {MAX_PROMPT} characters")
    n = fields.get("n", 1)
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MAX_N:
        raise wrong("n", f"must be an integer from 1 to {MAX_N}")
    form = fields.get("response_format", "url")
    if form not in {"url", "b64_json"}:
        raise wrong("response_format", "must be url or b64_json")
    first = _images(sent, edit=edit)
    return Ask(
        model,
        prompt,
        _size(model, fields.get("size", "auto"), first),
        _quality(model, fields),
        n,
        form == "b64_json",
        tuple(sent.images),
        _mask(sent, first),
    )


def _model(name: object) -> Model:
    if not isinstance(name, str) or not name:
        raise wrong("model", "is required, as a string")
    if name not in MODELS:
        raise RefusedError(404, "model_not_found", f"model: there is no model {name!r}")
    return MODELS[name]


def _quality(model: Model, fields: dict[str, Any]) -> str:
    if not model.gpt:
        if "quality" in fields:
            raise wrong("quality", f"{model.id} has no quality")
        return ""
    quality = fields.get("quality", "auto")
    if quality not in QUALITIES:
        raise wrong("quality", f"must be one of {', '.join(QUALITIES)}")
    return "high" if quality == "auto" else str(quality)


def _size(model: Model, size: object, like: Size | None) -> Size:
    if size == "auto":
        return auto_size(like)
    found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", size) if isinstance(size, str) else None
    if found is None:
        raise wrong("size", "must be auto or WIDTHxHEIGHT")
    pixels = int(found[1]), int(found[2])
    if mistake := size_mistake(model, pixels):
        raise wrong("size", mistake)
    return pixels


def open_image(data: bytes) -> Image.Image | None:
    """The picture in these bytes, or None when there is none; a bomb is none either."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data))
    except (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def _images(sent: Sent, *, edit: bool) -> Size | None:
    """Check the images of an edit; the first one's pixels."""
    if not edit:
        if sent.images or sent.masks:
            raise wrong("image", "unknown field")
        return None
    if not 1 <= len(sent.images) <= MAX_IMAGES:
        raise wrong("image", f"1 to {MAX_IMAGES} images are required")
    sizes: list[Size] = []
    for data in sent.images:
        if len(data) >= MAX_BYTES:
            raise wrong("image", "each image must be under 50 MB")
        image = open_image(data)
        if image is None or image.format not in FORMATS:
            raise wrong("image", "must be PNG, JPEG or WebP")
        sizes.append(image.size)
    return sizes[0]


def _mask(sent: Sent, first: Size | None) -> bytes | None:
    if not sent.masks:
        return None
    if len(sent.masks) > 1:
        raise wrong("mask", "was sent twice")
    mask = open_image(sent.masks[0])
    if mask is None or mask.format != "PNG":
        raise wrong("mask", "must be a PNG")
    if "A" not in mask.getbands() and "transparency" not in mask.info:
        raise wrong("mask", "must have an alpha channel")
    if mask.size != first:
        raise wrong("mask", "must have the size of the first image")
    return sent.masks[0]
