"""Which account, and who is asking: choosing, linking and unlinking accounts."""

import re

from actions.billing_action import BillingAction
from actions.turn import Turn
from billing_client.client import BillingClient
from billing_client.errors import (
    AccountNotFound,
    BillingRefusal,
    CodeExpired,
    NotBound,
    WrongCode,
)
from billing_client.views import AccountView

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
PHONE = re.compile(r"1[3-9]\d{9}")
NOT_RECEIVED = re.compile(r"没收到|收不到|没有收到|重发|重新发|再发|没来|没短信")


def _short(account: AccountView) -> str:
    return f"{account.account_no} {account.address}"


class ChooseAccount(BillingAction):
    """Slot ``account_no``: kept when bound, filled when only one is, else left to the question."""

    action_name = "action_choose_account"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        bound = turn.bound_accounts
        wanted = turn.slot("account_no")
        if wanted in bound:
            return
        if wanted:
            turn.say("utter_account_not_linked", account_no=wanted)
            turn.set(link_account_no=wanted)
            raise NotBound(account_no=wanted)
        turn.set(account_no=bound[0] if len(bound) == 1 else None)


class AskAccount(BillingAction):
    """Ask which of the bound accounts is meant."""

    action_name = "action_ask_account_no"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        accounts = (await billing.identify(turn.caller)).accounts
        options = [(_short(account), account.account_no) for account in accounts]
        turn.say("utter_ask_account_no", options=options)


class ShowAccounts(BillingAction):
    """List what is linked to this chat."""

    action_name = "action_show_accounts"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        accounts = (await billing.identify(turn.caller)).accounts
        if not accounts:
            turn.say("utter_no_account_linked")
            return
        listed = "\n".join(_short(account) for account in accounts)
        turn.say("utter_accounts_linked", count=len(accounts), accounts=listed)


class SendCode(BillingAction):
    """Send a one-time code for the account number, or the phone on file, to be linked."""

    action_name = "action_send_code"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        wanted = turn.slot("link_account_no") or turn.slot("account_no")
        if wanted is None:
            accounts = (await billing.identify(turn.caller)).accounts
            wanted = accounts[0].account_no if accounts else None
        await _send_code(turn, billing, wanted)

    def refused(self, turn: Turn, refusal: BillingRefusal) -> None:
        if not isinstance(refusal, AccountNotFound):
            super().refused(turn, refusal)
            return
        wanted = str(turn.slot("link_account_no") or "")
        is_phone = PHONE.fullmatch(wanted) is not None
        name = "utter_phone_not_found" if is_phone else "utter_refused_account_not_found"
        turn.say(name, account_no=wanted)
        turn.set(link_account_no=None)


async def _send_code(turn: Turn, billing: BillingClient, wanted: str | None) -> None:
    sent = await billing.request_code(turn.caller, wanted)
    turn.set(link_account_no=sent.account_no or wanted)
    name = "utter_code_sent" if sent.account_no else "utter_code_sent_to_phone"
    turn.say(name, account_no=sent.account_no, phone=sent.phone)


class ConfirmCode(BillingAction):
    """Check the code in slot ``code``; on success the account is linked and the caller fresh."""

    action_name = "action_confirm_code"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        said = str(turn.slot("code") or "")
        found = CODE.search(said.replace(" ", ""))
        if found is None:
            turn.set(code=None)
            if NOT_RECEIVED.search(said):
                await _send_code(turn, billing, turn.slot("link_account_no"))
            else:
                turn.say("utter_invalid_code")
            return
        identity = await billing.confirm_code(turn.caller, found.group())
        bound = [account.account_no for account in identity.accounts]
        linked = [number for number in bound if number == turn.slot("link_account_no")] or bound
        turn.set(
            code="done",
            identity_level=int(identity.level),
            accounts=bound,
            account_no=linked[0] if len(linked) == 1 else None,
        )
        turn.say("utter_code_right", account_no="、".join(linked))

    def refused(self, turn: Turn, refusal: BillingRefusal) -> None:
        if isinstance(refusal, WrongCode | CodeExpired):
            turn.set(code=None)
            turn.say(f"utter_refused_{refusal.code}", **refusal.facts)
            return
        super().refused(turn, refusal)


class CheckNewPhone(BillingAction):
    """Slot ``new_phone`` must be a mobile number."""

    action_name = "action_check_new_phone"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        found = PHONE.search(str(turn.slot("new_phone") or "").replace(" ", "").replace("-", ""))
        turn.set(new_phone=found.group() if found else None)
        if found is None:
            turn.say("utter_invalid_new_phone")


class ChangePhone(BillingAction):
    """The phone on file becomes the one in slot ``new_phone``; both are told by billing."""

    action_name = "action_change_phone"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        new = turn.slot("new_phone")
        account = await billing.change_phone(turn.caller, turn.slot("account_no"), new)
        turn.say("utter_phone_changed", account_no=account.account_no, phone=account.phone)


class Unbind(BillingAction):
    """Remove the link between this chat and the account."""

    action_name = "action_unbind"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        account_no = turn.slot("account_no")
        await billing.unbind(turn.caller, account_no)
        left = [bound for bound in turn.bound_accounts if bound != account_no]
        turn.set(account_no=None, accounts=left)
        turn.say("utter_unbound", account_no=account_no)
