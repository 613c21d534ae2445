"""Every still picture that Pillow reads: which formats these are, and what one of them is.

Pillow is imported on use: it is slow to import, and most starts meet no other than the usual four.
"""

from __future__ import annotations

import struct
import zlib
from functools import cache
from typing import IO, TYPE_CHECKING

from bot.core.job import Size
from bot.pictures.problem import Unusable

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

HEAD = 16  # bytes by which Pillow tells formats apart

NO_STILLS = frozenset(
    {
        "EPS", "WMF",  # drawings, which other programs would have to draw
        "BUFR", "FITS", "GRIB", "HDF5",  # measurements
        "FLI", "MPEG",  # films
        "IPTC",  # what is said about a picture
    }
)  # fmt: skip
"""Of what Pillow opens, what is no picture of its own."""

BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, EOFError,
    ArithmeticError, MemoryError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow raises over bytes that are no picture after all."""


@cache
def _formats() -> dict[str, str]:
    """Pillow's names of the formats, each with its MIME type."""
    from pi_heif import register_heif_opener  # type: ignore[import-untyped] # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415 - see above

    register_heif_opener()
    Image.init()
    return {
        name: Image.MIME.get(name, f"image/{name.lower()}")
        for name in Image.ID
        if name not in NO_STILLS
    }


def formats_of(head: bytes | bytearray) -> list[str]:
    """The formats whose files begin with these bytes; none for less than `HEAD` of them."""
    from PIL import Image  # noqa: PLC0415 - see above

    if len(head) < HEAD:
        return []
    first = bytes(head[:HEAD])
    return [name for name in _formats() if _begins(Image.OPEN[name][1], first)]


def unmarked() -> list[str]:
    """The few old formats that cannot be told by their beginning (TGA, say)."""
    from PIL import Image  # noqa: PLC0415 - see above

    return [name for name in _formats() if Image.OPEN[name][1] is None]


def _begins(accept: object, first: bytes) -> bool:
    try:
        return callable(accept) and accept(first) is True
    except BROKEN:
        return False


def look(file: IO[bytes]) -> tuple[Size, str]:
    """Pixels and MIME type of the picture in a file, from its beginning on; nothing is decoded.

    Raises Unusable where there is none.
    """
    from PIL import Image  # noqa: PLC0415 - see above

    file.seek(0)
    formats = formats_of(file.read(HEAD))
    try:
        with Image.open(file, formats=formats) as image:
            return Size(*image.size), mime_of(image)
    except (*BROKEN, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unusable("is no picture.") from error


def mime_of(image: ImageFile) -> str:
    """What a picture is, for computers."""
    return image.get_format_mimetype() or _formats()[image.format or ""]
