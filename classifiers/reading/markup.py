"""One pass over a page's markup that gathers everything the rest of the reading needs.

The parser is turbohtml's event interface: it builds the tree a browser builds (WHATWG, nesting capped at 512) and
calls back once per node, so no object per node ever exists. All limits here bound the work on a hostile page; the
first one reached ends the reading or the list it concerns and is recorded as ``truncated``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from turbohtml.saxparse import SaxHandler, sax_parse

from classifiers.reading.calming import calm
from classifiers.reading.gathered import PLAIN, REGULAR, STRUCK, Gathered, element_token
from classifiers.reading.microdata import Items
from classifiers.reading.urls import Base
from classifiers.text import fold
from core.records import Field, Form, FormInput, Image, Link, Script

MAX_ELEMENTS = 150_000
MAX_SPANS = 20_000
MAX_LINKS = 5_000
MAX_IMAGES = 5_000
MAX_FORMS = 500
MAX_INPUTS = 5_000
MAX_SCRIPTS = 500
MAX_FRAMES = 200
MAX_META = 300

MAX_ATTRIBUTE = 20_000
"""Longest attribute value kept, in characters."""

MAX_INLINE = 20_000
"""Characters kept of an inline script."""

MAX_JSON_LD = 500_000


_INVISIBLE = frozenset(
    {"script", "style", "noscript", "template", "iframe", "noembed", "noframes", "object", "canvas", "svg", "math",
     "audio", "video", "datalist", "head", "title", "textarea"}
)  # fmt: skip
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_META_SPANS = frozenset({"description", "keywords", "og:title", "og:description"})
_LINK_META = frozenset({"canonical", "shortlink", "alternate", "next", "prev"})
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-image")
_HIDING_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


class _Enough(Exception):
    """Ends the reading when a page has more elements than anybody looks at."""


def gather(text: str, url: str) -> Gathered:
    """Read the markup of a decoded page. Takes any text and never raises."""
    reader = _Reader(Gathered(base=Base(url)))
    try:
        sax_parse(calm(text), reader)
    except _Enough:
        reader.gathered.truncated = True
    return reader.finished()


class _Reader(SaxHandler):
    """Keeps where it stands in the tree as depths: 0 means "not inside such an element"."""

    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.depth = 0
        self.hidden = 0
        self.heading = 0
        self.struck = 0
        self.mark = PLAIN
        self.anchor = 0
        self.anchor_attrs: dict[str, str | None] = {}
        self.anchor_text: list[str] = []
        self.anchor_hidden = False
        self.form: tuple[int, str, str, list[FormInput]] | None = None
        self.inputs = 0
        self.script: list[str] | None = None
        self.script_kind = ""
        self.titling: list[str] | None = None
        self.items = Items()
        self.based = False
        self.starts: dict[str, Callable[[dict[str, str | None]], None]] = {
            "a": self._start_anchor, "area": self._start_anchor, "img": self._start_image,
            "meta": self._start_meta, "link": self._start_link, "base": self._start_base, "html": self._start_html,
            "form": self._start_form, "input": self._start_input, "button": self._start_button,
            "select": self._start_select, "textarea": self._start_textarea, "script": self._start_script,
            "iframe": self._start_frame, "frame": self._start_frame, "embed": self._start_frame,
            "object": self._start_frame, "video": self._start_frame, "audio": self._start_frame,
            "source": self._start_source, "title": self._start_title,
        }  # fmt: skip

    def finished(self) -> Gathered:
        """Close what the page, or a limit, left open."""
        if self.anchor:
            self._end_anchor()
        if self.form is not None:
            self._end_form()
        self.items.close()
        self.gathered.microdata.extend(self.items.found)
        return self.gathered

    # --- events -------------------------------------------------------------------------------------

    def start_element(self, tag: str, attrs: tuple[tuple[str, str | None], ...]) -> None:
        """Note where the element begins and take what its attributes say."""
        self.depth += 1
        gathered = self.gathered
        tokens = gathered.tokens
        if len(tokens) >= MAX_ELEMENTS:
            raise _Enough
        if not attrs:
            tokens.append(tag)
            given: dict[str, str | None] = {}
        else:
            given = dict(attrs)
            names = given.get("class")
            if names:
                token, mark = element_token(tag, names if len(names) < 300 else names[:300])
                tokens.append(token)
                if mark and not self.struck:
                    self.struck = self.depth
                    self.mark = mark
            else:
                tokens.append(tag)
            if not self.hidden and (
                "hidden" in given or ("style" in given and _HIDING_STYLE.search((given["style"] or "")[:2_000]))
            ):
                self.hidden = self.depth
            elif "style" in given and not self.struck and "line-through" in (given["style"] or "")[:2_000]:
                self.struck = self.depth
                self.mark = STRUCK
            if "itemscope" in given or "itemprop" in given:
                self.items.start(tag, given, self.depth)
            if "data-cfemail" in given and len(gathered.shielded) < 50:
                gathered.shielded.append((given["data-cfemail"] or "")[:200])
        if tag in _HEADINGS:
            if not self.heading:
                self.heading = self.depth
        elif tag in ("del", "s", "strike"):
            if not self.struck or self.mark is REGULAR:
                self.struck = self.depth
                self.mark = STRUCK
        elif tag in _INVISIBLE and not self.hidden:
            self.hidden = self.depth
        start = self.starts.get(tag)
        if start is not None:
            start(given)

    def end_element(self, tag: str) -> None:
        """Leave every state that began with the element."""
        depth = self.depth
        self.depth = depth - 1
        if depth == self.hidden:
            self.hidden = 0
        if depth == self.struck:
            self.struck = 0
            self.mark = PLAIN
        if depth == self.heading:
            self.heading = 0
        if depth == self.anchor:
            self._end_anchor()
        if self.script is not None and tag == "script":
            self._end_script()
        elif self.titling is not None and tag == "title":
            self._end_title()
        elif self.form is not None and depth == self.form[0]:
            self._end_form()
        if self.items.open:
            self.items.end(depth)

    def characters(self, data: str) -> None:
        """Take one text node, white space folded."""
        if self.hidden:
            if self.script is not None:
                self.script.append(data)
            elif self.titling is not None:
                self.titling.append(data)
            return
        if data.isspace():
            return
        text = fold(data)
        if not text:
            return
        if self.anchor:
            where = Field.HEADING if self.heading else Field.LINK
            self.anchor_text.append(text)
        else:
            where = Field.HEADING if self.heading else Field.BODY
        self._span(where, text)
        if self.items.open:
            self.items.text(text)

    def _span(self, where: Field, text: str) -> None:
        gathered = self.gathered
        if len(gathered.texts) >= MAX_SPANS:
            gathered.truncated = True
            return
        gathered.texts.append(text)
        gathered.fields.append(where)
        gathered.marks.append(self.mark)

    def _attribute_span(self, where: Field, value: str | None) -> None:
        if value and len(value) <= MAX_ATTRIBUTE:
            text = fold(value)
            if text:
                self._span(where, text)

    # --- head ---------------------------------------------------------------------------------------

    def _start_html(self, attrs: dict[str, str | None]) -> None:
        self.gathered.declared = (attrs.get("lang") or attrs.get("xml:lang") or "")[:40]

    def _start_title(self, _: dict[str, str | None]) -> None:
        if not self.gathered.title and self.hidden and self.titling is None and self.script is None:
            self.titling = []

    def _end_title(self) -> None:
        title = fold("".join(self.titling or ()))
        self.titling = None
        if title:
            self.gathered.title = title[:2_000]
            self._span(Field.TITLE, title)

    def _start_meta(self, attrs: dict[str, str | None]) -> None:
        name = (attrs.get("property") or attrs.get("name") or attrs.get("http-equiv") or "").strip().lower()[:100]
        content = attrs.get("content")
        if not name or content is None or len(self.gathered.meta) >= MAX_META:
            return
        value = fold(content[:MAX_ATTRIBUTE])
        self.gathered.meta.append((name, value))
        if name == "content-language":
            self.gathered.content_language = value[:40]
        if name in _META_SPANS and value:
            self._span(Field.META, value)

    def _start_link(self, attrs: dict[str, str | None]) -> None:
        rel = (attrs.get("rel") or "").lower()
        href = attrs.get("href")
        if "icon" in rel and href and "mask" not in rel and len(self.gathered.icons) < 10:
            url = self.gathered.base.join(href)
            if url:
                self.gathered.icons.append(url)
        elif rel in _LINK_META and href and len(self.gathered.meta) < MAX_META:
            self.gathered.meta.append((f"link:{rel}", href.strip()[:2_000]))

    def _start_base(self, attrs: dict[str, str | None]) -> None:
        href = attrs.get("href")
        if href and not self.based:
            url = self.gathered.base.join(href)
            if url:
                self.based = True
                self.gathered.base = Base(url)

    # --- links, images, frames ----------------------------------------------------------------------

    def _start_anchor(self, attrs: dict[str, str | None]) -> None:
        if "href" not in attrs:
            return
        if self.anchor:
            self._end_anchor()
        self.anchor = self.depth
        self.anchor_attrs = attrs
        self.anchor_text = []
        self.anchor_hidden = bool(self.hidden)

    def _end_anchor(self) -> None:
        gathered = self.gathered
        self.anchor = 0
        if len(gathered.links) >= MAX_LINKS:
            gathered.truncated = True
            return
        attrs = self.anchor_attrs
        href = (attrs["href"] or "").strip()[:MAX_ATTRIBUTE]
        text = " ".join(self.anchor_text) if self.anchor_text else ""
        if not self.anchor_hidden:
            title = attrs.get("title")
            if title and title != text:
                self._attribute_span(Field.ALT, title)
        gathered.links.append(
            Link(
                url=gathered.base.join(href),
                href=href,
                text=text[:500],
                rel=attrs.get("rel") or "",
                hidden=self.anchor_hidden,
            )
        )

    def _start_image(self, attrs: dict[str, str | None]) -> None:
        gathered = self.gathered
        if len(gathered.images) >= MAX_IMAGES:
            gathered.truncated = True
            return
        source = attrs.get("src") or ""
        if not source or source.startswith("data:"):
            source = next((value for name in _LAZY if (value := attrs.get(name))), "")
            if not source:
                candidates = (attrs.get("srcset") or attrs.get("data-srcset") or "").strip()
                source = candidates[:4_096].split(None, 1)[0].rstrip(",") if candidates else ""
        alt = fold((attrs.get("alt") or "")[:MAX_ATTRIBUTE])
        url = gathered.base.join(source) if source else ""
        if url or alt:
            gathered.images.append(Image(url=url, alt=alt))
        if not self.hidden:
            if alt:
                self._span(Field.ALT, alt)
            title = attrs.get("title")
            if title and title != alt:
                self._attribute_span(Field.ALT, title)

    def _start_frame(self, attrs: dict[str, str | None]) -> None:
        self._frame(attrs.get("src") or attrs.get("data-src") or attrs.get("data"))

    def _start_source(self, attrs: dict[str, str | None]) -> None:
        self._frame(attrs.get("src"))

    def _frame(self, source: str | None) -> None:
        if source and len(self.gathered.frames) < MAX_FRAMES:
            url = self.gathered.base.join(source)
            if url:
                self.gathered.frames.append(url)

    # --- scripts ------------------------------------------------------------------------------------

    def _start_script(self, attrs: dict[str, str | None]) -> None:
        source = attrs.get("src")
        self.script_kind = (attrs.get("type") or "").strip().lower()[:100]
        if source and self.script_kind != "application/ld+json":
            if len(self.gathered.scripts) < MAX_SCRIPTS:
                self.gathered.scripts.append(Script(src=self.gathered.base.join(source) or source[:2_000]))
        else:
            self.script = []

    def _end_script(self) -> None:
        text = "".join(self.script or ())
        self.script = None
        if self.script_kind == "application/ld+json":
            if len(text) <= MAX_JSON_LD and len(self.gathered.json_ld) < 50:
                self.gathered.json_ld.append(text)
        elif text and len(self.gathered.scripts) < MAX_SCRIPTS:
            stripped = text.strip()
            if stripped:
                self.gathered.scripts.append(Script(text=stripped[:MAX_INLINE]))

    # --- forms --------------------------------------------------------------------------------------

    def _start_form(self, attrs: dict[str, str | None]) -> None:
        if self.form is not None:
            self._end_form()
        action = (attrs.get("action") or "").strip()
        method = (attrs.get("method") or "get").strip().lower()[:10]
        base = self.gathered.base
        self.form = (self.depth, base.join(action) if action else base.page, method, [])

    def _end_form(self) -> None:
        if self.form is not None:
            _, action, method, inputs = self.form
            self.form = None
            if len(self.gathered.forms) < MAX_FORMS:
                self.gathered.forms.append(Form(action=action, method=method, inputs=tuple(inputs)))
            else:
                self.gathered.truncated = True

    def _control(self, kind: str, attrs: dict[str, str | None]) -> None:
        if self.form is not None and self.inputs < MAX_INPUTS:
            self.inputs += 1
            name = attrs.get("name") or attrs.get("id") or ""
            self.form[3].append(FormInput(type=kind[:40], name=name[:200]))

    def _start_input(self, attrs: dict[str, str | None]) -> None:
        kind = (attrs.get("type") or "text").strip().lower()
        self._control(kind, attrs)
        if not self.hidden:
            if kind in ("submit", "button"):
                self._attribute_span(Field.BODY, attrs.get("value"))
            elif kind != "hidden":
                self._attribute_span(Field.BODY, attrs.get("placeholder"))

    def _start_button(self, attrs: dict[str, str | None]) -> None:
        self._control("button", attrs)

    def _start_select(self, attrs: dict[str, str | None]) -> None:
        self._control("select", attrs)

    def _start_textarea(self, attrs: dict[str, str | None]) -> None:
        self._control("textarea", attrs)
