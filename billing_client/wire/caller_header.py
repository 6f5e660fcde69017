"""The header that says for whom a request is made: ``Xiaoshui-Caller: channel=web&user=3f2a``.

Form-encoded, so that names in Chinese fit into a header. The holder of the key vouches for
it; a key may be bound to channels of its own.
"""

from urllib.parse import parse_qsl, urlencode

from billing_client.views import Caller

HEADER = "Xiaoshui-Caller"
LONGEST = 1000
# Name in the header, name in Caller, longest value.
FIELDS = (
    ("channel", "channel", 32),
    ("user", "channel_user", 128),
    ("conversation", "conversation_id", 128),
    ("address", "address", 64),
    ("staff", "staff", 64),
)


class BadCaller(ValueError):
    """The header is missing or cannot be read."""


def write(caller: Caller) -> str:
    values = ((short, getattr(caller, name)) for short, name, _ in FIELDS)
    return urlencode([(short, value) for short, value in values if value is not None])


def read(header: str | None) -> Caller:
    """Raises BadCaller; unknown and repeated fields are refused, not ignored."""
    if not header or len(header) > LONGEST:
        raise BadCaller("missing or too long")
    try:
        pairs = parse_qsl(header, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise BadCaller("not form-encoded") from None
    values = dict(pairs)
    known = {short: (name, longest) for short, name, longest in FIELDS}
    if len(values) != len(pairs) or not {"channel", "user"} <= set(values) <= set(known):
        raise BadCaller("unknown, repeated or missing fields")
    for short, value in values.items():
        if not value or len(value) > known[short][1] or not value.isprintable():
            raise BadCaller(short)
    return Caller(**{known[short][0]: value for short, value in values.items()})
