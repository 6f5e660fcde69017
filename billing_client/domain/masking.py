"""Personal data as it may be shown: enough to recognise, too little to use."""

import re

STAR = "*"
_SURNAMES_OF_TWO = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒")
_BUILDING = re.compile(r"^(.*?\d+\s*(?:号楼|栋|幢|座|号院|弄|号))(.+)$")


def mask_name(name: str) -> str:
    """王小明 → 王*明, 王明 → 王*, 欧阳小明 → 欧阳*明. Names of firms stay readable at both ends."""
    if len(name) <= 1:
        return name
    head = 2 if name.startswith(_SURNAMES_OF_TWO) and len(name) > 2 else 1
    if len(name) == head + 1:
        return name[:head] + STAR
    if len(name) > 5:  # an organisation
        return name[:2] + STAR * 3 + name[-2:]
    return name[:head] + STAR * (len(name) - head - 1) + name[-1]


def mask_phone(phone: str) -> str:
    """13811111234 → 138****1234; shorter numbers keep their last four digits only."""
    if len(phone) >= 11:
        return phone[:3] + STAR * 4 + phone[-4:]
    return STAR * max(0, len(phone) - 4) + phone[-4:]


def mask_address(address: str) -> str:
    """和平里2栋3单元401室 → 和平里2栋***: street and building stay, the door goes."""
    found = _BUILDING.match(address)
    return f"{found[1]}{STAR * 3}" if found else address


def mask_email(address: str) -> str:
    """wang.li@example.com → w***@example.com."""
    user, at, host = address.rpartition("@")
    return f"{user[:1]}{STAR * 3}{at}{host}"
