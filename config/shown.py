"""The settings as ``config show`` prints them: value and origin of each, secrets masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from config.load import Config
from config.sections import settings_list

MASK = "********"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSetting:
    """One line of ``config show``: ``section.key``, the value as JSON has it, where it came from, what it means."""

    name: str
    value: Any
    origin: str
    description: str


def show(config: Config) -> tuple[ShownSetting, ...]:
    """Every setting of a configuration, in the order of ``docs/settings.md``."""
    rows = []
    for setting in settings_list():
        value = getattr(getattr(config.settings, setting.section), setting.name)
        rows.append(
            ShownSetting(
                name=setting.key,
                value=MASK if setting.secret and value is not None else shown_value(value),
                origin=str(config.origins[setting.key]),
                description=setting.description,
            )
        )
    return tuple(rows)


def shown_value(value: Any) -> Any:
    """A value as JSON has it; a password inside a URL is masked."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, tuple):
        return [shown_value(item) for item in value]
    return masked_url(str(value))


def masked_url(text: str) -> str:
    """``text`` with the password of a URL masked; a text that is no URL is returned as it is."""
    try:
        parts = urlsplit(text)
        password = parts.password
    except ValueError:
        return text
    if not password:
        return text
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}:{MASK}@{host}").geturl()
