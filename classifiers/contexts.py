"""What stands around a keyword: the sentence, words that turn its meaning round, and nearness.

The words are those that sellers of genuine goods, police and reporters put before a term ("no replicas", "beware
of fake", "keine Imitate"). A term that itself starts with such a word ("no prescription needed") is not affected:
only the text before and after the match is looked at.
"""

from __future__ import annotations

import re

MAX_NEAR = 60
"""Greatest distance between two neighbours, in characters."""

_MAX_WORDS_NEAR = 8
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？\n;|•·]")

_BEFORE = (
    # en
    "no|never|not|non|isn't|aren't|don't|won't|without|against|avoid|avoiding|beware|spot|spotting|identify|identifying"
    "|detect|recognise|recognize|recognising|recognizing|prevent|fight|fighting|stop|report|reporting|combat|anti|alleged"
    "|seized|seizes|seize|confiscated"
    "|kein|keine|keinen|keiner|nicht|ohne|gegen|vor|erkennen|vermeiden"  # de
    "|pas|aucun|aucune|sans|contre|éviter|reconnaître|jamais|ni"  # fr
    "|sin|contra|evitar|evite|reconocer|nunca|ningún|ninguna"  # es
    "|senza|contro|evitare|riconoscere|nessun|nessuna|mai"  # it
    "|geen|niet|zonder|tegen|herken|herkennen|vermijd"  # nl
    "|não|sem|nenhum|nenhuma"  # pt
    "|nie|bez|przeciw|przeciwko|unikaj|żadnych|żadne"  # pl
    "|ne|není|žádné|proti|nejsou"  # cs
    "|inte|ej|utan|mot|inga|ingen|undvik"  # sv
    "|ikke|uden|mod"  # da
    "|nu|fără|împotriva"  # ro
    "|nem|nincs|ellen|nélkül"  # hu
    "|не|без|против"  # bg, ru
    "|δεν|όχι|χωρίς|κατά"  # el
    "|değil|karşı"  # tr
    "|không|chống"  # vi
)
_DENIAL_BEFORE = re.compile(rf"(?<!\w)(?:{_BEFORE})(?:[\s-]+[\w'-]+){{0,2}}[\s-]*$")
_DENIAL_AFTER = re.compile(
    r"^\W{0,3}(?:(?:are|is) (?:not|never|illegal)|(?:ist|sind) (?:nicht|verboten)|değil|ではありません|不是|アリマセン)"
)
_SPACELESS_BEFORE = re.compile(r"(?:不是|非|拒绝|拒絕|没有|沒有|ない|打击|打擊|防止|ไม่|ไม่ใช่|anti-?)$")


def sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds of the sentence (at most 200 characters either way) that holds ``text[start:end]``."""
    first = max(0, start - 200)
    before = list(_SENTENCE_END.finditer(text, first, start))
    if before:
        first = before[-1].end()
    after = _SENTENCE_END.search(text, end, min(len(text), end + 200))
    return first, after.start() if after else min(len(text), end + 200)


def opposed(before: str, after: str) -> bool:
    """Whether the rest of the sentence, up to a term and from it on, turns the term's meaning round."""
    tail = before[-60:]
    return bool(
        _DENIAL_BEFORE.search(tail) or _SPACELESS_BEFORE.search(tail.rstrip()) or _DENIAL_AFTER.match(after[:40])
    )


def near(text: str, one: tuple[int, int], other: tuple[int, int], *, same_span: bool) -> bool:
    """Whether two matches are neighbours: within 60 characters and 8 words, or in one span twice as far apart."""
    first, last = (one[1], other[0]) if one[1] <= other[0] else (other[1], one[0])
    gap = last - first
    if same_span and gap <= 2 * MAX_NEAR:
        return True
    return gap <= MAX_NEAR and len(text[first:last].split()) <= _MAX_WORDS_NEAR
