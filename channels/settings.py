"""How the push channels are switched on: by settings of the environment, checked at the start."""

from collections.abc import Mapping

Environment = Mapping[str, str]


class BadChannelSetting(ValueError):
    """A setting that cannot be used; the message is one Chinese sentence for the operator."""


def read(environment: Environment, name: str, default: str = "") -> str:
    return environment.get(name, "").strip() or default


def all_or_none(environment: Environment, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The values; None when none is set. Raises ``BadChannelSetting`` when some are missing."""
    values = tuple(read(environment, name) for name in names)
    if not any(values):
        return None
    missing = [name for name, value in zip(names, values, strict=True) if not value]
    if missing:
        raise BadChannelSetting(f"还缺 {'、'.join(missing)}，请补上，或把 {names[0]} 等都去掉。")
    return values
