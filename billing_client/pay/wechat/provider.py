"""WeChat Pay behind the payment port.

Native orders: pay.weixin.qq.com/doc/v3/merchant/4012791877 and 4012556352 (query, close).
委托代扣 (papay), direct merchant: doc/v3/merchant/4012978414 and the paths listed at
wechatpay.im/openapi. The name ``redirect_url`` in the answer to a pre-sign and the query of
a deduction could not be read in an open page; confirm both when a merchant is connected.
"""

from collections.abc import Mapping
from urllib.parse import quote

from billing_client.pay.port import (
    Ability,
    Contract,
    ContractState,
    Deduction,
    NewContract,
    NewOrder,
    Notice,
    OutcomeUnknown,
    ProviderRefused,
    Transaction,
    TransactionState,
)
from billing_client.pay.wechat.credentials import WeChatCredentials
from billing_client.pay.wechat.reading import read_contract, read_notice, read_transaction
from billing_client.pay.wechat.transport import OFFICIAL_URL, WeChatTransport

MISSING_CODES = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"}
REAL_ABILITIES = frozenset({Ability.QR, Ability.AUTOPAY})


class WeChatPayProvider:
    """``notify_url`` takes https and no query; the sandbox alone takes http."""

    def __init__(
        self,
        credentials: WeChatCredentials,
        *,
        notify_url: str,
        base_url: str = OFFICIAL_URL,
        name: str = "wechat",
        abilities: frozenset[Ability] = REAL_ABILITIES,
    ) -> None:
        self.name = name
        self.abilities = abilities
        self._credentials = credentials
        self._notify_url = notify_url
        self._transport = WeChatTransport(credentials, base_url)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def create_order(self, order: NewOrder) -> str:
        answer = await self._transport.call(
            "POST",
            "/v3/pay/transactions/native",
            {
                "appid": self._credentials.appid,
                "mchid": self._credentials.mchid,
                "description": order.description,
                "out_trade_no": order.order_no,
                "time_expire": order.expires_at.isoformat(timespec="seconds"),
                "notify_url": self._notify_url,
                "amount": {"total": order.amount_fen, "currency": "CNY"},
            },
        )
        return str(answer["code_url"])

    async def query(self, order_no: str, *, deduction: bool = False) -> Transaction:
        family = "papay/pay" if deduction else "pay"
        target = f"/v3/{family}/transactions/out-trade-no/{quote(order_no)}"
        try:
            answer = await self._transport.call("GET", f"{target}?mchid={self._credentials.mchid}")
        except ProviderRefused as refusal:
            if refusal.code in MISSING_CODES:
                return Transaction(order_no, TransactionState.MISSING)
            raise
        try:
            return read_transaction(answer)
        except (KeyError, ValueError) as error:
            raise OutcomeUnknown(f"unreadable answer: {error!r}") from error

    async def close(self, order_no: str) -> None:
        target = f"/v3/pay/transactions/out-trade-no/{quote(order_no)}/close"
        await self._transport.call("POST", target, {"mchid": self._credentials.mchid})

    async def presign(self, contract: NewContract) -> str:
        answer = await self._transport.call(
            "POST",
            "/v3/papay/entrust-sign/contracts/pre-entrust-sign",
            {
                "sign_scene": "SIGN_SCENE_QRCODE",
                "appid": self._credentials.appid,
                "plan_id": self._credentials.plan_id,
                "out_contract_code": contract.contract_code,
                "contract_display_account": contract.display_account,
                "contract_notify_url": self._notify_url,
                "out_user_code": str(contract.serial),
            },
        )
        return str(answer["redirect_url"])

    def _contract_target(self, contract_code: str) -> str:
        plan = f"/v3/papay/sign/contracts/plan-id/{self._credentials.plan_id}"
        return f"{plan}/out-contract-code/{quote(contract_code)}"

    async def query_contract(self, contract_code: str) -> Contract:
        try:
            return read_contract(
                await self._transport.call("GET", self._contract_target(contract_code))
            )
        except ProviderRefused as refusal:
            if refusal.code in MISSING_CODES:
                return Contract(contract_code, ContractState.PENDING)
            raise

    async def end_contract(self, contract_code: str) -> None:
        target = self._contract_target(contract_code) + "/terminate"
        await self._transport.call("POST", target, {"contract_termination_remark": "用户解约"})

    async def deduct(self, deduction: Deduction) -> None:
        await self._transport.call(
            "POST",
            "/v3/papay/pay/transactions/apply",
            {
                "appid": self._credentials.appid,
                "mchid": self._credentials.mchid,
                "contract_id": deduction.provider_contract_id,
                "out_trade_no": deduction.order_no,
                "description": deduction.description,
                "transaction_notify_url": self._notify_url,
                "amount": {"total": deduction.amount_fen, "currency": "CNY"},
            },
        )

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        return read_notice(self._credentials, headers, body)
