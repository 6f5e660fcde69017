"""A main meter (总表) before several sub-meters: what it measured more is shared by the users.

Who resells water may not add to the price; the difference between the main meter and the
sum of the sub-meters is shared in proportion to use (转供, 合表).
"""

from collections.abc import Mapping


def shares(main_l: int, sub_l: Mapping[str, int]) -> dict[str, int]:
    """Litres of each sub-meter with its share of the difference; they add up to the main meter.

    Shared by use, the last litres by the largest remainder; in equal parts when nobody used
    any. A main meter that measured less than the others shares nothing. Raises ValueError
    without sub-meters.
    """
    if not sub_l:
        raise ValueError("a shared meter has sub-meters")
    used_l = sum(sub_l.values())
    lost_l = max(main_l - used_l, 0)
    weights = sub_l if used_l else dict.fromkeys(sub_l, 1)
    whole = sum(weights.values())
    parts = {name: lost_l * weight // whole for name, weight in weights.items()}
    rests = sorted(weights, key=lambda name: (-(lost_l * weights[name] % whole), name))
    for name in rests[: lost_l - sum(parts.values())]:
        parts[name] += 1
    return {name: used + parts[name] for name, used in sub_l.items()}
