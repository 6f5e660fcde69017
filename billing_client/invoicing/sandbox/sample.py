"""What a sample invoice shows: the request in the words and figures of the printed form."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing_client.domain.capitals import capitals
from billing_client.domain.tax import InvoiceLine, Treatment
from billing_client.invoicing.port import InvoiceRequest, RedRequest

SHANGHAI = ZoneInfo("Asia/Shanghai")
RATES = {Treatment.EXEMPT: "免税", Treatment.NON_TAXABLE: "不征税"}


def content(request: InvoiceRequest) -> dict[str, Any]:
    """Amounts as integer fen, ready to be stored."""
    return {
        "seller": vars(request.seller),
        "buyer": {"name": request.buyer.name, "tax_no": request.buyer.tax_no or ""},
        "lines": [_line(line) for line in request.lines],
        "net_fen": sum(line.net_fen for line in request.lines),
        "tax_fen": sum(line.tax_fen for line in request.lines),
        "remark": request.remark,
        "red_of": "",
    }


def _line(line: InvoiceLine) -> dict[str, Any]:
    return {
        "name": line.rule.name,
        "volume_l": line.volume_l,
        "net_fen": line.net_fen,
        "tax_fen": line.tax_fen,
        "rate": RATES.get(line.rule.treatment) or f"{(line.rule.rate or 0) * 100:.0f}%",
    }


def red_content(blue: dict[str, Any], request: RedRequest) -> dict[str, Any]:
    """The blue one with every figure below zero."""
    lines = [
        line
        | {
            "volume_l": -line["volume_l"] if line["volume_l"] else None,
            "net_fen": -line["net_fen"],
            "tax_fen": -line["tax_fen"],
        }
        for line in blue["lines"]
    ]
    return blue | {
        "lines": lines,
        "net_fen": -blue["net_fen"],
        "tax_fen": -blue["tax_fen"],
        "remark": f"对应蓝字发票 {request.blue_invoice_no}",
        "red_of": request.blue_invoice_no,
    }


def shown(stored: dict[str, Any], invoice_no: str, issued_at: datetime) -> dict[str, Any]:
    """The blanks of the template ``invoice``."""
    total = stored["net_fen"] + stored["tax_fen"]
    return {
        "invoice_no": invoice_no,
        "issued_on": f"{issued_at.astimezone(SHANGHAI):%Y年%m月%d日}",
        "seller": stored["seller"],
        "buyer": stored["buyer"],
        "lines": [_shown_line(line) for line in stored["lines"]],
        "net": _yuan(stored["net_fen"]),
        "tax": _yuan(stored["tax_fen"]) if stored["tax_fen"] else "***",
        "total": _yuan(total),
        "capitals": capitals(total),
        "remark": stored["remark"],
        "red": bool(stored["red_of"]),
    }


def _shown_line(line: dict[str, Any]) -> dict[str, str]:
    return {
        "name": line["name"],
        "unit": "立方米" if line["volume_l"] else "",
        "quantity": f"{line['volume_l'] / 1000:g}" if line["volume_l"] else "",
        "price": _price(line),
        "net": _yuan(line["net_fen"]),
        "rate": line["rate"],
        "tax": _yuan(line["tax_fen"]) if line["tax_fen"] else "***",
    }


def _price(line: dict[str, Any]) -> str:
    """Net yuan a m³; at most 13 decimals are allowed, eight are usual."""
    from decimal import Decimal

    if not line["volume_l"]:
        return ""
    price = Decimal(line["net_fen"]) * 10 / Decimal(line["volume_l"])
    return f"{price:.8f}".rstrip("0").rstrip(".")


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
