"""The settings as ``config show`` prints them: value and origin of each, secrets masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from config.load import Config
from config.sections import settings_list

MASK = "********"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSetting:
    """One line of ``config show``: ``section.key``, the value as text, where it came from, what it means."""

    key: str
    value: str
    origin: str
    description: str


def shown_settings(config: Config) -> Iterator[ShownSetting]:
    """Every setting of a configuration, in the order of ``docs/settings.md``."""
    for setting in settings_list():
        value = getattr(getattr(config.settings, setting.section), setting.name)
        yield ShownSetting(
            key=setting.key,
            value=MASK if setting.secret and value is not None else shown_value(value),
            origin=str(config.origins[setting.key]),
            description=setting.description,
        )


def shown_value(value: Any) -> str:
    """A value as YAML writes it; a password inside a URL is masked."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(shown_value(item) for item in value) + "]"
    return masked_url(value) if isinstance(value, str) else str(value)


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
