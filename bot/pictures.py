"""Pictures by their bytes: what people attach is cleaned and converted, a result is measured.

A picture that may leave has no metadata, is upright, in 8-bit RGB or RGBA and sRGB: image services
misread CMYK, cut 16 bits off, and look at neither orientation nor profile. Everything here is
synchronous; cleaning may take seconds and 0.4 GB: run it in a thread, one at a time. Pillow is
imported on use, and of its plug-ins the one that a usual picture needs: all of them take 0.5 s.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from io import SEEK_END
from typing import IO, TYPE_CHECKING, cast

from bot.core.job import Size

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFile import ImageFile

MOST_BYTES = 49_999_999
"""Pixapi takes files of less than 50 MB."""

MOST_PIXELS = 89_000_000
"""Decoded in 4 bytes each: 0.36 GB, for one picture at a time. Pillow itself warns from here on."""

LONGEST_EDGE = 4096
"""No model draws a longer edge (GPT Image 3840, Gemini 4096): more pixels only cost time."""

QUALITY = 95  # of a lossy picture whose pixels have changed; above it files only grow
PNG_LEVEL = 1  # of zlib: half the time of the usual level, for a file a seventh longer

SIDEWAYS = 5  # from this EXIF orientation on, width and height change places

HEAD = 16  # bytes by which formats are told apart

USUAL = {
    "PNG": (b"\x89PNG\r\n\x1a\n", "PngImagePlugin"),
    "JPEG": (b"\xff\xd8\xff", "JpegImagePlugin"),
    "WEBP": (b"RIFF", "WebPImagePlugin"),
    "GIF": (b"GIF8", "GifImagePlugin"),
}
"""How the files begin that are met every day, and the module of Pillow's that reads them."""

MEASURED_BY_HEAD = frozenset({"PNG", "JPEG", "GIF"})
"""Formats whose first bytes tell the pixels; of the others Pillow wants the whole file."""

NO_STILLS = frozenset(
    {
        "EPS", "WMF",  # drawings, which other programs would have to draw
        "BUFR", "FITS", "GRIB", "HDF5",  # measurements
        "FLI", "MPEG",  # films
        "IPTC",  # what is said about a picture
    }
)  # fmt: skip
"""Of what Pillow opens, what is no picture of its own."""

KEPT = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
"""The formats that Pixapi takes: a still picture in one of them stays in it."""
LOSSY = frozenset({"AVIF", "HEIF", "JPEG2000"})  # what becomes a JPEG; everything else a PNG
IN_SEQUENCE = frozenset({"AVIF", "DCX", "GIF", "HEIF", "PNG", "TIFF", "WEBP"})
"""Formats of which a file may hold several pictures, not only layers or sizes of one."""

AS_SENT = frozenset({"RGB", "RGBA"})  # modes
MIXED = frozenset({"L", "LA", "CMYK", "LAB", *AS_SENT})  # modes whose pixels can be mixed
GREY_16 = 65535
NEAR = 3  # of 255: less is rounding, and no other colour
STEPS = 5  # of each primary, in the sample by which a profile is judged

WHITE = 128  # of a mask: from this grey on it counts as white; an alpha below it as transparent
TINGE = 48  # levels between a pixel's colours that still count as grey
MIDDLE = slice(64, 192)  # greys that are neither black nor white
MOST_MIDDLE = 0.1  # part of them: soft edges

WHAT = "A mask is a PNG whose transparent parts may change, or black and white: white may change."
NO_MASK = f"cannot be the mask: it has no transparent parts and is not black and white. {WHAT}"
OPAQUE = f"cannot be the mask: it is opaque everywhere, so nothing may change. {WHAT}"
BLACK = f"cannot be the mask: it is black everywhere, so nothing may change. {WHAT}"

NOT_A_PICTURE = "is not a picture that Easel can read, whatever its name says."
DAMAGED = "is damaged or cut off: its pixels cannot be read."
TOO_MANY = f"at most {MOST_PIXELS // 1_000_000} million can be edited."

