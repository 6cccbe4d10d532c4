"""Pages rendered from the templates: shops on several platforms, articles, films, piracy, notices and errors."""

from __future__ import annotations

import random
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from lab.content import YEAR, Product, Section, Shop, make_shop
from lab.media import make_films
from lab.names import BRANDS
from lab.sites import Kind, LabSite
from lab.texts import load_texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How a connection arrived, and the ports that absolute links need."""

    scheme: str
    http_port: int
    https_port: int

    def url(self, host: str, path: str = "/", scheme: str = "") -> str:
        """An absolute URL on the practice web, by default with the connection's own scheme."""
        scheme = scheme or self.scheme
        return f"{scheme}://{host}:{self.https_port if scheme == 'https' else self.http_port}{path}"


_SHOPS = frozenset(
    {
        Kind.COUNTERFEIT_SHOP, Kind.HONEST_SHOP, Kind.RESELLER, Kind.SECOND_HAND, Kind.LICENSED_PHARMACY,
        Kind.MODEL_SHOP, Kind.BRAND_SITE,
    }
)  # fmt: skip
_ARTICLES = {Kind.NEWS: "news", Kind.PROTECTION_BLOG: "blog"}


class Pages:
    """Renders whole pages as UTF-8. Templates are compiled when first used."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("lab"), autoescape=True, trim_blocks=True, lstrip_blocks=True, auto_reload=False,
            undefined=StrictUndefined,
        )  # fmt: skip

    def page(self, site: LabSite, target: str, origin: Origin) -> bytes | None:
        """The page of an ordinary site at a request target, or None where it has none."""
        if not target.startswith(site.path):
            # Beside a shop that squats below a path stands the site that it squats on.
            return self._business(site, target, department=True)
        if site.kind in _SHOPS or site.kind is Kind.ROGUE_PHARMACY:
            return self._shop(site, target, origin)
        if site.kind is Kind.REPLICA_LANDING:
            return self._landing(site, target, origin)
        if site.kind in (Kind.STREAMING, Kind.TORRENT_INDEX, Kind.OPEN_FILMS):
            return self._films(site, target)
        if site.kind in _ARTICLES:
            return self._article(site, target, _ARTICLES[site.kind])
        return self._business(site, target, department=False)

    def error(self, status: int) -> bytes:
        """The short page that web servers send with an error status."""
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = "Connection timed out"
        return self._render("error.html.j2", status=status, phrase=phrase)

    def notice(self, site: LabSite, name: str) -> bytes:
        """A parked, placeholder, suspended, seized or challenge page in the site's look."""
        return self._render(f"{name}.html.j2", site=site, year=YEAR, brands=BRANDS, look=site.look)

    def _render(self, template: str, **values: Any) -> bytes:
        return self._environment.get_template(template).render(**values).encode()

    # --- kinds ----------------------------------------------------------------------------------

    def _shop(self, site: LabSite, target: str, origin: Origin) -> bytes | None:
        shop = make_shop(site)
        view = _find_view(site, shop, target)
        if view is None:
            return None
        template = {Kind.ROGUE_PHARMACY: "pharmacy.html.j2", Kind.BRAND_SITE: "brand.html.j2"}.get(
            site.kind, f"{site.platform}.html.j2"
        )
        return self._render(template, **self._values(site, shop, view, origin))

    def _values(self, site: LabSite, shop: Shop, view: View, origin: Origin) -> dict[str, Any]:
        host = site.marks.image_host
        images = origin.url(host, "", scheme="http") if host else ""
        return {
            "site": site, "marks": site.marks, "shop": shop, "t": load_texts(site.language), "view": view,
            "images": images, "year": YEAR, "base": site.path,
            "page_of": {section.key: section for section in shop.pages},
        }  # fmt: skip

    def _landing(self, site: LabSite, target: str, origin: Origin) -> bytes | None:
        if target.partition("?")[0] != site.path:
            return None
        shop = make_shop(site)
        view = View(name="home", products=shop.products[:12])
        return self._render("landing.html.j2", **self._values(site, shop, view, origin))

    def _films(self, site: LabSite, target: str) -> bytes | None:
        library = make_films(site)
        path = target.partition("?")[0]
        film = next((film for film in library.films if film.url == path), None)
        if film is None and path != "/":
            return None
        template = {Kind.STREAMING: "streaming", Kind.TORRENT_INDEX: "torrents"}.get(site.kind, "films")
        texts = load_texts(site.language)
        return self._render(
            f"{template}.html.j2", site=site, marks=site.marks, t=texts, library=library, film=film, year=YEAR
        )

    def _article(self, site: LabSite, target: str, table: str) -> bytes | None:
        if target != "/":
            return self._imprint(site) if target == "/imprint" else None
        texts = load_texts(site.language)
        rng = random.Random(site.seed)  # noqa: S311 - pages are to be repeatable
        return self._render(
            "article.html.j2", site=site, marks=site.marks, t=texts, words=texts[table], brand=site.brand, year=YEAR,
            blog=table == "blog", day=rng.randint(1, 28), comments=rng.randint(0, 40), order=rng.sample(range(3), 3),
        )  # fmt: skip

    def _business(self, site: LabSite, target: str, *, department: bool) -> bytes | None:
        if target == "/imprint":
            return self._imprint(site)
        if target != "/":
            return None
        texts = load_texts(site.language)
        table = texts["business"] if "business" in texts else load_texts("en")["business"]
        return self._render(
            "business.html.j2", site=site, marks=site.marks, t=texts, words=table, year=YEAR, department=department
        )

    def _imprint(self, site: LabSite) -> bytes:
        return self._render("imprint.html.j2", site=site, marks=site.marks, t=load_texts(site.language), year=YEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Which of a shop's pages is shown: ``home`` or ``category`` with products, ``product``, or ``text``."""

    name: str
    products: tuple[Product, ...] = ()
    product: Product | None = None
    section: Section | None = None


def _find_view(site: LabSite, shop: Shop, target: str) -> View | None:
    if target in (site.path, f"{site.path}index.php", f"{site.path}index.html") or target.startswith(f"{site.path}?"):
        return View(name="home", products=shop.products)
    for product in shop.products:
        if product.url == target:
            return View(name="product", product=product, products=shop.products[:8])
    for section in shop.pages:
        if section.url == target:
            return View(name="text", section=section)
    for section in shop.categories:
        if section.url == target:
            chosen = tuple(product for product in shop.products if product.category == section.label)
            return View(name="category", section=section, products=chosen)
    return None
