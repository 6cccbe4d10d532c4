"""Page text as keywords are compared, and what it may be meant to read where it hides words.

Terms and pages go through the same :func:`fold`, so that full-width letters, soft hyphens and capitals make no
difference. It is :func:`classifiers.text.normalise` without offsets, quick enough for whole pages, with one sort of
apostrophe and dash; :func:`original` leads back to what the page says, one span at a time and only where something
was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import re2

from classifiers.text import normalise

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_HIDDEN_IN_WORD = re.compile("(?<=[^\\W\\d_])[\u200b\u200e\u200f\u2060-\u2064\u180e\ufeff]+(?=[^\\W\\d_])")
_APOSTROPHES = re.compile("[‘’ʼ′]")
_DASHES = re.compile("[‐‑‒–—−]")

_SIGN_LETTERS = str.maketrans("0134578@$!|€", "oieastbasile")
_SPLITTERS = " .-_*·"
_ALIEN = r"\p{Cyrillic}\p{Greek}\p{Armenian}"
_LEET = re.compile(r"(?<=[a-z])[0134578@$!|€]+(?=[a-z])|[01345@$](?=[a-z]{3})|(?<=[a-z]{3})[01345@$](?!\w)")
_SPLIT = re.compile(r"(?<!\w)(?:[^\W\d_][ .\-_*·]){4,}[^\W\d_](?!\w)")
_MASKS = re2.compile(
    rf"[a-z][{_ALIEN}]|[{_ALIEN}][a-z]"
    r"|[a-z][0134578@$!|€]+[a-z]|[01345@$][a-z]{3}|[a-z]{3}[01345@$](?:[^\pL\pN]|$)"
    r"|(?:^|[^\pL\pN])(?:\pL[ .\-_*·]){4}\pL(?:[^\pL\pN]|$)"
)


def fold(text: str) -> str:
    """``text`` as it is compared. Line feeds stay, so that texts joined by them stay apart."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold())
    return _DASHES.sub("-", _APOSTROPHES.sub("'", folded))


def original(text: str, start: int, end: int) -> str:
    """The part of ``text`` whose folded form is ``fold(text)[start:end]``; all of it where no part can be told."""
    if text.isascii():
        return text[start:end]
    normal = normalise(text)
    if len(normal.text) != len(fold(text)):
        return text
    first, last = normal.original(start, end)
    return text[first:last]


def hides_letters(quote: str) -> bool:
    """Whether invisible characters stand between letters of ``quote``. Soft hyphens and joiners are honest ones."""
    return not quote.isascii() and _HIDDEN_IN_WORD.search(quote) is not None


@dataclass(frozen=True, slots=True)
class Unmasked:
    """One reading of a folded text that hides words.

    ``text[i]`` stands for the folded text's characters from ``starts[i]`` to ``starts[i + 1]``.
    """

    text: str
    starts: Sequence[int]


def unmasked(folded: str) -> tuple[Unmasked, ...]:
    """What a folded text may be meant to read where it hides words; empty for an ordinary text.

    Undoes letters of other alphabets inside Latin words, digits and signs for letters, and split letters. The
    results serve to look up known words only: they are wrong wherever the text was innocent.
    """
    found: list[Unmasked] = []
    same = range(len(folded) + 1)
    skeleton = normalise(folded, skeleton=True).text
    if skeleton != folded and len(skeleton) == len(folded):
        found.append(Unmasked(skeleton, same))
    if _LEET.search(folded):
        found.append(Unmasked(folded.translate(_SIGN_LETTERS), same))
        if "1" in folded:
            found.append(Unmasked(folded.replace("1", "l").translate(_SIGN_LETTERS), same))
    found += [_joined(match) for match in _SPLIT.finditer(folded)]
    return tuple(found)


def _joined(match: re.Match[str]) -> Unmasked:
    kept = [(char, place) for place, char in enumerate(match.group(), match.start()) if char not in _SPLITTERS]
    return Unmasked("".join(char for char, _ in kept), [*(place for _, place in kept), match.end()])


def masked_places(folded: str) -> Iterator[int]:
    """Offsets in a folded text around which :func:`unmasked` may have an answer, in order."""
    return (found.start() for found in _MASKS.finditer(folded))
