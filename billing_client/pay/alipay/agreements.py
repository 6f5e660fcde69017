"""Alipay's contracts: 商家扣款 (GENERAL_WITHHOLDING), or 周期扣款 (CYCLE_PAY_AUTH) by setting.

Methods alipay.user.agreement.* and alipay.trade.pay. 周期扣款 has a low limit of one deduction, so
a utility asks Alipay for 商家扣款; field names and limits are confirmed when it is granted.
"""

from datetime import date, datetime, timedelta
from typing import Any

from billing_client.pay.alipay.amounts import yuan
from billing_client.pay.alipay.credentials import AlipayCredentials
from billing_client.pay.alipay.reading import read_contract
from billing_client.pay.alipay.transport import SHANGHAI, AlipayTransport
from billing_client.pay.messages import Contract, ContractState, Deduction, NewContract
from billing_client.pay.port import ProviderRefused

GENERAL, CYCLE = "GENERAL_WITHHOLDING", "CYCLE_PAY_AUTH"
MISSING_CODES = {"USER_AGREEMENT_NOT_EXIST", "ACQ.AGREEMENT_NOT_EXIST", "AGREEMENT_NOT_EXIST"}
LAST_DAY_OF_CYCLE = 28  # a monthly cycle may not run on a later day


class AlipayAgreements:
    def __init__(
        self, credentials: AlipayCredentials, transport: AlipayTransport, notify_url: str
    ) -> None:
        self._transport = transport
        self._notify_url = notify_url
        self._sign_scene = credentials.sign_scene
        self._single_yuan = credentials.cycle_single_yuan
        self._product = GENERAL if credentials.cycle_single_yuan is None else CYCLE

    def _key(self, contract_code: str) -> dict[str, Any]:
        return {
            "personal_product_code": f"{self._product}_P",
            "sign_scene": self._sign_scene,
            "external_agreement_no": contract_code,
        }

    def sign_page(self, contract: NewContract) -> str:
        content = self._key(contract.contract_code) | {
            "product_code": self._product,
            "external_logon_id": contract.display_account,
            "access_params": {"channel": "QRCODE"},
        }
        if self._product == CYCLE:
            content["period_rule_params"] = self._monthly(
                datetime.now(SHANGHAI).date() + timedelta(days=1)
            )
        return self._transport.page(
            "alipay.user.agreement.page.sign", content, notify_url=self._notify_url
        )

    def _monthly(self, first: date) -> dict[str, Any]:
        first = first.replace(day=min(first.day, LAST_DAY_OF_CYCLE))
        return {
            "period_type": "MONTH",
            "period": 1,
            "execute_time": f"{first:%Y-%m-%d}",
            "single_amount": f"{self._single_yuan}.00",
        }

    async def query(self, contract_code: str) -> Contract:
        try:
            answer = await self._transport.call(
                "alipay.user.agreement.query", self._key(contract_code)
            )
        except ProviderRefused as refusal:
            if refusal.code in MISSING_CODES:
                return Contract(contract_code, ContractState.PENDING)
            raise
        return read_contract({"external_agreement_no": contract_code} | answer)

    async def end(self, contract_code: str) -> None:
        await self._transport.call("alipay.user.agreement.unsign", self._key(contract_code))

    async def deduct(self, deduction: Deduction) -> None:
        """10000 (paid) and 10003 (being paid) are both no more than "accepted" here."""
        content = {
            "out_trade_no": deduction.order_no,
            "total_amount": yuan(deduction.amount_fen),
            "subject": deduction.description,
            "product_code": self._product,
            "agreement_params": {"agreement_no": deduction.provider_contract_id},
        }
        await self._transport.call("alipay.trade.pay", content, notify_url=self._notify_url)
