"""The words of the practice web by language, read from ``lab/locales/*.toml``, and money as each market writes it."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

Texts = Mapping[str, Any]
"""A language's tables: ``ui``, ``labels``, ``products``, ``fake``, ``honest``, ``piracy`` and more; see any file."""


@functools.cache
def load_texts(language: str) -> Texts:
    """The words of one language. Raises ``FileNotFoundError`` for a language that the lab does not speak."""
    source = resources.files("lab").joinpath("locales", f"{language}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


RATES = {
    "EUR": 1.0, "GBP": 0.86, "USD": 1.1, "PLN": 4.3, "CZK": 25.0, "SEK": 11.3, "TRY": 46.0, "RUB": 95.0, "CNY": 7.8,
    "JPY": 168.0, "VND": 29_000.0,
}  # fmt: skip
"""Units of a currency for one euro, roughly."""

_STYLES = {
    "EUR": ("{} €", ".", ",", 2), "GBP": ("£{}", ",", ".", 2), "USD": ("${}", ",", ".", 2),
    "PLN": ("{} zł", " ", ",", 2), "CZK": ("{} Kč", " ", ",", 0), "SEK": ("{} kr", " ", ",", 0),
    "TRY": ("{} TL", ".", ",", 2), "RUB": ("{} ₽", " ", ",", 0), "CNY": ("¥{}", ",", ".", 2),
    "JPY": ("¥{}", ",", ".", 0), "VND": ("{} ₫", ".", ",", 0),
}  # fmt: skip


def money(amount: float, currency: str, language: str) -> str:
    """An amount as the language's market prints it, such as ``1.299,00 €`` or ``£1,299.00``."""
    pattern, thousands, decimal, places = _STYLES[currency]
    if currency == "EUR" and language == "nl":
        pattern = "€ {}"
    if currency == "EUR" and language == "fr":
        thousands = "\u202f"
    text = f"{amount:,.{places}f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)
    return pattern.format(text)
