"""Providers without a line to anyone: money that staff enter, or that comes in a bank's file."""

from collections.abc import Mapping
from datetime import date

from billing_client.pay.capabilities import Capabilities
from billing_client.pay.messages import (
    BillRow,
    Contract,
    Deduction,
    NewContract,
    NewOrder,
    Notice,
    NoticeAnswer,
    Refund,
    RefundResult,
    Transaction,
)
from billing_client.pay.port import CannotDo, NoticeRefused


class OfflineProvider:
    """Has a name and a clearing account (``bank:<name>``); every call is a fault of the caller."""

    can = Capabilities(query=False)

    def __init__(self, name: str) -> None:
        self.name = name
        self.method = name

    async def create_order(self, order: NewOrder) -> str:
        raise CannotDo(self.name)

    async def query(self, order_no: str, *, deduction: bool = False) -> Transaction:
        raise CannotDo(self.name)

    async def close(self, order_no: str) -> None:
        raise CannotDo(self.name)

    async def move_money(self, movement: Deduction | Refund) -> None:
        raise CannotDo(self.name)

    async def query_refund(self, refund: Refund) -> RefundResult:
        raise CannotDo(self.name)

    async def presign(self, contract: NewContract) -> str:
        raise CannotDo(self.name)

    async def query_contract(self, contract_code: str) -> Contract:
        raise CannotDo(self.name)

    async def end_contract(self, contract_code: str) -> None:
        raise CannotDo(self.name)

    async def trade_bill(self, day: date) -> tuple[BillRow, ...]:
        raise CannotDo(self.name)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        raise NoticeRefused(f"{self.name} sends no notices")

    def answer_notice(self, status: int, reason: str = "") -> NoticeAnswer:
        return NoticeAnswer(status, reason)

    async def aclose(self) -> None:
        """Nothing is open."""
