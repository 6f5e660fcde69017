"""How the sandbox says no, in WeChat Pay's form."""


class Refusal(Exception):
    """Becomes ``{"code", "message"}`` with the HTTP status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
