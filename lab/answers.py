"""What the site server says to a request: a document, or the script of a broken or hostile site. No sockets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.hosts import unit_of
from lab.hostile import Steps, script
from lab.images import favicon, picture
from lab.pages import Origin, Pages
from lab.sites import Behaviour, DnsBehaviour, Kind, LabSite


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request: lower-case host without port, request target, its path, headers by lower-case name."""

    method: str
    host: str
    target: str
    path: str
    headers: Mapping[str, str]
    close: bool

    def header(self, name: str) -> str:
        """A header's first value, or ``""``."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A complete answer. ``headers`` come beside the usual ones."""

    body: bytes
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    server: str = "nginx"


class Answers:
    """Finds the site of a host and makes its answer. Rendering is deterministic for a site and target."""

    def __init__(self, sites: Iterable[LabSite]) -> None:
        self._sites: dict[str, LabSite] = {}
        self._wild: dict[str, LabSite] = {}
        self._image_hosts: set[str] = set()
        for site in sites:
            self._sites[site.host] = site
            self._sites.setdefault(f"www.{site.host}", site)
            if site.kind is Kind.REDIRECT_WITHIN:
                self._sites.setdefault(site.leads_to, site)
            if site.dns is DnsBehaviour.WILDCARD:
                self._wild[unit_of(site.host)] = site
            if site.marks.image_host:
                self._image_hosts.add(site.marks.image_host)
        self._pages = Pages()

    def answer(self, request: Request, origin: Origin) -> Document | Steps:
        """The document or script for one request; a host that nobody planned gets the server's default page."""
        site = self._sites.get(request.host) or self._wild.get(unit_of(request.host))
        if site is None:
            if request.host in self._image_hosts and request.path.endswith(".svg"):
                return Document(body=picture(request.path.rpartition("/")[2]), media_type="image/svg+xml")
            return Document(status=404, body=self._pages.error(404))
        steps = script(site.behaviour, request.path)
        if steps is not None:
            return steps
        if site.www and request.host == site.host:
            return _moved(origin.url(f"www.{site.host}", request.target))
        if site.behaviour is Behaviour.REDIRECT and request.host != site.leads_to:
            # A doorway keeps no paths: whatever is asked for ends at the shop's front page.
            away = site.kind is Kind.DOORWAY
            return _moved(origin.url(site.leads_to, "/" if away else request.target), 302 if away else 301)
        if request.path == "/favicon.ico":
            return Document(body=favicon(site.marks.favicon), media_type="image/x-icon")
        if request.path == "/robots.txt":
            return Document(body=b"User-agent: *\nAllow: /\n", media_type="text/plain; charset=utf-8")
        if request.path.endswith(".svg"):
            return Document(body=picture(request.path.rpartition("/")[2]), media_type="image/svg+xml")
        return self._document(site, request, origin)

    def _document(self, site: LabSite, request: Request, origin: Origin) -> Document:
        if site.behaviour is Behaviour.EMPTY:
            blank = b"<!doctype html><html><head></head><body>\n\n</body></html>\n" if site.look == "blank" else b""
            return Document(body=blank, status=204 if site.look == "no_content" else 200)
        if site.behaviour is Behaviour.NOT_HTML:
            return _not_html(site)
        if site.behaviour is Behaviour.STATUS:
            return Document(status=site.status, body=self._pages.error(site.status))
        if site.behaviour is Behaviour.CHALLENGE:
            headers, server = _CHALLENGE_HEADERS[site.look]
            body = self._pages.notice(site, "challenge")
            return Document(status=site.status, body=body, headers=headers, server=server)
        if site.kind in (Kind.PARKED, Kind.PLACEHOLDER, Kind.SUSPENDED, Kind.SEIZED):
            return Document(body=self._pages.notice(site, str(site.kind)))
        page = self._pages.page(site, request.target, origin)
        return Document(body=page) if page is not None else Document(status=404, body=self._pages.error(404))


_CHALLENGE_HEADERS: Mapping[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "interstitial": ((("cf-mitigated", "challenge"), ("CF-RAY", "8e1f00ba5eba11-FRA")), "cloudflare"),
    "captcha": ((("X-DataDome", "protected"), ("Set-Cookie", "datadome=practice; Path=/")), "nginx"),
    "script": ((("x-amzn-waf-action", "challenge"),), "awselb/2.0"),
    "press_hold": ((("Set-Cookie", "_pxhd=practice; Path=/"),), "nginx"),
    "shield": ((("X-Iinfo", "9-practice-0 0NNN RT(0 0)"), ("X-CDN", "Imperva")), "nginx"),
}
"""By look: the headers and server name by which protection vendors are known."""


def _moved(url: str, status: int = 301) -> Document:
    return Document(status=status, body=b"<a>Moved</a>", headers=(("Location", url),))


def _not_html(site: LabSite) -> Document:
    if site.look == "json":
        return Document(body=b'{"status":"ok","version":"2.4.1"}', media_type="application/json")
    if site.look == "pdf":
        return Document(body=b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
                        media_type="application/pdf")  # fmt: skip
    return Document(body=favicon(site.marks.favicon), media_type="image/png")
