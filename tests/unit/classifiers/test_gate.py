"""The gate: outcomes and page kinds of small pages in several languages, and articles about them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from classifiers.gate import Gate, gate
from classifiers.page import read_page
from core.records import Exchange, Outcome, PageKind

Make = Callable[..., Exchange]

PROSE = (
    "<p>"
    + "The court heard on Tuesday how investigators traced the network over three years and four countries. " * 3
    + "</p>"
) * 8


@pytest.fixture
def look(exchange: Make) -> Callable[..., Gate]:
    def of(body: str, **options: object) -> Gate:
        received = exchange(body, **options)
        return gate(received, read_page(received))

    return of


Look = Callable[..., Gate]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("<title>Just a moment...</title><script>window._cf_chl_opt={}</script>", Outcome.CHALLENGE),
        ("<script src=https://geo.captcha-delivery.com/c.js></script>", Outcome.CHALLENGE),
        ("<div id=px-captcha></div>", Outcome.CHALLENGE),
        ("<script src=https://hcaptcha.com/1/api.js></script><div class=h-captcha></div>", Outcome.CHALLENGE),
        ("<script>document.cookie='a=1';location.reload()</script>", Outcome.CHALLENGE),
        ("<p>Checking your browser before accessing shop.example</p>", Outcome.CHALLENGE),
        ("<h1>This domain name has been seized</h1><p>by Homeland Security Investigations</p>", Outcome.SEIZED),
        ("<h1>Diese Domain wurde beschlagnahmt</h1>", Outcome.SEIZED),
        ("<h1>Ce site a été saisi</h1>", Outcome.SEIZED),
        (
            "<h1>Notice</h1><p>Following a court order in a trademark action, the domain name shop.example has been "
            "transferred to the rights holder. The domain has been seized.</p>",
            Outcome.SEIZED,
        ),
        ("<h1>This Account has been suspended.</h1>", Outcome.SUSPENDED),
        ("<h1>Sorry, this shop is currently unavailable.</h1>", Outcome.SUSPENDED),
        ("<p>This domain is for sale!</p>", Outcome.PARKED),
        ("<p>Diese Domain steht zum Verkauf</p>", Outcome.PARKED),
        ("<p>Deze domeinnaam is geregistreerd door een klant</p>", Outcome.PARKED),
        ("<script src=//img.sedoparking.com/x.js></script><p>Related searches</p>", Outcome.PARKED),
        ("<h1>Welcome to nginx!</h1>", Outcome.PLACEHOLDER),
        ("<title>Apache2 Debian Default Page: It works</title>", Outcome.PLACEHOLDER),
        ("<h1>Coming soon</h1>", Outcome.PLACEHOLDER),
        ("<h1>Сайт находится в разработке</h1>", Outcome.PLACEHOLDER),
        ("<title>Index of /</title><a href=a>a</a>", Outcome.PLACEHOLDER),
        ("<html><body> </body></html>", Outcome.EMPTY),
        ("", Outcome.EMPTY),
        ("<p>Hello, this is my page about bees.</p>", Outcome.CONTENT),
    ],
)
def test_outcomes(look: Look, body: str, outcome: Outcome) -> None:
    seen = look(body)
    assert seen.outcome is outcome
    assert (seen.page_kind is not None) == (outcome is Outcome.CONTENT)
    assert seen.detail or outcome is Outcome.CONTENT


@pytest.fixture
def refused(exchange: Make) -> Callable[..., Gate]:
    """A function that looks at a page that came with a refusal or an error."""

    def of(body: str, status: int, **options: object) -> Gate:
        received = exchange(body, status=status, **options)
        arrived = Outcome.BLOCKED if status in (401, 403, 429, 451) else Outcome.HTTP_ERROR
        return gate(received, read_page(received), arrived=arrived)

    return of


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (403, "<title>Just a moment...</title><script>window._cf_chl_opt={}</script>", Outcome.CHALLENGE),
        (503, "<p>Checking your browser before accessing shop.example</p>", Outcome.CHALLENGE),
        (429, "<div id=px-captcha></div>", Outcome.CHALLENGE),
        (405, "<script>window.awsWafCookieDomainList = []</script>", Outcome.CHALLENGE),
        (403, "<div id=sec-if-cpt-container></div>", Outcome.CHALLENGE),
        (404, "<p>Not found.</p><script src=/recaptcha/api.js></script><p class=g-recaptcha>", Outcome.HTTP_ERROR),
        (403, "<h1>Sorry, you have been blocked</h1><p>Cloudflare Ray ID 1</p>", Outcome.BLOCKED),
        (403, "<h1>Access Denied</h1><p>You don't have permission to access / Reference #18</p>", Outcome.BLOCKED),
        (403, "<h1>403 Forbidden</h1><hr>nginx", Outcome.BLOCKED),
        (503, "<h1>Down for maintenance</h1>", Outcome.HTTP_ERROR),
        (500, "", Outcome.HTTP_ERROR),
        (403, "<h1>This Account has been suspended.</h1>", Outcome.SUSPENDED),
        (410, "<h1>This store is unavailable</h1>", Outcome.SUSPENDED),
        (503, "<h1>This domain name has been seized</h1>", Outcome.SEIZED),
        (404, "<h1>Diese Domain wurde beschlagnahmt</h1>", Outcome.SEIZED),
        (404, "<p>This domain is for sale!</p>", Outcome.PARKED),
        (404, f"<p>A banner said: this domain name has been seized</p>{PROSE}", Outcome.HTTP_ERROR),
    ],
)
def test_what_comes_with_a_refusal_or_an_error(
    refused: Callable[..., Gate], status: int, body: str, outcome: Outcome
) -> None:
    seen = refused(body, status)
    assert (seen.outcome, seen.page_kind) == (outcome, None)
    assert bool(seen.detail) == (outcome not in (Outcome.BLOCKED, Outcome.HTTP_ERROR))


def test_a_refusal_is_a_challenge_by_its_header(refused: Callable[..., Gate]) -> None:
    assert refused("", 403, headers=(("X-DataDome", "protected"),)).outcome is Outcome.CHALLENGE
    assert refused("", 503, headers=(("cf-mitigated", "challenge"),)).outcome is Outcome.CHALLENGE
    assert refused("", 403, headers=(("x-sucuri-block", "1"),)).outcome is Outcome.BLOCKED


def test_challenge_by_header(look: Look) -> None:
    assert look("<p>hello</p>", headers=(("CF-Mitigated", "challenge"),)).outcome is Outcome.CHALLENGE


@pytest.mark.parametrize(
    "sentence", ["this domain name has been seized", "this account has been suspended", "this domain is for sale"]
)
def test_an_article_about_it_stays_an_article(look: Look, sentence: str) -> None:
    seen = look(
        f"<html lang=en><meta property=og:type content=article><h1>News</h1><p>A banner said: {sentence}.</p>{PROSE}"
    )
    assert (seen.outcome, seen.page_kind) == (Outcome.CONTENT, PageKind.ARTICLE)


@pytest.mark.parametrize(
    ("cart", "button", "price"),
    [
        ("Shopping cart", "Add to cart", "$ 99.00"), ("Warenkorb", "In den Warenkorb", "99,00 €"),
        ("Mon panier", "Ajouter au panier", "99,00 €"), ("Carrito", "Añadir al carrito", "99,00 €"),
        ("Carrello", "Aggiungi al carrello", "€ 99,00"), ("Winkelwagen", "In winkelwagen", "€ 99,00"),
        ("Carrinho", "Adicionar ao carrinho", "R$ 99,00"), ("Koszyk", "Dodaj do koszyka", "99,00 zł"),
        ("Nákupní košík", "Přidat do košíku", "990 Kč"), ("Varukorg", "Lägg i varukorgen", "990 kr"),
        ("Indkøbskurv", "Læg i kurv", "990 kr"), ("Coșul meu", "Adaugă în coș", "99 lei"), ("Kosár", "Kosárba",
        "9 990 Ft"),
        ("Количка", "Добави в количката", "99 лв"), ("Καλάθι", "Προσθήκη στο καλάθι", "99,00 €"),
        ("Košarica", "Dodaj u košaricu", "99,00 €"), ("Sepetim", "Sepete ekle", "990 TL"), ("Корзина", "В корзину",
        "9990 руб"),
        ("购物车", "加入购物车", "¥990"), ("買い物かご", "カートに入れる", "9,900円"), ("장바구니", "구매하기",
        "99,000원"),
        ("Giỏ hàng", "Thêm vào giỏ", "990.000₫"), ("عربة التسوق", "أضف إلى السلة", "$ 99"),
    ],
)  # fmt: skip
def test_shops_in_many_languages(look: Look, cart: str, button: str, price: str) -> None:
    items = "".join(f"<div><a href=/products/watch-{n}00>W{n}</a><b>{price}</b><i>{button}</i></div>" for n in range(8))
    seen = look(f"<a href=/cart>{cart}</a>{items}")
    assert (seen.outcome, seen.page_kind) == (Outcome.CONTENT, PageKind.SHOP)
    assert seen.detail
    assert seen.quotes


def test_a_shop_that_announces_stays_a_shop(look: Look) -> None:
    items = "".join(f"<div><a href=/products/watch-{n}>Watch</a> $ {n}9.00</div>" for n in range(1, 30))
    assert look(f"<p>New collection coming soon</p><a href=/cart>Shopping cart</a>{items}").page_kind is PageKind.SHOP


def test_piracy(look: Look) -> None:
    films = "".join(f"<a href=/movies/film-{n}>Film {n} HD</a>" for n in range(20))
    assert (
        look(f"<h1>Watch free</h1><p>Free movies online, TV series online, 1080p</p>{films}").page_kind
        is PageKind.PIRACY
    )
    assert look("<p>1080p torrent</p><a href='magnet:?xt=urn:btih:abc'>get</a>").page_kind is PageKind.PIRACY


def test_listing(look: Look) -> None:
    assert look("<a>Post an ad</a><p>Classifieds</p><p>Private seller</p>").page_kind is PageKind.LISTING


def test_article_and_other(look: Look) -> None:
    assert look(f"<h1>News</h1><p>By Jana Nováková</p>{PROSE}").page_kind is PageKind.ARTICLE
    assert look("<p>Our association meets on Fridays.</p>").page_kind is PageKind.OTHER
