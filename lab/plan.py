"""Plan the practice web: which sites exist, who runs them, and what a good service makes of each.

The plan is a pure function of a count and a seed. About 25 % of the sites are suspect, most of them in campaigns of
3–15 that share template, marks and contact; about 35 % are honest, including every standing negative control; the
rest is parked, dead, slow, broken or hostile. The proportions are those of a rehearsal, not of the real web, where
suspect sites are far rarer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from core.hosts import parse_host
from core.records import Outcome
from lab.names import BRANDS, LANGUAGES, PLATFORMS, REGIONS, SECTORS, Brand, brands_of, fill, slug
from lab.recipes import RECIPES, Recipe
from lab.sites import DnsBehaviour, Expectation, ExpectedLabel, Kind, LabSite, Marks, Score, score_expectation

__all__ = ["LabSite", "Score", "plan_sites", "score_expectation"]

T = TypeVar("T")

SUSPECT_SHARE = 0.25
HONEST_SHARE = 0.35
ARTICLE_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl")
"""Languages that articles, films and business pages are written in; shops speak every language of the lab."""

_FANTASY = ("lux", "velvet", "topmode", "kixx", "mirror", "bazar", "prime", "elite", "nova", "mega", "royal", "urban")
_TAILS = ("zone", "mall", "hub", "mart", "club", "point", "land", "shop", "store", "spot")
_HONEST_KINDS = (
    (Kind.HONEST_SHOP, 34), (Kind.RESELLER, 12), (Kind.BRAND_SITE, 6), (Kind.SECOND_HAND, 8),
    (Kind.LICENSED_PHARMACY, 7), (Kind.MODEL_SHOP, 7), (Kind.NEWS, 8), (Kind.PROTECTION_BLOG, 6),
    (Kind.OPEN_FILMS, 5), (Kind.BUSINESS, 14),
)  # fmt: skip


def plan_sites(count: int, seed: int = 1) -> tuple[LabSite, ...]:
    """Plan ``count`` sites with distinct hosts, in an order that mixes the kinds; the same seed gives the same plan.

    Raises ``ValueError`` for a negative count.
    """
    if count < 0:
        raise ValueError("The practice web cannot have a negative number of sites.")
    planner = _Planner(seed)
    suspects = list(planner.suspects(round(count * SUSPECT_SHARE)))
    honest = list(planner.honest(round(count * HONEST_SHARE)))
    rest = list(planner.rest(count - len(suspects) - len(honest), suspects))
    sites = suspects + honest + rest
    planner.rng.shuffle(sites)
    return tuple(sites)


class _Planner:
    """Draws sites from one random stream and keeps their hosts apart."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"practice web {seed}")  # noqa: S311 - a plan is to be repeatable, not secret
        self._hosts: set[str] = {brand.official for brand in BRANDS}
        self._languages = self._deal(LANGUAGES)
        self._sectors = self._deal(SECTORS[:6])
        self._platforms = self._deal(PLATFORMS)

    def _deal(self, choices: Sequence[str]) -> Iterator[str]:
        """Endless shuffled rounds, so that every choice comes up soon and none dominates."""
        while True:
            yield from self.rng.sample(choices, len(choices))

    # --- suspect --------------------------------------------------------------------------------

    def suspects(self, count: int) -> Iterator[LabSite]:
        """Campaigns until ``count`` is reached, with a few operators of one site among them."""
        kinds = self._deal((*[Kind.COUNTERFEIT_SHOP] * 6, Kind.ROGUE_PHARMACY, Kind.STREAMING, Kind.REPLICA_LANDING,
                            Kind.TORRENT_INDEX, Kind.COUNTERFEIT_SHOP, Kind.COUNTERFEIT_SHOP))  # fmt: skip
        made = campaigns = 0
        # The first campaigns show one site of each kind of suspect, however small the plan.
        opening = iter((Kind.COUNTERFEIT_SHOP, Kind.STREAMING, Kind.ROGUE_PHARMACY, Kind.REPLICA_LANDING,
                        Kind.TORRENT_INDEX))  # fmt: skip
        while made < count:
            kind = next(opening, None) or Kind(next(kinds))
            alone = self.rng.random() < 0.2
            most = 5 if count < 60 or kind is not Kind.COUNTERFEIT_SHOP else 15
            size = 1 if alone else self.rng.randint(3, most)
            size = min(size, count - made)
            campaigns += 1
            campaign = f"campaign-{campaigns:02}" if size >= 3 else ""
            yield from self._campaign(kind, campaign, size, f"operator-{campaigns:02}")
            made += size

    def _campaign(self, kind: Kind, campaign: str, size: int, operator: str) -> Iterator[LabSite]:
        sector = {
            Kind.ROGUE_PHARMACY: "pharmaceuticals", Kind.STREAMING: "piracy", Kind.TORRENT_INDEX: "piracy",
            Kind.REPLICA_LANDING: "luxury",
        }.get(kind) or next(self._sectors)  # fmt: skip
        if kind is Kind.COUNTERFEIT_SHOP and sector == "pharmaceuticals":
            kind = Kind.ROGUE_PHARMACY
        shop = kind is Kind.COUNTERFEIT_SHOP
        platform = next(self._platforms) if shop else "custom"
        marks = self._hidden_marks(operator)
        spoken = [next(self._languages) for _ in range(self.rng.randint(1, 3))]
        for index in range(size):
            language = spoken[index % len(spoken)]
            brand = self.rng.choice(brands_of(sector))
            host, path = self._suspect_host(kind, brand, language)
            yield LabSite(
                host=host, path=path, kind=kind, sector=sector, language=language, platform=platform,
                name=self._shop_name(host, brand), brand=brand.name, operator=operator, campaign=campaign, marks=marks,
                expected=Expectation(outcomes=frozenset({Outcome.CONTENT}), label=ExpectedLabel.FLAGGED),
                seed=self.rng.getrandbits(32), https=self.rng.random() < 0.35,
                www=self.rng.random() < 0.15 and path == "/" and host.count(".") == 1,
                dns=DnsBehaviour.WILDCARD if self.rng.random() < 0.1 else DnsBehaviour.NORMAL,
            )  # fmt: skip

    def _hidden_marks(self, operator: str) -> Marks:
        rng = self.rng
        word = rng.choice(("service", "support", "sales", "cs", "order", "help"))
        number = rng.randint(100, 9999)
        return Marks(
            email=f"{word}_{rng.choice(_FANTASY)}{number}@gmail.com",
            analytics=f"G-{''.join(rng.choice('ABCDEFGHJKLMNPQRSTUVWXYZ0123456789') for _ in range(10))}"
            if rng.random() < 0.6
            else f"UA-{rng.randint(10**7, 10**8 - 1)}-{rng.randint(1, 9)}",
            pixel=str(rng.randint(10**14, 10**15 - 1)) if rng.random() < 0.5 else "",
            favicon=rng.getrandbits(24),
            theme=rng.getrandbits(16),
            image_host=f"img{rng.randint(2, 99)}.{rng.choice(_FANTASY)}pics-{operator[-2:]}.test",
            nameserver=f"dns{rng.randint(1, 4)}.fasthost-{rng.randint(1, 6)}.test",
        )

    def _suspect_host(self, kind: Kind, brand: Brand, language: str) -> tuple[str, str]:
        rng, region = self.rng, REGIONS[language]
        sale, goods = rng.choice(region.sale), dict(region.goods)
        product = goods.get(brand.sector, "")
        number = rng.randint(2, 999)
        word = rng.choice(_FANTASY)
        if kind in (Kind.STREAMING, Kind.TORRENT_INDEX):
            stem = rng.choice(("stream", "kino", "filme", "cine", "movie", "flix", "torrent", "seed", "watch", "hd"))
            titles = (f"{number}{stem}{rng.choice(_TAILS)}", f"{stem}-{word}{rng.choice(('', '4k', 'hd', '24'))}")
            return self._fresh(lambda: rng.choice(titles)), "/"
        if kind is Kind.ROGUE_PHARMACY:
            stem = rng.choice(("rx", "pharm", "pills", "meds", "canadian", "generic", "tabs"))
            drugs = (f"{stem}-{rng.choice(_FANTASY)}{rng.choice(_TAILS)}", f"{brand.slug}-{stem}-{sale}",
                     f"24h{stem}{product}", f"meridanil-{sale}")  # fmt: skip
            return self._fresh(lambda: rng.choice(drugs)), "/"
        if rng.random() < 0.08:
            city = slug(rng.choice(REGIONS["en"].cities).split()[0])
            department = rng.choice(("library", "alumni", "physics", "archive", "nursing", "agri"))
            faculty = rng.choice(("fac", "lab", "cs"))
            host = self._fresh(lambda: f"{department}{rng.randint(2, 40)}.{faculty}.univ-{city}")
            return host, f"/wp-content/{rng.choice(('cache', 'uploads', 'plugins'))}/{brand.slug}-{slug(product)}/"
        if rng.random() < 0.08:
            return self._fresh(lambda: f"{brand.slug}{rng.randint(2, 99)}.{word}builder"), "/"
        names = (
            f"{brand.slug}-{sale}", f"{brand.slug}{number}", f"{sale}-{brand.slug}", f"{brand.slug}-{product}-{sale}",
            f"{brand.slug}-{region.country.lower()}", f"{product}-{sale}", f"{word}{rng.choice(_TAILS)}",
            f"{word}-{product}", f"{product}{number}", f"{word}{number}{rng.choice(_TAILS)}",
        )  # fmt: skip
        return self._fresh(lambda: rng.choice(names)), "/"

    # --- honest ---------------------------------------------------------------------------------

    def honest(self, count: int) -> Iterator[LabSite]:
        """Honest sites in the proportions of ``_HONEST_KINDS``; every kind occurs from about 30 sites on."""
        kinds = _share(count, _HONEST_KINDS)
        official = iter(BRANDS)
        for kind in kinds:
            brand = next(official, None) if kind is Kind.BRAND_SITE else None
            yield self._honest_site(kind, brand)

    def _honest_site(self, kind: Kind, official: Brand | None) -> LabSite:
        rng = self.rng
        if kind is Kind.BRAND_SITE and official is None:
            kind = Kind.HONEST_SHOP
        sector = {
            Kind.LICENSED_PHARMACY: "pharmaceuticals", Kind.OPEN_FILMS: "piracy", Kind.BUSINESS: "",
        }.get(kind, next(self._sectors))  # fmt: skip
        if kind is Kind.MODEL_SHOP:
            sector = rng.choice(("spare-parts", "luxury"))
        if official is not None:
            sector = official.sector
        brand = official or rng.choice(brands_of(sector) or BRANDS)
        articles = kind in (Kind.NEWS, Kind.PROTECTION_BLOG, Kind.OPEN_FILMS, Kind.BUSINESS, Kind.BRAND_SITE)
        language = rng.choice(ARTICLE_LANGUAGES) if articles else next(self._languages)
        if kind is Kind.BRAND_SITE:
            language = "en"
        if official is not None:
            host = official.official
            name = official.name
        else:
            name, label = self._honest_name(kind, sector, language)
            host = self._fresh(lambda: label)
        shops = (Kind.HONEST_SHOP, Kind.RESELLER, Kind.SECOND_HAND, Kind.LICENSED_PHARMACY, Kind.MODEL_SHOP)
        return LabSite(
            host=host, kind=kind, sector=sector, language=language,
            platform=next(self._platforms) if kind in shops else "custom",
            name=name, brand="" if kind is Kind.BUSINESS else brand.name, operator=name, campaign="",
            marks=self._open_marks(host, language, name),
            expected=Expectation(outcomes=frozenset({Outcome.CONTENT}), label=ExpectedLabel.NOT_FLAGGED),
            seed=rng.getrandbits(32), https=rng.random() < 0.6, www=rng.random() < 0.3,
            dns=DnsBehaviour.CNAME if rng.random() < 0.1 else DnsBehaviour.NORMAL,
        )  # fmt: skip

    def _honest_name(self, kind: Kind, sector: str, language: str) -> tuple[str, str]:
        rng, region = self.rng, REGIONS[language]
        surname = rng.choice(region.surnames)
        trade = dict(region.goods).get(sector, rng.choice(region.shop))
        if kind is Kind.NEWS:
            paper = rng.choice(("Courier", "Tribune", "Observer", "Herald", "Gazette", "Dispatch"))
            city = max(rng.choice(region.cities).replace(",", "").split(), key=lambda word: (word.isalpha(), len(word)))
            return f"{city} {paper}", slug(f"{city} {paper}")
        if kind is Kind.PROTECTION_BLOG:
            stem = rng.choice(("Genuine Matters", "Marks and Makers", "The Trademark Desk", "Brandwatch Notes"))
            return stem, slug(f"{stem} {surname}")
        if kind is Kind.OPEN_FILMS:
            stem = rng.choice(("Open Reel", "Commons Cinema", "Free Frame Archive", "Public Screen"))
            return stem, slug(f"{stem} {surname}")
        if kind is Kind.MODEL_SHOP:
            stem = rng.choice(("Miniatures", "Models", "Museum Editions", "Scale Works"))
            return f"{surname} {stem}", slug(f"{surname} {stem}")
        if kind is Kind.SECOND_HAND:
            stem = rng.choice(("Vintage", "Second Life", "Re-Loved", "Archive"))
            return f"{stem} {surname}", slug(f"{stem} {surname}")
        word = rng.choice((trade, rng.choice(region.shop)))
        shown = word.replace("-", " ").title()
        return f"{surname} {shown}", slug(f"{surname} {word}")

    def _open_marks(self, host: str, language: str, name: str) -> Marks:
        rng, region = self.rng, REGIONS[language]
        return Marks(
            email=f"{rng.choice(('info', 'contact', 'service', 'hello'))}@{host}",
            company=f"{name} {region.legal}",
            street=f"{rng.choice(region.streets)}, {rng.choice(region.cities)}",
            phone=fill(region.phone, rng),
            vat=fill(region.vat, rng),
            register=fill(region.register, rng),
            person=f"{rng.choice(('A.', 'M.', 'J.', 'S.', 'K.'))} {rng.choice(region.surnames)}",
            analytics=f"G-{''.join(rng.choice('ABCDEFGHJKLMNPQRSTUVWXYZ0123456789') for _ in range(10))}"
            if rng.random() < 0.7
            else "",
            favicon=rng.getrandbits(24),
            theme=rng.getrandbits(16),
            nameserver=f"ns{rng.randint(1, 2)}.{rng.choice(('nordhost', 'registro', 'hostline', 'webhotel'))}.test",
        )

    # --- the rest -------------------------------------------------------------------------------

    def rest(self, count: int, suspects: Sequence[LabSite]) -> Iterator[LabSite]:
        """Every recipe at least once when there is room, else the most frequent first."""
        recipes = _share(count, [(recipe, recipe.weight) for recipe in RECIPES])
        for recipe in recipes:
            yield self._rest_site(recipe, suspects)

    def _rest_site(self, recipe: Recipe, suspects: Sequence[LabSite]) -> LabSite:
        rng = self.rng
        language = rng.choice(ARTICLE_LANGUAGES)
        region = REGIONS[language]
        name = f"{rng.choice(region.surnames)} {rng.choice(region.shop).replace('-', ' ').title()}"
        lapsed = recipe.kind in (Kind.PARKED, Kind.SUSPENDED, Kind.SEIZED, Kind.DNS_FAULT, Kind.DOORWAY)
        if lapsed and rng.random() < 0.6:
            brand = rng.choice(BRANDS)
            host, _ = self._suspect_host(Kind.REPLICA_LANDING, brand, language)
        else:
            host = self._fresh(lambda: slug(name))
        shops = [site for site in suspects if site.kind is Kind.COUNTERFEIT_SHOP and site.path == "/"]
        doorway = recipe.kind is Kind.DOORWAY
        leads_to = ""
        if doorway:
            leads_to = rng.choice(shops).host if shops else BRANDS[0].official
        elif recipe.kind is Kind.REDIRECT_WITHIN:
            leads_to = f"shop.{host}"
        return LabSite(
            host=host, kind=recipe.kind, sector="", language=language, platform="custom", name=name, brand="",
            operator="", campaign="", marks=self._open_marks(host, language, name),
            expected=Expectation(outcomes=recipe.outcomes, label=recipe.label), seed=rng.getrandbits(32),
            https=recipe.https if recipe.https is not None else False,
            behaviour=recipe.behaviour, dns=recipe.dns, tls=recipe.tls, door=recipe.door, status=recipe.status,
            look=recipe.look, leads_to=leads_to,
        )  # fmt: skip

    # --- names ----------------------------------------------------------------------------------

    def _fresh(self, draw: Callable[[], str]) -> str:
        """A host under ``.test`` that no other site has; numbered when the draws keep colliding."""
        for attempt in range(100):
            label = draw().strip("-.")
            if attempt > 5:
                label = f"{label}{'-' if label[-1:].isdigit() else ''}{self.rng.randint(2, 10 ** (1 + attempt // 6))}"
            host = str(parse_host(f"{label}.test"))
            if host not in self._hosts:
                self._hosts.add(host)
                return host
        raise AssertionError("no free host name was drawn")

    def _shop_name(self, host: str, brand: Brand) -> str:
        if self.rng.random() < 0.5:
            return f"{brand.name} {self.rng.choice(('Outlet', 'Store', 'Online', 'Official Shop', 'Sale', 'Boutique'))}"
        return host.split(".")[-2].replace("-", " ").title() if "xn--" not in host else f"{brand.name} Shop"


def _share(count: int, weighted: Sequence[tuple[T, int]]) -> list[T]:
    """``count`` choices by weight: each once, heaviest first, then the remainder in proportion (largest remainder)."""
    ranked = sorted(weighted, key=lambda pair: -pair[1])
    if count <= len(ranked):
        return [choice for choice, _ in ranked[:count]]
    spare, total = count - len(ranked), sum(weight for _, weight in ranked)
    exact = [spare * weight / total for _, weight in ranked]
    extra = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: extra[index] - exact[index])
    for index in by_remainder[: spare - sum(extra)]:
        extra[index] += 1
    return [choice for (choice, _), more in zip(ranked, extra, strict=True) for _ in range(1 + more)]
