"""The plan of the practice web is repeatable, complete and believable."""

from collections import Counter

import pytest

from core.hosts import parse_host, parse_target, to_unicode
from core.records import Label, Outcome
from lab.hostile import SCRIPTS, Ending, script
from lab.images import favicon, picture
from lab.names import LANGUAGES, PLATFORMS, SECTORS
from lab.pages import Origin, Pages
from lab.plan import plan_sites, score_expectation
from lab.recipes import RECIPES
from lab.sites import HONEST, SUSPECT, Behaviour, ExpectedLabel, Kind, LabSite
from lab.texts import load_texts, money

SITES = plan_sites(500, seed=1)
ORIGIN = Origin(scheme="http", http_port=8081, https_port=8443)


def test_the_same_seed_gives_the_same_plan() -> None:
    assert plan_sites(500, seed=1) == SITES
    assert plan_sites(500, seed=2) != SITES


@pytest.mark.parametrize("count", [0, 1, 7, 40, 500, 2000])
def test_a_plan_has_the_size_asked_for_and_distinct_hosts(count: int) -> None:
    sites = plan_sites(count)
    assert len(sites) == count
    assert len({site.host for site in sites}) == count


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        plan_sites(-1)


def test_every_kind_sector_language_platform_and_recipe_occurs() -> None:
    assert {site.kind for site in SITES} == set(Kind)
    assert {site.sector for site in SITES} >= set(SECTORS)
    assert {site.language for site in SITES} == set(LANGUAGES)
    assert {site.platform for site in SITES} == set(PLATFORMS)
    planned = {(site.kind, site.behaviour, site.dns, site.tls, site.door, site.look) for site in SITES}
    for recipe in RECIPES:
        key = (recipe.kind, recipe.behaviour, recipe.dns, recipe.tls, recipe.door, recipe.look)
        assert key in planned, recipe


def test_every_behaviour_is_planned_and_scripted_or_answered() -> None:
    assert {site.behaviour for site in SITES} == set(Behaviour)
    answered = set(Behaviour) - set(SCRIPTS)
    assert answered == {
        Behaviour.PAGE, Behaviour.REDIRECT, Behaviour.CHALLENGE, Behaviour.STATUS, Behaviour.NOT_HTML, Behaviour.EMPTY,
    }  # fmt: skip


def test_the_proportions_are_those_of_a_rehearsal() -> None:
    suspect = sum(site.kind in SUSPECT for site in SITES)
    honest = sum(site.kind in HONEST and site.expected.label is ExpectedLabel.NOT_FLAGGED for site in SITES)
    assert suspect == 125
    assert 170 <= honest <= 190


def test_hosts_are_reserved_names_that_parse_and_some_are_international() -> None:
    for site in SITES:
        assert site.host.endswith(".test")
        assert parse_host(to_unicode(site.host)) == site.host
    assert sum("xn--" in site.host for site in SITES) > 20
    assert any(site.host.count(".") >= 3 and site.path != "/" for site in plan_sites(2000))


def test_the_sites_of_a_campaign_share_their_marks_and_look() -> None:
    sizes = Counter(site.campaign for site in SITES if site.campaign)
    assert len(sizes) >= 8
    assert all(3 <= size <= 15 for size in sizes.values())
    for campaign in sizes:
        members = [site for site in SITES if site.campaign == campaign]
        assert len({(site.marks, site.platform, site.sector, site.operator) for site in members}) == 1


def test_suspect_sites_hide_who_runs_them_and_honest_ones_say() -> None:
    for site in SITES:
        named = site.marks.company and site.marks.phone and site.marks.vat and site.marks.street
        assert bool(named) is (site.kind not in SUSPECT)


def test_doorways_lead_to_counterfeit_shops_of_another_unit() -> None:
    shops = {site.host for site in SITES if site.kind is Kind.COUNTERFEIT_SHOP}
    doorways = [site for site in SITES if site.kind is Kind.DOORWAY]
    assert doorways
    assert all(site.leads_to in shops for site in doorways)


