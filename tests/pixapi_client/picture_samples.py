"""A picture of every kind that a result may be, encoded by Pillow."""

from __future__ import annotations

from PIL import Image as Pillow
from pillow_heif import register_heif_opener

from tests.pixapi_client.against import drawn

register_heif_opener()

EXIF = Pillow.Exif()
EXIF[0x0112] = 6  # rotated by 90 degrees
EXIF[0x010E] = "x" * 60_000  # nearly a whole segment

SAMPLES = {
    "png": drawn("png", (640, 480)),
    "png-interlaced": drawn("png", (1, 3840), interlace=1),
    "jpeg": drawn("jpeg", (640, 480)),
    "jpeg-progressive": drawn("jpeg", (3840, 1), progressive=True),
    "jpeg-exif": drawn("jpeg", (640, 480), exif=EXIF),
    "jpeg-profile": drawn("jpeg", (640, 480), exif=EXIF, icc_profile=b"p" * 500_000),
    "jpeg-comment": drawn("jpeg", (31, 17), comment=b"\xff\xc0\xff\xda" * 1000),
    "webp": drawn("webp", (641, 479)),
    "webp-lossless": drawn("webp", (641, 479), lossless=True),
    "webp-extended": drawn("webp", (641, 479), exif=EXIF, icc_profile=b"p" * 500_000),
    "webp-animated": drawn(
        "webp", (33, 44), save_all=True, append_images=[Pillow.new("L", (33, 44))]
    ),
    "gif": drawn("gif", (640, 480)),
}

OTHERS = {
    "avif": ("avif", drawn("avif", (64, 48))),
    "bmp": ("bmp", drawn("bmp", (64, 48))),
    "heic": ("heic", drawn("heif", (64, 48))),
    "ico": ("x-icon", drawn("ico", (64, 48), sizes=[(64, 48)])),
    "jp2": ("jp2", drawn("jpeg2000", (64, 48))),
    "ppm": ("x-portable-pixmap", drawn("ppm", (64, 48))),
    "qoi": ("qoi", drawn("qoi", (64, 48))),
    "tiff": ("tiff", drawn("tiff", (64, 48), compression="tiff_lzw")),
}
"""What Pillow measures for us: the rest of its type's name, and its bytes."""
