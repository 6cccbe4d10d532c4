"""Text as it is matched: folded, normalised, and always with the way back to what the page says.

Sellers hide terms from filters with full-width letters, look-alikes from other alphabets, zero-width characters and
soft hyphens. :func:`normalise` undoes these and keeps, for every character of its result, the offset of the character
it came from, so that a match can be quoted as written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_DROPPED = re.compile(
    "[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff"
    "\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U000ffffe\U000fffff\U0010fffe\U0010ffff]"
)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_INVISIBLE_MAP = {
    code: None
    for first, last in (
        (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
        (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
        (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0xE0000, 0xE0FFF),
    )
    for code in range(first, last + 1)
}  # fmt: skip

_LOOKALIKES = {
    # Cyrillic
    **dict(
        zip(
            "авеёкмнорстухѕіїјһԁԛԝӏгпѵь",
            "abeekmhopctyxsiijhdqwlrnvb",
            strict=True,
        )
    ),
    # Greek
    **dict(
        zip(
            "αβεηικνορτυχγωϲϳάέήίόύς",
            "abenikvoptuxywcjaenious",
            strict=True,
        )
    ),
    # Armenian, and small capitals and other Latin letters that fonts draw alike
    **dict(
        zip(
            "ɡօսհոցզɑɩıǀƅᴄᴏᴠᴡᴢꜱʀʟɪɴᴀᴇᴋᴍᴘᴛᴜᴅʙɢʜᴊʏ",
            "gouhngqaiilbcovwzsrlinaekmptudbghjy",
            strict=True,
        )
    ),
}
_MIXED_WORD = re.compile(r"[^\W\d_]+")
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff]"
)


def fold(text: str) -> str:
    """White space folded: each run is one space, none at the ends. Control characters, which no page shows, go."""
    folded = " ".join(text.split())
    if not folded.isprintable():
        folded = " ".join(_DROPPED.sub("", folded).split())
    return folded


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text and, unless nothing moved, the original offset of each of its characters and of its end."""

    text: str
    offsets: Sequence[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original text that the normalised range ``[start, end)`` came from."""
        if self.offsets is None or start >= end:
            return (start, end) if self.offsets is None else (self.offsets[start], self.offsets[start])
        last = self.offsets[end - 1]
        following = next((offset for offset in self.offsets[end:] if offset > last), last + 1)
        return self.offsets[start], following


def normalise(text: str, *, skeleton: bool = False) -> Normalised:
    """NFKC and case folding without invisible characters; ``skeleton`` also turns look-alike letters into Latin ones.

    Look-alikes are only replaced in words that already mix them with Latin letters, so Russian and Greek stay
    themselves.
    """
    if text.isascii():
        return Normalised(text.lower())
    plain = text.casefold()
    offsets: Sequence[int] | None = None
    if len(plain) != len(text) or not unicodedata.is_normalized("NFKC", text) or _INVISIBLE.search(text):
        plain, offsets = _mapped(text)
    if skeleton:
        plain = _MIXED_WORD.sub(_latinised, plain)
    return Normalised(plain, offsets)


def fast_normalise(text: str) -> str:
    """The text of :func:`normalise` without offsets, for deciding whether there is anything to look for."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.translate(_INVISIBLE_MAP)).casefold())


def _mapped(text: str) -> tuple[str, list[int]]:
    pieces: list[str] = []
    offsets: list[int] = []
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and _joins(text[end]):
            end += 1
        cluster = fast_normalise(text[at:end])
        pieces.append(cluster)
        offsets.extend([at] * len(cluster))
        at = end
    offsets.append(len(text))
    return "".join(pieces), offsets


_JOINING = frozenset("\u3099\u309a\uff9e\uff9f") | {chr(code) for code in range(0x1160, 0x1200)}
"""Marks and vowels that NFKC joins with the letter before although their combining class may be 0."""


def _joins(character: str) -> bool:
    """Whether a character belongs to the letter before: a mark, or something invisible before a mark."""
    return bool(unicodedata.combining(character)) or character in _JOINING or ord(character) in _INVISIBLE_MAP


def _latinised(match: re.Match[str]) -> str:
    word = match[0]
    if word.isascii() or not any("a" <= letter <= "z" for letter in word):
        return word
    return "".join(_LOOKALIKES.get(letter, letter) for letter in word)


def spaceless(character: str) -> bool:
    """Whether a character's script writes words without spaces (Han, kana, Thai, Lao, Khmer, Burmese)."""
    return bool(_SPACELESS.match(character))


def at_boundary(text: str, start: int, end: int) -> bool:
    """Whether the match ``[start, end)`` stands as a word of its own.

    A letter or digit may not touch another one, except where either belongs to a script without spaces between words.
    """
    return _between(text, start) and _between(text, end)


def _between(text: str, place: int) -> bool:
    if place <= 0 or place >= len(text):
        return True
    before, after = text[place - 1], text[place]
    if not (before.isalnum() or before == "_") or not (after.isalnum() or after == "_"):
        return True
    return not (before.isascii() and after.isascii()) and (spaceless(before) or spaceless(after))


def main_script(text: str) -> str:
    """The script of most letters (``latin``, ``cyrillic``, ``han``, ``kana``, ``arabic`` …), ``""`` without letters."""
    if text.isascii():
        return "latin" if any(map(str.isalpha, text)) else ""
    counts: dict[str, int] = {}
    for character in text[:2_000]:
        if character.isalpha():
            script = _script_of(character)
            counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda name: counts[name]) if counts else ""


_RANGES = (
    (0x0000, 0x024F, "latin"), (0x0370, 0x03FF, "greek"), (0x0400, 0x052F, "cyrillic"), (0x0530, 0x058F, "armenian"),
    (0x0590, 0x05FF, "hebrew"), (0x0600, 0x077F, "arabic"), (0x0900, 0x097F, "devanagari"), (0x0E00, 0x0E7F, "thai"),
    (0x10A0, 0x10FF, "georgian"), (0x1100, 0x11FF, "hangul"), (0x1E00, 0x1EFF, "latin"), (0x1F00, 0x1FFF, "greek"),
    (0x3040, 0x30FF, "kana"), (0x3400, 0x9FFF, "han"), (0xAC00, 0xD7AF, "hangul"), (0xF900, 0xFAFF, "han"),
    (0xFB50, 0xFDFF, "arabic"), (0xFE70, 0xFEFF, "arabic"), (0xFF21, 0xFF5A, "latin"), (0xFF66, 0xFF9F, "kana"),
)  # fmt: skip


def _script_of(character: str) -> str:
    code = ord(character)
    return next((name for first, last, name in _RANGES if first <= code <= last), "other")
