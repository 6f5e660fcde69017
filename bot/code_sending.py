"""How one-time codes leave: by SMS where there is one, on the pretended phone in the demo."""

import os

from billing_client.services.code_sender import CodeSender, NoticeCodeSender, SandboxCodeSender
from bot.settings import Settings
from channels.connections import connections


def code_sender(settings: Settings) -> CodeSender:
    """In production never the sandbox: a code that cannot be sent fails where it can be seen."""
    by_sms = any(one.name == "sms" and one.make for one in connections(os.environ))
    if by_sms or settings.environment == "production":
        return NoticeCodeSender()
    return SandboxCodeSender()
