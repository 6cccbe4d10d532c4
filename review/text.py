"""Text that others wrote, made safe for the eye. Escaping for HTML is the template engine's part.

Control characters would vanish, and bidirectional overrides would let a captured page reorder our own words
(Unicode Technical Report 36, section 2.5), so both are shown as what they are.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with every control, zero-width and bidirectional character written out (``⟨U+202E⟩``).

    Tabs and line ends stay; NUL to US become control pictures (``␀``); ZWJ and ZWNJ stay where they join letters,
    as Persian, Hindi and emoji need them.
    """
    return _HIDDEN.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code in (0x200C, 0x200D) and _joins(match):
        return match.group()
    return f"⟨U+{code:04X}⟩"


def _joins(match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    return bool(before and after) and ord(before) > 0x5FF and ord(after) > 0x5FF


def shorten(text: str, length: int) -> str:
    """At most ``length`` characters, the last one an ellipsis when something was cut."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def moment(at: datetime | None) -> str:
    """``24 Nov 2026, 06:43 UTC``; a dash for None."""
    return "–" if at is None else at.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC").lstrip("0")


def ago(at: datetime, now: datetime) -> str:
    """How long ago (or until) in one unit: ``just now``, ``5 min ago``, ``3 h ago``, ``in 2 d``."""
    gap = now - at
    amount = _span(abs(gap))
    if amount == "0 min":
        return "just now"
    return f"{amount} ago" if gap >= timedelta(0) else f"in {amount}"


def _span(gap: timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"


def byte_count(size: int) -> str:
    """``812 B``, ``14.2 kB``, ``3.0 MB`` (decimal units)."""
    if size < 1000:
        return f"{size} B"
    units = ("kB", "MB", "GB", "TB")
    power = next((power for power in (1, 2, 3) if size / 1000**power < 999.95), 4)
    return f"{size / 1000**power:.1f} {units[power - 1]}"


def seconds(amount: float) -> str:
    """``85 ms`` or ``2.4 s``."""
    return f"{amount * 1000:.0f} ms" if amount < 1 else f"{amount:.1f} s"
