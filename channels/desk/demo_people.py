"""The demo's staff, with passwords that everybody may know. Production refuses them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DemoStaff:
    name: str
    role: Literal["agent", "supervisor"]
    password: str


DEMO_STAFF = (
    DemoStaff("小李", "agent", "xiaoli-demo"),
    DemoStaff("小王", "agent", "xiaowang-demo"),
    DemoStaff("班长", "supervisor", "banzhang-demo"),
)
