"""Every picture's colours as 8-bit RGB or RGBA in sRGB: what image services decode without harm.

They misread CMYK, cut 16 bits off, and look at no profile. Pillow is imported on use.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

AS_SENT = frozenset({"RGB", "RGBA"})  # modes
MIXED = frozenset({"L", "LA", "CMYK", "LAB", *AS_SENT})  # modes whose pixels can be mixed

GREY_16 = 65535
NEAR = 3  # of 255: less is rounding, and no other colour
STEPS = 5  # of each primary, in the sample by which a profile is judged


def is_plain(image: Image.Image) -> bool:
    """Whether it may leave as it is, as far as Pillow shows its colours."""
    if image.mode not in AS_SENT or "transparency" in image.info:
        return False
    return not _differs(image.info.get("icc_profile"))


def mixable(image: Image.Image) -> Image.Image:
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


def in_srgb(image: Image.Image) -> tuple[Image.Image, bool]:
    """A mixable picture as RGB or RGBA in sRGB; whether its profile was needed for that.

    Where a profile is missing, or is no profile of such a picture, the usual meaning counts.
    """
    profile = image.info.get("icc_profile")
    if image.mode == "LAB" or (profile and (image.mode not in AS_SENT or _differs(profile))):
        converted = _by_profile(image, profile)
        if converted is not None:
            return converted, True
    plain = image.convert("RGBA" if image.mode in {"LA", "RGBA"} else "RGB")
    if image.mode not in AS_SENT:
        plain.info.pop("icc_profile", None)  # it was of other colours
    return plain, False


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
