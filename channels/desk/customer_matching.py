"""Whether a customer is the one looked for: account, phone's end, address, name or its pinyin."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from billing_client.back_office import Customer

SHORTEST_TAIL = 4  # digits of a phone number
SHORTEST_PINYIN = 2  # letters


def fits(customer: Customer, words: str) -> bool:
    """``words`` as typed, without outer blanks."""
    if words.isascii() and words.isdigit():
        return customer.account_no == words or (
            len(words) >= SHORTEST_TAIL and customer.phone.endswith(words)
        )
    if words.isascii() and words.replace(" ", "").isalpha():
        return len(words) >= SHORTEST_PINYIN and _sounds_like(customer.owner_name, words)
    return words in customer.owner_name or words in customer.address


def _sounds_like(name: str, words: str) -> bool:
    """'wang xiaoming', 'wangxiao' and 'wxm' for 王小明."""
    whole, initials = _pinyin(name)
    typed = words.replace(" ", "").lower()
    return whole.startswith(typed) or initials.startswith(typed)


@lru_cache(maxsize=20_000)
def _pinyin(name: str) -> tuple[str, str]:
    initials = lazy_pinyin(name, style=Style.FIRST_LETTER)
    return "".join(lazy_pinyin(name)).lower(), "".join(initials).lower()
