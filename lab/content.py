"""What the shops of the practice web sell and say: a pure function of the site.

Counterfeit shops are modelled on what studies of the trade describe: one discount over the whole range, few distinct
prices, former prices crossed out, nobody named, free-mail contact, a stale copyright year, the same boilerplate on
every site of a campaign. How many of these a site shows varies, and about a third never speak of copies at all.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from lab.names import Brand, brand_named, slug
from lab.sites import SUSPECT, Kind, LabSite
from lab.texts import RATES, Texts, load_texts, money

PRODUCT_COUNT = (24, 60)
YEAR = 2026
"""The year that honest sites show in their copyright line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One article on sale; ``was`` is the former price as printed, or ``""``."""

    number: int
    name: str
    slug: str
    brand: str
    price: str
    was: str
    amount: str
    off: int
    image: str
    url: str
    category: str
    reviews: int
    stars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A navigation entry: label, URL and the paragraphs of the page behind it (none for categories)."""

    key: str
    label: str
    url: str
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Everything that a shop template prints, besides the words of its language."""

    title: str
    tagline: str
    description: str
    intro: tuple[str, ...]
    currency: str
    currencies: tuple[str, ...]
    products: tuple[Product, ...]
    categories: tuple[Section, ...]
    pages: tuple[Section, ...]
    copyright: str
    badges: tuple[str, ...]
    cards: tuple[str, ...]
    processor: str
    hidden: tuple[tuple[str, str], ...]
    social: tuple[tuple[str, str], ...]
    chat: str
    suspect: bool
    hue: int
    variant: int


_CURRENCY = {
    "en": "GBP", "pl": "PLN", "cs": "CZK", "sv": "SEK", "tr": "TRY", "ru": "RUB", "zh": "CNY", "ja": "JPY", "vi": "VND",
}  # fmt: skip
_MAKERS = (
    "Nordfell",
    "Hofmann & Lück",
    "Atelier Sarrazin",
    "Kvarnby",
    "Pellworm",
    "Bridgewater",
    "Tessaro",
    "Miroslav",
)

_PRODUCT_URLS = {
    "zencart": "index.php?main_page=product_info&cPath={c}&products_id={n}",
    "woocommerce": "product/{s}/",
    "shopify": "products/{s}",
    "opencart": "index.php?route=product/product&product_id={n}",
    "prestashop": "{c}-{n}-{s}.html",
    "magento": "{s}.html",
    "custom": "p/{n}/{s}",
    "shoplazza": "products/{s}",
}
_CATEGORY_URLS = {
    "zencart": "index.php?main_page=index&cPath={c}",
    "woocommerce": "product-category/{s}/",
    "shopify": "collections/{s}",
    "opencart": "index.php?route=product/category&path={c}",
    "prestashop": "{c}-{s}",
    "magento": "{s}-c{c}.html",
    "custom": "c/{s}",
    "shoplazza": "collections/{s}",
}
_PAGE_URLS = {
    "zencart": "index.php?main_page={s}",
    "woocommerce": "{s}/",
    "shopify": "pages/{s}",
    "opencart": "index.php?route=information/information&information_id={s}",
    "prestashop": "content/{c}-{s}",
    "magento": "{s}/",
    "custom": "{s}.html",
    "shoplazza": "pages/{s}",
}


def make_shop(site: LabSite) -> Shop:
    """The whole content of a shop, drawn from the site's seed and its operator's marks."""
    return _ShopMaker(site).shop()


class _ShopMaker:
    def __init__(self, site: LabSite) -> None:
        self.site = site
        self.texts: Texts = load_texts(site.language)
        self.rng = random.Random(site.seed)  # noqa: S311 - pages are to be repeatable
        # A campaign's habits come from its theme, so that its sites resemble each other.
        self.habits = random.Random(site.marks.theme)  # noqa: S311
        self.suspect = site.kind in SUSPECT
        self.brand: Brand | None = brand_named(site.brand) if site.brand else None
        self.currency = self._currency()

    def _currency(self) -> str:
        local = _CURRENCY.get(self.site.language, "EUR")
        if self.suspect and self.habits.random() < 0.4:
            return self.habits.choice(("USD", "EUR"))
        return local

    def shop(self) -> Shop:
        rng, texts, site = self.rng, self.texts, self.site
        categories = self._categories()
        products = self._products(categories)
        pages = self._pages()
        brand = self.brand.name if self.brand else site.name
        fill = {"brand": brand, "shop": site.name, "product": self._nouns()[0]}
        table = texts[self._table()]
        title = str(rng.choice(table["titles"])).format(**fill)
        pitches = rng.sample(table["pitches"], min(len(table["pitches"]), 3))
        if site.kind is Kind.REPLICA_LANDING or (site.kind is Kind.COUNTERFEIT_SHOP and self._speaks_of_copies()):
            pitches[0] = rng.choice(texts["fake"]["replica"])
        intro = tuple(str(text).format(**fill) for text in pitches)
        number = f"+00 {rng.randint(100, 999)} 555 01{rng.randint(10, 99)}"
        return Shop(
            title=title,
            tagline=str(rng.choice(table["taglines"])).format(**fill),
            description=intro[0],
            intro=intro,
            currency=self.currency,
            currencies=("USD", "EUR", "GBP", "AUD", "CAD", "CHF", "JPY") if self.suspect and self._habit(0.6) else (),
            products=products,
            categories=categories,
            pages=pages,
            copyright=f"© {self._copyright_years()} {site.name if self.suspect else site.marks.company or site.name}",
            badges=tuple(texts["ui"]["badges"]),
            cards=("Visa", "MasterCard", "JCB", "Amex", "Western Union")[: 3 + rng.randrange(3)] if self.suspect
            else ("Visa", "MasterCard"),
            processor="" if self.suspect else rng.choice(("Mollwitz Payments", "Klarpay", "PayNord", "Adyro")),
            hidden=self._hidden_links(),
            social=self._social(),
            chat=f"WhatsApp: {number}" if self.suspect and self._habit(0.3) else "",
            suspect=self.suspect,
            hue=self.habits.randrange(360),
            variant=self.habits.randrange(6),
        )  # fmt: skip

    def _habit(self, chance: float) -> bool:
        return random.Random(f"{self.site.marks.theme} {chance}").random() < chance  # noqa: S311

    def _speaks_of_copies(self) -> bool:
        return self.rng.random() < 0.6

    def _table(self) -> str:
        site = self.site
        if site.kind is Kind.ROGUE_PHARMACY:
            return "rogue_pharmacy"
        if self.suspect:
            return "fake"
        return {
            Kind.SECOND_HAND: "second_hand", Kind.LICENSED_PHARMACY: "pharmacy", Kind.MODEL_SHOP: "models",
            Kind.RESELLER: "reseller",
        }.get(site.kind, "honest")  # fmt: skip

    def _nouns(self) -> list[str]:
        products = self.texts["products"]
        if self.site.kind is Kind.MODEL_SHOP:
            return list(self.texts["models"]["products"])
        if self.site.brand == "Kestrel & Rowe":
            return list(products["watches"])
        return list(products[self.site.sector])

    def _url(self, pattern: str, number: int, label: str, group: int = 1) -> str:
        return self.site.path + pattern.format(n=number, s=label, c=group)

    def _categories(self) -> tuple[Section, ...]:
        nouns = self._nouns()
        labels = nouns if not self.suspect or self.brand is None else [f"{self.brand.name} {noun}" for noun in nouns]
        pattern = _CATEGORY_URLS[self.site.platform]
        return tuple(
            Section(key=f"category{index}", label=label, url=self._url(pattern, index, slug(label), 10 + index))
            for index, label in enumerate(labels)
        )

    def _products(self, categories: tuple[Section, ...]) -> tuple[Product, ...]:
        rng, site = self.rng, self.site
        low, high = self.brand.prices if self.brand else (20, 200)
        rate = RATES[self.currency]
        discount = self.habits.choice((0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85))
        rungs = [self.habits.choice((59, 69, 79, 89, 99, 119, 129, 139, 159, 189)) for _ in range(4)]
        by_rungs = self._habit(0.5)
        branded = self.suspect or site.kind in (
            Kind.RESELLER,
            Kind.BRAND_SITE,
            Kind.SECOND_HAND,
            Kind.LICENSED_PHARMACY,
        )
        nouns, colours = self._nouns(), self.texts["colours"]
        made = []
        for number in range(101, 101 + rng.randint(*PRODUCT_COUNT)):
            group = rng.randrange(len(nouns))
            maker = self.brand if branded and self.brand and (self.suspect or rng.random() < 0.6) else None
            model = rng.choice(maker.models) if maker else f"{rng.choice('ABCDEFHKLMNRST')}{rng.randint(10, 990)}"
            name = f"{maker.name if maker else rng.choice(_MAKERS)} {model} {nouns[group]} {rng.choice(colours)}"
            listed = (
                round(rng.uniform(low, high) * rate / 5) * 5 if maker else round(rng.uniform(25, 260) * rate) - 0.05
            )
            price, was = self._price(listed, discount, rungs if by_rungs else [], rate)
            label = f"{slug(name)}-{number}"
            made.append(
                Product(
                    number=number,
                    name=name,
                    slug=label,
                    brand=maker.name if maker else "",
                    price=money(price, self.currency, site.language),
                    amount=f"{price:.2f}",
                    was=money(was, self.currency, site.language) if was else "",
                    off=round(100 - 100 * price / was) if was else 0,
                    image=f"/images/{label}.svg",
                    url=self._url(_PRODUCT_URLS[site.platform], number, label, 10 + group),
                    category=categories[group].label,
                    reviews=rng.randint(3, 480) if self.suspect else rng.randrange(40),
                    stars=5 if self.suspect else rng.randint(3, 5),
                )
            )
        return tuple(made)

    def _price(self, listed: float, discount: float, rungs: list[int], rate: float) -> tuple[float, float]:
        """(price, former price or 0) by the habits of the trade the shop is in."""
        rng = self.rng
        listed = max(listed, 5.0)
        if self.suspect:
            if rungs:
                price = round(rng.choice(rungs) * rate) - (0.01 if rate < 2 else 0)
                return price, max(listed, round(price / (1 - discount)))
            return round(listed * (1 - discount), 2), listed
        if self.site.kind is Kind.SECOND_HAND:
            return round(listed * rng.uniform(0.4, 0.8)), 0.0
        if rng.random() < (0.35 if self.site.marks.theme % 4 == 0 else 0.12):
            return round(listed * rng.choice((0.7, 0.8, 0.85, 0.9)), 2), listed
        return listed, 0.0

    def _pages(self) -> tuple[Section, ...]:
        texts, site = self.texts, self.site
        ui, table = texts["ui"], texts["fake" if self.suspect else "honest"]
        fill = {"shop": site.name, "email": site.marks.email, "brand": site.brand or site.name}

        def words(key: str) -> tuple[str, ...]:
            return tuple(str(text).format(**fill) for text in table[key])

        found = [
            ("about", ui["about"], words("about")), ("shipping", ui["shipping"], words("shipping")),
            ("returns", ui["returns"], words("returns")), ("privacy", ui["privacy"], words("privacy")),
            ("contact", ui["contact"], (site.marks.email,) if self.suspect else self.identity()),
        ]  # fmt: skip
        if not self.suspect:
            found += [("terms", ui["terms"], words("terms")), ("imprint", ui["imprint"], self.identity())]
        elif self._habit(0.45):
            found.append(("terms", ui["terms"], words("terms")))
        pattern = _PAGE_URLS[site.platform]
        return tuple(
            Section(key=key, label=label, url=self._url(pattern, place, key, place), paragraphs=paragraphs)
            for place, (key, label, paragraphs) in enumerate(found, 1)
        )

    def identity(self) -> tuple[str, ...]:
        """The lines of an imprint: who runs the shop and where to find them."""
        marks, labels = self.site.marks, self.texts["labels"]
        lines = [marks.company, marks.street]
        for label, value in (
            ("manager", marks.person), ("phone", marks.phone), ("email", marks.email), ("register", marks.register),
            ("vat", marks.vat),
        ):  # fmt: skip
            if value:
                lines.append(f"{labels[label]}: {value}")
        if self.site.kind is Kind.LICENSED_PHARMACY:
            lines.append(f"{labels['licence']}: {self.site.seed % 90000 + 10000}")
        return tuple(line for line in lines if line)

    def _copyright_years(self) -> str:
        if self.suspect:
            return str(YEAR - self.habits.choice((0, 2, 3, 5, 7, 9, 11)))
        return f"{YEAR - self.rng.randint(2, 25)}–{YEAR}"

    def _hidden_links(self) -> tuple[tuple[str, str], ...]:
        """A block of links that visitors never see, as sites that trade links for ranking have."""
        if not (self.suspect and self._habit(0.35)):
            return ()
        brand = self.brand.slug if self.brand else "shop"
        words = list(self.texts["fake"]["link_words"])
        return tuple(
            (f"http://{brand}-{slug(self.rng.choice(words))}{self.rng.randint(2, 999)}.test/",
             f"{self.brand.name if self.brand else ''} {self.rng.choice(words)}".strip())
            for _ in range(self.rng.randint(20, 45))
        )  # fmt: skip

    def _social(self) -> tuple[tuple[str, str], ...]:
        if self.suspect:
            # Bare home pages, not profiles: a mark of templates that nobody filled in.
            names = ("facebook", "twitter", "instagram", "pinterest")
            return tuple((name.title(), f"https://www.{name}.com/") for name in names) if self._habit(0.55) else ()
        return (("Pixelgram", f"https://pixelgram.test/@{slug(self.site.name)}"),)
