"""What a photo loses on its way in: everything but the picture."""

import struct
import zlib

import pytest

from channels.web.photo_formats import BadPhoto, without_metadata

SCAN = b"\xff\xda\x00\x02\x12\x34\xff\x00\x56\xff\xd9"
JFIF = b"\xff\xe0\x00\x06JFIF"
EXIF = b"\xff\xe1\x00\x0aGPS 39.1"
PNG = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def riff(*parts: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(data)) + data for kind, data in parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_jpeg_loses_exif_comments_and_what_follows_the_picture() -> None:
    comment = b"\xff\xfe\x00\x04hi"
    preview = b"\xff\xd8\xff" + EXIF + SCAN
    told = without_metadata(b"\xff\xd8" + JFIF + EXIF + comment + SCAN + preview)
    assert told == ("jpg", b"\xff\xd8" + JFIF + SCAN)


def test_png_loses_texts_and_exif() -> None:
    picture = (chunk(b"IHDR", b"h" * 13), chunk(b"IDAT", b"data"), chunk(b"IEND"))
    dirty = PNG + picture[0] + chunk(b"eXIf", b"GPS") + chunk(b"tEXt", b"me") + picture[1]
    assert without_metadata(dirty + picture[2] + b"tail") == ("png", PNG + b"".join(picture))


def test_webp_loses_exif_and_its_flag() -> None:
    dirty = riff((b"VP8X", b"\x1c" + b"\0" * 9), (b"VP8 ", b"data"), (b"EXIF", b"GPS!"))
    assert without_metadata(dirty) == (
        "webp",
        riff((b"VP8X", b"\x10" + b"\0" * 9), (b"VP8 ", b"data")),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe1\xff\xff",
        PNG,
        PNG + b"\0" * 9,
        riff(),
    ],
)
def test_what_is_none_of_the_three_or_damaged_is_refused(data: bytes) -> None:
    with pytest.raises(BadPhoto):
        without_metadata(data)


@pytest.mark.parametrize("cut", range(4, 30))
def test_a_photo_cut_anywhere_is_refused_and_never_hangs(cut: int) -> None:
    whole = b"\xff\xd8" + JFIF + EXIF + SCAN
    with pytest.raises(BadPhoto):
        without_metadata(whole[: min(cut, len(whole) - 1)])
