"""Photos that customers send: the type is read from the bytes, where and with what they
were taken is removed, the name is random.
"""

import asyncio
import re
import secrets
from pathlib import Path

from channels.web import photo_formats
from channels.web.photo_formats import BadPhoto
from channels.web.refusals import Refusal

LARGEST_PHOTO_BYTES = 8 * 1024 * 1024
PHOTO_ID = re.compile(r"[0-9a-f]{32}\.(jpg|png|webp)")


class PhotoFolder:
    """Whoever knows a photo's id may see it: 128 random bits, told to its sender and staff."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def keep(self, data: bytes) -> str:
        """Store the photo and return its id. Raises ``Refusal``."""
        if len(data) > LARGEST_PHOTO_BYTES:
            raise Refusal("photo_too_large", 413)
        try:
            ending, clean = await asyncio.to_thread(photo_formats.without_metadata, data)
        except BadPhoto:
            raise Refusal("bad_photo", 415) from None
        photo_id = f"{secrets.token_hex(16)}.{ending}"
        await asyncio.to_thread((self._folder / photo_id).write_bytes, clean)
        return photo_id

    def path_of(self, photo_id: object) -> Path | None:
        """None when there is no such photo."""
        if not isinstance(photo_id, str) or not PHOTO_ID.fullmatch(photo_id):
            return None
        path = self._folder / photo_id
        return path if path.is_file() else None