def _site(kind: Kind) -> LabSite:
    return next(site for site in SITES if site.kind is kind)


def test_an_expectation_is_scored_by_outcome_and_label() -> None:
    fake, honest, dead = _site(Kind.COUNTERFEIT_SHOP), _site(Kind.HONEST_SHOP), _site(Kind.SUSPENDED)
    assert score_expectation(fake, Outcome.CONTENT, Label.FLAGGED).ok
    assert not score_expectation(fake, "content", "undecided").ok
    assert not score_expectation(fake, Outcome.TIMEOUT, None).ok
    assert score_expectation(honest, Outcome.CONTENT, Label.UNDECIDED).ok
    assert score_expectation(honest, Outcome.CONTENT, Label.CLEAR).ok
    assert "expected not flagged" in score_expectation(honest, Outcome.CONTENT, Label.FLAGGED).why
    assert score_expectation(dead, Outcome.SUSPENDED, None).ok


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_tables_and_its_own_words(language: str) -> None:
    english, texts = load_texts("en"), load_texts(language)
    optional = {"news", "blog", "films", "business"}
    assert set(english) - set(texts) <= optional
    for name, table in texts.items():
        if isinstance(table, dict):
            assert set(table) == set(english[name]), (language, name)
    if language != "en":
        assert texts["ui"]["cart"] != english["ui"]["cart"]


def test_every_ordinary_page_renders_in_its_language_and_a_believable_size() -> None:
    pages = Pages()
    seen: set[tuple[Kind, str, str]] = set()
    for site in SITES:
        key = (site.kind, site.platform, site.language)
        if site.kind not in SUSPECT | HONEST or site.behaviour is not Behaviour.PAGE or key in seen:
            continue
        seen.add(key)
        body = pages.page(site, site.path, ORIGIN)
        assert body is not None
        assert f'lang="{site.language}"'.encode() in body
        if site.kind in (Kind.COUNTERFEIT_SHOP, Kind.HONEST_SHOP, Kind.RESELLER, Kind.SECOND_HAND):
            assert 15_000 < len(body) < 120_000
    assert pages.page(_site(Kind.HONEST_SHOP), "/no-such-page", ORIGIN) is None


def test_the_links_of_a_shop_lead_to_its_own_pages() -> None:
    from lab.content import make_shop

    pages = Pages()
    for platform in PLATFORMS:
        site = next(site for site in SITES if site.platform == platform and site.kind is Kind.HONEST_SHOP)
        shop = make_shop(site)
        for url in (shop.products[0].url, shop.categories[0].url, *(section.url for section in shop.pages)):
            assert pages.page(site, url, ORIGIN), (platform, url)


def test_pictures_depend_on_their_names_only() -> None:
    assert picture("bag.svg") == picture("bag.svg") != picture("shoe.svg")
    assert favicon(7) == favicon(7) != favicon(8)
    assert favicon(7).startswith(b"\x89PNG")


def test_money_is_written_as_each_market_writes_it() -> None:
    assert money(1299, "EUR", "de") == "1.299,00 €"
    assert money(1299.5, "GBP", "en") == "£1,299.50"
    assert money(12800, "JPY", "ja") == "¥12,800"
    assert money(1290, "EUR", "nl") == "€ 1.290,00"


def test_every_script_starts_and_endless_ones_stay_lazy() -> None:
    for behaviour in SCRIPTS:
        steps = script(behaviour, "/")
        assert steps is not None
        for _, step in zip(range(5), steps, strict=False):
            assert isinstance(step, bytes | float | Ending)
    assert script(Behaviour.PAGE, "/") is None


def test_every_planned_target_is_a_target() -> None:
    for site in SITES:
        assert parse_target(f"http://{site.host}:8081{site.path}").host == site.host
