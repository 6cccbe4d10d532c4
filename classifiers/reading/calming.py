"""Taking the power from markup that makes a parser's tree explode."""

from __future__ import annotations

import re

MAX_FORMATTING = 6
"""Formatting elements open at once before they are renamed; see :func:`calm`."""

_FORMATTING = re.compile(
    r"<(/?)(b|big|code|em|font|i|s|small|strike|strong|tt|u|B|BIG|CODE|EM|FONT|I|S|SMALL|STRIKE|STRONG|TT|U)(?=[\s/>])"
)


def calm(text: str) -> str:
    """The text with formatting tags renamed to ones without their power from where too many are open.

    Every unclosed ``<b id=1>`` is repeated in each following paragraph of the tree, so thousands of them make a tree
    of the size of their product. Nothing that is read is lost: crossed-out text becomes ``<del>``, the rest ``<span>``.
    Short pages cannot do harm and are not looked at.
    """
    if len(text) < 20_000:
        return text
    depth = dict.fromkeys(("b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"), 0)
    unclosed = 0
    for match in _FORMATTING.finditer(text):
        name = match[2].lower()
        if match[1]:
            if depth[name]:
                depth[name] -= 1
                unclosed -= 1
        else:
            depth[name] += 1
            unclosed += 1
            if unclosed > MAX_FORMATTING:
                at = match.start()
                return text[:at] + _FORMATTING.sub(_powerless, text[at:])
    return text


def _powerless(match: re.Match[str]) -> str:
    return f"<{match[1]}{'del' if match[2].lower() in ('s', 'strike') else 'span'}"
