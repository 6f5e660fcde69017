"""A door: one push channel as the gateway sees it, the way in and the way out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from channels.database import Pool
from channels.delivery import Adapter
from channels.intake import Intake
from channels.listening import Listener
from channels.web.photos import PhotoFolder


@dataclass(frozen=True)
class Surroundings:
    """What the gateway gives to every door."""

    pool: Pool
    listener: Listener
    photos: PhotoFolder
    intake: Intake
    public_url: str


class Door(Protocol):
    """Made inside the running loop; ``close`` ends its connections."""

    name: str

    @property
    def adapter(self) -> Adapter: ...

    def add_to(self, application: web.Application) -> None: ...

    async def close(self) -> None: ...


DoorMaker = Callable[[Surroundings], Door]
