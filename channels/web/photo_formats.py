"""JPEG, PNG and WebP files rewritten without what tells place, time and camera.

Only the parts needed to show the picture are kept (an allow-list, so an unknown part
goes too), and nothing after the picture's end. Sources: ITU-T T.81 annex B (JPEG
markers), the PNG specification's chunk list, RFC 9649 (WebP container).
"""

from collections.abc import Iterator

JPEG_START = b"\xff\xd8\xff"
PNG_START = b"\x89PNG\r\n\x1a\n"

JPEG_SCAN, JPEG_END = 0xDA, 0xD9
# JFIF (E0) and Adobe's colour transform (EE) stay; E1 is EXIF and XMP, FE a comment.
JPEG_DROPPED = {*range(0xE1, 0xEE), 0xEF, 0xFE}
PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"IDAT", b"IEND"}
WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"}
WEBP_METADATA_FLAGS = 0x20 | 0x08 | 0x04  # colour profile, EXIF, XMP: dropped, so unset


class BadPhoto(Exception):
    """None of the three formats, or damaged."""


def without_metadata(data: bytes) -> tuple[str, bytes]:
    """The file name's ending and the bytes to store. Raises ``BadPhoto``."""
    try:
        if data.startswith(JPEG_START):
            return "jpg", _jpeg(data)
        if data.startswith(PNG_START):
            return "png", PNG_START + b"".join(_png_chunks(data))
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return "webp", _webp(data)
    except (IndexError, ValueError):
        raise BadPhoto("cut short") from None
    raise BadPhoto("unknown format")


def _jpeg(data: bytes) -> bytes:
    kept, place = [data[:2]], 2
    while True:
        if data[place] != 0xFF:
            raise BadPhoto("no marker")
        marker = data[place + 1]
        if marker == JPEG_SCAN:
            end = data.rfind(bytes((0xFF, JPEG_END)), place)
            if end < 0:
                raise BadPhoto("no end")
            return b"".join(kept) + _scans(data[place : end + 2])
        end = place + 2 + _size(data, place + 2)
        if marker not in JPEG_DROPPED:
            kept.append(data[place:end])
        place = end


def _scans(data: bytes) -> bytes:
    """The picture itself, up to its own end: cameras append previews with EXIF of their own."""
    place = 2
    while True:
        place = data.index(0xFF, place)
        if data[place + 1] == JPEG_END:
            return data[: place + 2]
        place += 2


def _size(data: bytes, place: int) -> int:
    size = data[place] << 8 | data[place + 1]
    if size < 2 or place + size > len(data):
        raise BadPhoto("wrong length")
    return size


def _png_chunks(data: bytes) -> Iterator[bytes]:
    place = len(PNG_START)
    while True:
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        end = place + 12 + size
        if len(kind) < 4 or end > len(data):
            raise BadPhoto("cut short")
        if kind in PNG_KEPT:
            yield data[place:end]
        if kind == b"IEND":
            return
        place = end


def _webp(data: bytes) -> bytes:
    chunks, place = [], 12
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while place + 8 <= end:
        kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        chunk = data[place : place + 8 + size + size % 2]
        if len(chunk) < 8 + size:
            raise BadPhoto("cut short")
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes((chunk[8] & ~WEBP_METADATA_FLAGS,)) + chunk[9:]
        if kind in WEBP_KEPT:
            chunks.append(chunk)
        place += len(chunk)
    if not chunks:
        raise BadPhoto("no picture")
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body