ODD = (
    OSError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, EOFError,
    ArithmeticError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow raises over bytes that are no picture after all; MemoryError beside it."""


class Unusable(Exception):
    """A picture that cannot be edited; `why` goes on after the picture's name, as in “is empty”."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture that may leave: 8-bit RGB or RGBA, in sRGB."""

    size: Size  # pixels as they are shown
    mime: str  # by its bytes: image/png, image/jpeg or image/webp
    length: int  # bytes
    scaled: bool
    original: Size  # pixels as they were shown before
    alpha: bool
    recoloured: bool = False  # its colours were stored in another way, or in more or fewer bits
    was: str = ""  # Pillow's name of its format, where that was another
    frames: int = 1  # pictures in the file, of which this is the first


def clean(source: IO[bytes], target: IO[bytes]) -> Clean:
    """Write the picture in one file to another, empty one, without what it says about people.

    Raises Unusable; OSError of the own disk.
    """
    head = _head(source)
    if not head:
        raise Unusable("is empty.")
    formats = formats_of(head)
    others = [] if USUAL.keys() & set(formats) else _unmarked()
    try:
        drawn = _drawn(source, [*formats, *others])
    except Unusable:
        if formats:
            raise
        raise Unusable(NOT_A_PICTURE) from None
    saved = save(drawn.image, target, drawn.format, keep=drawn.keep)
    return replace(drawn.result, mime=KEPT[saved], length=target.seek(0, SEEK_END))


def measure(file: IO[bytes]) -> tuple[Size, str]:
    """Pixels as they are stored, and MIME type, of the picture in a file; nothing is decoded.

    Raises Unusable where there is none, or its beginning is too short.
    """
    with _reading(), _opened(file, formats_of(_head(file))) as image:
        name = image.format or ""
        mime = KEPT.get(name) or image.get_format_mimetype() or f"image/{name.lower()}"
        return Size(*image.size), mime


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(HEAD)


def formats_of(head: bytes) -> list[str]:
    """Pillow's names of the formats whose files begin with these bytes, `HEAD` of them."""
    for name, (signature, plugin) in USUAL.items():
        if head.startswith(signature) and (name != "WEBP" or head[8:12] == b"WEBP"):
            import_module(f"PIL.{plugin}")
            return [name]
    if len(head) < HEAD:
        return []
    from PIL import Image  # noqa: PLC0415 - slow to import, and most starts meet no picture

    return [name for name in _stills() if _begins(Image.OPEN[name][1], head)]


def _unmarked() -> list[str]:
    """The few old formats that cannot be told by their beginning (TGA, say)."""
    from PIL import Image  # noqa: PLC0415 - see above

    return [name for name in _stills() if Image.OPEN[name][1] is None]


def _stills() -> list[str]:
    """Every format that Pillow reads, and HEIC."""
    from pi_heif import register_heif_opener  # type: ignore[import-untyped] # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415 - see above

    if "HEIF" not in Image.OPEN:
        register_heif_opener()
    Image.init()
    return [name for name in Image.ID if name not in NO_STILLS]


def _begins(accept: object, head: bytes) -> bool:
    try:
        return callable(accept) and accept(head) is True
    except ODD:
        return False


@contextmanager
def _reading() -> Iterator[None]:
    """What Pillow raises while it reads a file becomes Unusable."""
    from PIL import Image  # noqa: PLC0415 - see above

    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unusable(f"has too many pixels: {TOO_MANY}") from error
    except (*ODD, MemoryError) as error:
        raise Unusable(DAMAGED) from error


def _opened(file: IO[bytes], formats: list[str]) -> ImageFile:
    """The picture in a file, in the first of these formats that it has; nothing is decoded yet.

    `Image.open` would refuse one of too many pixels without a word of how many these are.
    """
    from PIL import Image  # noqa: PLC0415 - see above

    failure: Exception = SyntaxError("no such picture")
    for name in formats:
        file.seek(0)
        try:
            image = Image.OPEN[name][0](file, "")
        except ODD as error:
            failure = error
            continue
        if image.format == "MPO":  # a JPEG with other pictures behind it: a preview, say
            image.format = "JPEG"
        return image
    raise failure


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A picture as it leaves, in memory."""

    image: Image.Image
    format: str  # one of `KEPT`
    keep: bool  # nothing has changed: a JPEG keeps its tables
    result: Clean  # what will be said about it


def _drawn(file: IO[bytes], formats: list[str]) -> _Drawn:
    """The first picture of a file, upright, within the limits and in sRGB. Raises Unusable."""
    with _reading(), _opened(file, formats) as image:
        name = image.format or ""
        frames = int(getattr(image, "n_frames", 1)) if name in IN_SEQUENCE else 1
        stays = name in KEPT and (name != "WEBP" or frames == 1)
        original = Size(*image.size)
        goal = _goal_of(original)
        if goal != original:  # a JPEG can be decoded at a fraction of its size
            image.draft(None, (2 * goal.width, 2 * goal.height))
        # Of a PNG of 16 bits a colour Pillow hands out 8.
        deep = name == "PNG" and any("16" in str(tile.args) for tile in image.tile)
        image.load()
        orientation = _turn_upright(image)
        if orientation >= SIDEWAYS:
            original, goal = (Size(one.height, one.width) for one in (original, goal))
        plain = not deep and _is_plain(image)
        made = image if plain and goal == original else _in_srgb(_scaled(_mixable(image), goal))
    result = Clean(
        size=goal,
        mime="",
        length=0,
        scaled=goal != original,
        original=original,
        alpha=made.mode == "RGBA",
        recoloured=not plain,
        was="" if stays else name,
        frames=frames,
    )
    is_photo = name in LOSSY and made.mode == "RGB"
    kind = name if stays else "JPEG" if is_photo else "PNG"
    keep = name == "JPEG" and made is image and orientation == 1
    return _Drawn(made, kind, keep, result)


def _goal_of(size: Size) -> Size:
    """The pixels that a picture gets: its own, or as many as a model has use for.

    Raises Unusable where it has too many to be decoded, or too few to be a picture.
    """
    if min(size.width, size.height) < 2:  # noqa: PLR2004 - a dot or a line, as trackers are
        raise Unusable(f"has {size.width:,}×{size.height:,} pixels: too few to be edited.")
    if size.width * size.height > MOST_PIXELS:
        raise Unusable(f"has {size.width:,}×{size.height:,} pixels: {TOO_MANY}")
    if size.long_edge <= LONGEST_EDGE:
        return size
    width, height = (
        max(1, round(edge * LONGEST_EDGE / size.long_edge)) for edge in (size.width, size.height)
    )
    return Size(width, height)


def _turn_upright(image: Image.Image) -> int:
    """Turn or mirror a picture in place, as its EXIF says; the orientation that it had, 1 to 8.

    What cannot be read in EXIF says nothing, and what cannot be written again does not matter.
    """
    from PIL import ImageOps  # noqa: PLC0415 - see above
    from PIL.ExifTags import Base  # noqa: PLC0415 - see above

    orientation = 1
    with suppress(*ODD):
        found = image.getexif().get(Base.Orientation)
        orientation = found if isinstance(found, int) and 1 <= found <= 8 else 1  # noqa: PLR2004
        ImageOps.exif_transpose(image, in_place=True)
    return orientation


def _is_plain(image: Image.Image) -> bool:
    """Whether its colours may leave as they are."""
    if image.mode not in AS_SENT or "transparency" in image.info:
        return False
    return not _differs(image.info.get("icc_profile"))


def _mixable(image: Image.Image) -> Image.Image:
    """The picture in a mode whose pixels can be mixed, in 8 bits, still in its own colours."""
    if image.mode in {"P", "PA"} or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I"):  # 16 bits of grey, which would be cut off, not divided
        return image.convert("I").point(lambda grey: grey * (255 / GREY_16)).convert("L")
    if image.mode == "F":  # any numbers: the greatest is white
        _, most = image.getextrema()
        assert isinstance(most, float)
        return image.point(lambda grey: grey * (255 / max(most, 1e-6))).convert("L")
    if image.mode not in MIXED:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _scaled(image: Image.Image, goal: Size) -> Image.Image:
    from PIL.Image import Resampling  # noqa: PLC0415 - see above

    size = (goal.width, goal.height)
    if image.size == size:
        return image
    return image.resize(size, Resampling.LANCZOS, reducing_gap=3)


def _in_srgb(image: Image.Image) -> Image.Image:
    """A mixable picture as RGB or RGBA in sRGB.

    Where a profile is missing, or is no profile of such a picture, the usual meaning counts.
    """
    profile = image.info.get("icc_profile")
    if image.mode == "LAB" or (profile and (image.mode not in AS_SENT or _differs(profile))):
        converted = _by_profile(image, profile)
        if converted is not None:
            return converted
    plain = image.convert("RGBA" if image.mode in {"LA", "RGBA"} else "RGB")
    if image.mode not in AS_SENT:
        plain.info.pop("icc_profile", None)  # it was of other colours
    return plain


def _by_profile(image: Image.Image, profile: bytes | None) -> Image.Image | None:
    """The picture in sRGB; None where the profile does not say how."""
    from PIL import ImageCms  # noqa: PLC0415 - see above

    alpha = image.getchannel("A") if image.mode == "LA" else None
    source = image.getchannel("L") if alpha is not None else image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if image.mode != "LAB" and profile \
            else ImageCms.createProfile("LAB")  # fmt: skip
        made = ImageCms.profileToProfile(
            source,
            own,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode=mode,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    assert made is not None, "it is a new picture, as another mode is asked for"
    if alpha is not None:
        made.putalpha(alpha)
    made.info.pop("icc_profile", None)
    return made


def _differs(profile: bytes | None) -> bool:
    """Whether colours of this profile are others in sRGB, by a sample of all."""
    if not profile:
        return False
    from PIL import Image, ImageChops  # noqa: PLC0415 - see above

    levels = [round(255 * step / (STEPS - 1)) for step in range(STEPS)]
    every = bytes(each for r in levels for g in levels for b in levels for each in (r, g, b))
    sample = Image.frombytes("RGB", (STEPS * STEPS, STEPS), every)
    converted = _by_profile(sample, profile)
    if converted is None:
        return False
    return max(ImageChops.difference(sample, converted).tobytes()) > NEAR


def save(
    image: Image.Image, file: IO[bytes], format: str, *, keep: bool = False, most: int = MOST_BYTES
) -> str:
    """Write a picture to an empty file, its pixels and its profile; the format that it got.

    PNG and WebP are lossless; with `keep` a JPEG is written by the tables that it came with, which
    changes next to nothing. What would have more than `most` bytes (noise, or a large photo)
    becomes lossy: a JPEG, with alpha a WebP.
    """
    profile = image.info.get("icc_profile")
    image.info = {}  # comments among it, which a JPEG would take along
    match format:
        case "PNG":
            image.save(file, "PNG", icc_profile=profile, compress_level=PNG_LEVEL)
        case "WEBP":  # as fast as lossless WebP can be; `exact`: colours under holes as they are
            fast = {"lossless": True, "exact": True, "quality": 0, "method": 0}
            image.save(file, "WEBP", icc_profile=profile, **fast)
        case _ if keep:
            image.save(file, "JPEG", icc_profile=profile, quality="keep")
        case _:
            image.save(file, "JPEG", icc_profile=profile, quality=QUALITY, subsampling=0)
    if file.seek(0, SEEK_END) <= most or format == "JPEG":
        return format
    _empty(file)
    if image.mode == "RGB":
        image.save(file, "JPEG", icc_profile=profile, quality=QUALITY, subsampling=0)
        return "JPEG"
    image.save(file, "WEBP", icc_profile=profile, quality=QUALITY)
    return "WEBP"


def _empty(file: IO[bytes]) -> None:
    file.seek(0)
    file.truncate()


def make_mask(file: IO[bytes], mask: Clean, first: Clean) -> tuple[Clean, bool]:
    """Make the clean picture in a file the mask of the first; whether it was black and white.

    Raises Unusable where it cannot be one, or lets nothing change.
    """
    if mask.size != first.size:
        raise Unusable(
            f"cannot be the mask: it has {mask.original.width}×{mask.original.height} pixels, the "
            f"first image has {first.original.width}×{first.original.height}."
        )
    with _opened(file, formats_of(_head(file))) as image:
        image.load()
        has_holes = image.mode == "RGBA" and _span(image.getchannel("A"))[0] < WHITE
        if has_holes and mask.mime == "image/png":
            return mask, False
        made = image if has_holes else _cut_out(image)
    _empty(file)
    save(made, file, "PNG")
    changed = replace(mask, mime="image/png", length=file.seek(0, SEEK_END), alpha=True)
    return changed, not has_holes


def _cut_out(image: Image.Image) -> Image.Image:
    """A picture in black and white with its white parts transparent. Raises Unusable."""
    from PIL import Image, ImageChops  # noqa: PLC0415 - see above

    is_opaque = image.mode == "RGBA"  # a program that knows alpha wrote it
    red, green, blue = image.convert("RGB").split()
    grey = image.convert("RGB").convert("L")
    lightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    _, tinge = _span(ImageChops.subtract(lightest, darkest))
    middle = sum(grey.histogram()[MIDDLE]) / (grey.width * grey.height)
    if tinge > TINGE or middle > MOST_MIDDLE:
        raise Unusable(OPAQUE if is_opaque else NO_MASK)
    alpha = grey.point([255] * WHITE + [0] * (256 - WHITE))
    least, most = _span(alpha)
    if least == most and (is_opaque or least):
        raise Unusable(OPAQUE if is_opaque else BLACK)
    return Image.merge("RGBA", (grey, grey, grey, alpha))


def _span(channel: Image.Image) -> tuple[int, int]:
    """The darkest and the lightest of a channel."""
    return cast("tuple[int, int]", channel.getextrema())
