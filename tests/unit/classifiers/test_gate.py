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
