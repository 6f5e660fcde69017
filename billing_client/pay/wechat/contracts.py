"""Contracts and deductions of WeChat Pay (委托代扣, papay), direct merchant.

Pages: pay.weixin.qq.com/doc/v3/merchant/4012978414 and the paths listed at wechatpay.im/openapi.
The name ``redirect_url`` in the answer to a pre-sign and the query of a deduction could not be
read in an open page; confirm both when a merchant is connected.
"""

from urllib.parse import quote

from billing_client.pay.messages import Contract, ContractState, Deduction, NewContract
from billing_client.pay.port import ProviderRefused
from billing_client.pay.wechat.credentials import WeChatCredentials
from billing_client.pay.wechat.reading import MISSING_CODES, read_contract
from billing_client.pay.wechat.transport import WeChatTransport


class WeChatContracts:
    def __init__(
        self, credentials: WeChatCredentials, transport: WeChatTransport, notify_url: str
    ) -> None:
        self._credentials = credentials
        self._transport = transport
        self._notify_url = notify_url

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

    def _target(self, contract_code: str) -> str:
        plan = f"/v3/papay/sign/contracts/plan-id/{self._credentials.plan_id}"
        return f"{plan}/out-contract-code/{quote(contract_code)}"

    async def query(self, contract_code: str) -> Contract:
        try:
            return read_contract(await self._transport.call("GET", self._target(contract_code)))
        except ProviderRefused as refusal:
            if refusal.code in MISSING_CODES:
                return Contract(contract_code, ContractState.PENDING)
            raise

    async def end(self, contract_code: str) -> None:
        target = self._target(contract_code) + "/terminate"
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
