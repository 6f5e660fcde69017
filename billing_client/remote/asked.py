"""What every side of the remote client stands on."""

from billing_client.remote.transport import Transport


class Asked:
    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def close(self) -> None:
        """Give the connections back."""
        await self.transport.close()
