"""Reading pages: every field, hostile input, and that what was read is found in the bytes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.locate import Locator
from classifiers.page import read_page, structured_objects
from classifiers.reading.urls import Base, host_of
from core.records import Exchange, Field, Page

Make = Callable[..., Exchange]

SHOP = """<!doctype html><html lang="de-AT"><head>
<title>Nachbau  Uhren &ndash; Shop</title>
<meta name="description" content="Uhren &amp; Taschen"><meta property="og:title" content="Uhrenladen">
<meta name="generator" content="Zen Cart"><meta name="google-site-verification" content="abc123">
<base href="https://cdn.shop.example/x/"><link rel="shortcut icon" href="/fav.ico">
<script src="/js/app.js"></script>
<script>gtag('config','G-ABCDEF1234');fbq('init', '123456789012345');ym(12345678, "init");</script>
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"Product","name":"Uhr",
 "offers":{"@type":"Offer","price":"99.00","priceCurrency":"EUR",}}]}</script>
<style>.x{content:"style text"}</style></head><body>
<h1>Luxus <b>Uhren</b></h1>
<nav><a href="item.html?a=1#top" rel="nofollow" title="Zur Uhr">Uhr <b>Modell</b></a>
<a href="//other.example/">Fremd</a>
<a href="javascript:void(0)">JS</a><a href="mailto:Kauf@Shop.example?subject=x">Post</a>
<a href="tel:+43 1 234567">Ruf</a>
<a href="https://wa.me/4312345678">Chat</a></nav>
<img src="data:image/gif;base64,AA" data-src="uhr.jpg" alt="Uhr  AAA"><img srcset="a.jpg 1x, b.jpg 2x">
<p>Statt <del>€ 1.299,00</del> nur <ins>€ 99,90</ins></p><div class="price-old">$20.00</div>
<span>€</span><span>5,50</span>
<p hidden>unsichtbar</p><div style="display: none"><a href="/versteckt">geheim</a></div><noscript>ohne Skript</noscript>
<form action="/cart" method="POST"><input name="qty"><input type="submit" value="Kaufen"><select name="size">
<option>Größe 42</option></select></form>
<iframe src="https://player.example/e/1"></iframe>
<div itemscope itemtype="https://schema.org/Organization"><span itemprop="name">Uhren Muster GmbH</span></div>
<p>USt-IdNr.: ATU12345678, HRB 98765, SIRET 123 456 789 00012, kontakt [at] laden [dot] example</p>
<p>Wir liefern Uhren in ganz Österreich und Deutschland. Alle Preise inklusive Mehrwertsteuer und Versand.</p>
</body></html>"""


@pytest.fixture
def page(exchange: Make) -> Page:
    return read_page(exchange(SHOP))


def texts(page: Page, *fields: Field) -> list[str]:
    return [span.text for span in page.spans if span.field in fields]


def test_head(page: Page) -> None:
    assert page.title == "Nachbau Uhren – Shop"
    assert page.language == "de"
    assert page.charset == "utf-8"
    assert dict(page.meta)["generator"] == "Zen Cart"
    assert texts(page, Field.META) == ["Uhren & Taschen", "Uhrenladen"]


def test_visible_text_only(page: Page) -> None:
    shown = texts(page, Field.BODY, Field.LINK, Field.HEADING)
    assert {"Luxus", "Uhren", "Größe 42", "Kaufen"} <= set(shown)
    assert not {"unsichtbar", "geheim", "ohne Skript", "Kopf"} & set(shown)
    assert not any("style text" in text or "gtag" in text for text in shown)
    assert texts(page, Field.HEADING) == ["Luxus", "Uhren"]
    assert "Uhr AAA" in texts(page, Field.ALT)
    assert "Zur Uhr" in texts(page, Field.ALT)


def test_links(page: Page) -> None:
    links = {link.text: link for link in page.links}
    assert links["Uhr Modell"].url == "https://cdn.shop.example/x/item.html?a=1"
    assert links["Uhr Modell"].href == "item.html?a=1#top"
    assert links["Uhr Modell"].rel == "nofollow"
    assert links["Fremd"].url == "https://other.example/"
    assert links["JS"].url == ""
    assert [link.href for link in page.links if link.hidden] == ["/versteckt"]


def test_images_frames_forms_scripts(page: Page) -> None:
    assert [image.url for image in page.images] == [
        "https://cdn.shop.example/x/uhr.jpg",
        "https://cdn.shop.example/x/a.jpg",
    ]
    assert page.frames == ("https://player.example/e/1",)
    (form,) = page.forms
    assert (form.action, form.method) == ("https://cdn.shop.example/cart", "post")
    assert [(control.type, control.name) for control in form.inputs] == [
        ("text", "qty"),
        ("submit", ""),
        ("select", "size"),
    ]
    assert page.scripts[0].src == "https://cdn.shop.example/js/app.js"
    assert page.scripts[1].text.startswith("gtag(")


def test_prices(page: Page) -> None:
    assert [(price.amount, price.currency, price.quote, price.struck) for price in page.prices] == [
        (1299.0, "EUR", "€ 1.299,00", True),
        (99.9, "EUR", "€ 99,90", False),
        (20.0, "USD", "$20.00", True),
        (5.5, "EUR", "5,50", False),
    ]


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("US$ 1,299.00", 1299.0, "USD"),
        ("1 299,50 Kč", 1299.5, "CZK"),
        ("499 zł", 499.0, "PLN"),
        ("12.990 Ft", 12990.0, "HUF"),
        ("CHF 1'250.00", 1250.0, "CHF"),
        ("4230р.", 4230.0, "RUB"),
        ("1.490.000₫", 1490000.0, "VND"),
        ("¥12,800", 12800.0, "JPY"),
        ("R$ 199,90", 199.9, "BRL"),
        ("Rs. 2,499", 2499.0, "INR"),
        ("19,-€", 19.0, "EUR"),
        ("249,00 lei", 249.0, "RON"),
        ("GBP 45", 45.0, "GBP"),
    ],
)
def test_price_forms(exchange: Make, text: str, amount: float, currency: str) -> None:
    (price,) = read_page(exchange(f"<p>{text}</p>")).prices
    assert (price.amount, price.currency) == (amount, currency)


@pytest.mark.parametrize(
    ("body", "quotes"),
    [
        ("Vandelier 1 <del>€100.00</del> <ins>€90.00</ins>", ["€100.00", "€90.00"]),
        ("<p>Size 42</p><p>€ 120</p>", ["€ 120"]),
        ("<b>No. 3</b><span>$</span><span>19.90</span>", ["19.90"]),
        ("<b>2</b> <i>kr 99</i>", ["kr 99"]),
        ("Pack of 2 €5", ["€5"]),
        ("<s>99,-</s> <b>€ 89,-</b>", ["€ 89"]),
        ("<b>19,90</b><i>€</i> <b>12,00</b><i>€</i>", ["19,90", "12,00"]),
        ("1 290 Kč 990 Kč", ["1 290 Kč", "990 Kč"]),
        ("99,00€49,00€", ["99,00€", "49,00€"]),
        ("99 EUR 24 months", ["99 EUR"]),
        ("<b>99,00</b> € 2 years of warranty", ["99,00"]),
    ],
)
def test_a_sign_between_two_numbers_belongs_to_the_nearer(exchange: Make, body: str, quotes: list[str]) -> None:
    assert [price.quote for price in read_page(exchange(body)).prices] == quotes


@pytest.mark.parametrize(
    "text", ["50% off", "size 42", "tel. 555 123", "2026-11-01", "100 euros%"[:3], "v1.2.3", "$0.00"]
)
def test_numbers_that_are_no_prices(exchange: Make, text: str) -> None:
    assert read_page(exchange(f"<p>{text}</p>")).prices == ()


def test_currency_hint_and_regular_prices(exchange: Make) -> None:
    body = """<meta property="og:price:currency" content="AUD"><span class="regular-price">$80</span><span>$40</span>
    <div><span class="regular-price">$30</span></div>"""
    prices = read_page(exchange(body)).prices
    assert [(price.currency, price.struck) for price in prices] == [("AUD", True), ("AUD", False), ("AUD", False)]


def test_structured(page: Page) -> None:
    product, organisation = structured_objects(page)
    assert product == {
        "@type": "Product",
        "name": "Uhr",
        "offers": {"@type": "Offer", "price": "99.00", "priceCurrency": "EUR"},
    }
    assert organisation == {"@type": "Organization", "name": "Uhren Muster GmbH"}
    assert all(
        json.dumps(json.loads(item), sort_keys=True, separators=(",", ":"), ensure_ascii=False) == item
        for item in page.structured
    )


def test_identifiers(page: Page) -> None:
    found = {(item.kind, item.value) for item in page.identifiers}
    assert {
        ("google_analytics", "G-ABCDEF1234"),
        ("facebook_pixel", "123456789012345"),
        ("yandex_metrika", "12345678"),
        ("google_site_verification", "abc123"),
        ("favicon", "https://cdn.shop.example/fav.ico"),
        ("email", "kauf@shop.example"),
        ("email", "kontakt@laden.example"),
        ("phone", "+431234567"),
        ("whatsapp", "4312345678"),
        ("vat", "ATU12345678"),
        ("company_register", "hrb:98765"),
        ("company_register", "siret:12345678900012"),
    } <= found


@pytest.mark.parametrize(
    ("html", "kind", "value"),
    [
        ("<script>_gaq.push(['UA-12345-6'])</script>", "google_analytics", "UA-12345-6"),
        ("<script>x('GTM-ABC123')</script>", "google_tag_manager", "GTM-ABC123"),
        ("<script>ttq.load('ABCDEFGHIJKLM')</script>", "tiktok_pixel", "ABCDEFGHIJKLM"),
        (
            '<script src="https://hm.baidu.com/hm.js?0123456789abcdef0123456789abcdef"></script>',
            "baidu_hm",
            "0123456789abcdef0123456789abcdef",
        ),
        ("<script>Shopify.shop='muster.myshopify.com'</script>", "shopify_shop", "muster.myshopify.com"),
        ('<a href="https://t.me/MusterShop">x</a>', "telegram", "mustershop"),
        ("<p>WeChat: muster_88</p>", "wechat", "muster_88"),
        ("<p>Call +44 20 7946 0000 now</p>", "phone", "+442079460000"),
        ("<p>sales@muster.example</p>", "email", "sales@muster.example"),
        ("<p>Bitcoin: 1BoatSLRHtKNngkdXEeobR76b53LETtpyT</p>", "bitcoin", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"),
        ("<p>P.IVA IT01234567890</p>", "vat", "IT01234567890"),
        ("<p>Company No. 01234567</p>", "company_register", "companies_house:01234567"),
        ("<p>KvK-nummer: 12345678</p>", "company_register", "kvk:12345678"),
        ("<p>NIP: 123-456-78-90</p>", "company_register", "nip:1234567890"),
        ("<p>IČO: 12345678</p>", "company_register", "ico:12345678"),
        ('<a data-cfemail="1270527c3c77"></a>', "", ""),
    ],
)
def test_single_identifiers(exchange: Make, html: str, kind: str, value: str) -> None:
    found = [(item.kind, item.value) for item in read_page(exchange(html)).identifiers]
    assert ((kind, value) in found) if kind else found == []


def test_cloudflare_shielded_address(exchange: Make) -> None:
    code = bytes([0x42, *(byte ^ 0x42 for byte in b"a@b.example")]).hex()
    (found,) = read_page(exchange(f'<span data-cfemail="{code}">[protected]</span>')).identifiers
    assert (found.kind, found.value, found.quote) == ("email", "a@b.example", code)


def test_everything_read_is_found_in_the_bytes(exchange: Make, page: Page) -> None:
    locator = Locator(exchange(SHOP).decoded, page.charset)
    quotes = [span.text for span in page.spans]
    quotes += [link.href for link in page.links] + [price.quote for price in page.prices]
    quotes += [script.text for script in page.scripts if script.text]
    quotes += [item.quote for item in page.identifiers if item.quote]
    assert [quote for quote in quotes if locator.find(quote) is None] == []


@pytest.mark.parametrize(
    ("body", "language"),
    [
        (
            '<html lang="en"><p>'
            + "Koupit levné hodinky online, doprava zdarma na všechny objednávky v České republice. " * 4,
            "cs",
        ),
        ('<html lang="en_US"><p>' + "Buy cheap watches online, free shipping on all orders to any country. " * 4, "en"),
        ('<html lang="en"><p>' + "时尚手表全国包邮质量保证欢迎选购" * 4, "zh"),
        ("<p>" + "スーパーコピー時計の専門店です。送料無料でお届けします。" * 3, "ja"),
        ("<p>" + "Günstige Uhren online kaufen, kostenloser Versand weltweit und schnelle Lieferung." * 3, "de"),
        ('<html lang="fr">x', "fr"),
        ("<p>12 34", ""),
    ],
)
def test_language(exchange: Make, body: str, language: str) -> None:
    assert read_page(exchange(body)).language == language


def test_shingles_ignore_words_and_goods(exchange: Make) -> None:
    def shop(items: int, word: str) -> str:
        item = '<div class="item post-{0}"><a href="/{0}"><img src="{0}.jpg"></a><span class="price">{1}</span></div>'
        return "<main><nav><ul><li><a href=/>x</a></li></ul></nav>" + "".join(
            item.format(n, word) for n in range(items)
        )

    one, two = (read_page(exchange(shop(n, word))).shingles for n, word in ((30, "Uhr"), (50, "watch")))
    other = read_page(exchange("<table><tr><td><p><i><b>x</table>" * 20)).shingles
    assert one == two
    assert not set(one) & set(other)
    assert list(one) == sorted(set(one))


def test_url_argument_wins_and_content_coding_is_not_read_as_text(exchange: Make) -> None:
    assert read_page(exchange("<a href=x>y"), url="https://b.example/c/").links[0].url == "https://b.example/c/x"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("a/../b", "https://h.example/d/b"), ("?q", "https://h.example/d/p?q"), ("#x", "https://h.example/d/p"),
        ("HTTP://X.example/", "http://X.example/"), ("\\\\x.example\\y", "https://x.example/y"), ("data:x", ""), ("",
        ""),
        (" /z\n", "https://h.example/z"), ("x" * 5000, ""), ("//[", "https://["),
    ],
)  # fmt: skip
def test_tolerant_references(reference: str, url: str) -> None:
    assert Base("https://h.example/d/p").join(reference) == url


def test_host_of() -> None:
    assert host_of("https://User@Shop.Example:8443/x") == "shop.example"
    assert host_of("/x") == ""


HOSTILE = {
    "nested": "<div>" * 200_000,
    "links": '<a href="/x">y</a>' * 100_000,
    "attribute": '<img alt="' + "x" * 1_000_000 + '">',
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">",
    "forms": "<form><input name=a></form>" * 50_000,
    "options": "<select>" + "<option>x" * 100_000,
    "formatting": "".join(f"<b id={n}><p>" for n in range(20_000)),
    "tables": "<table><tr><td>" * 50_000,
    "comments": "<!--" * 200_000,
    "entities": "&amp" * 250_000,
    "digits": "1 234 " * 150_000,
    "prices": "<p>€1</p>" * 80_000,
    "ats": "a@" * 300_000,
    "plus": "+1" * 300_000,
    "words": "x" * 1_000_000,
    "spaces": "a" + " " * 1_000_000 + "b",
    "items": "<div itemscope itemprop=x>" * 40_000,
    "json": '<script type="application/ld+json">' + "[" * 400_000 + "</script>",
    "json commas": '<script type="application/ld+json">' + "{," * 200_000 + "</script>",
    "classes": '<p class="' + "old-" * 50_000 + '">' + "<i class='price-price-price-'>" * 20_000,
    "titles": "<title>x</title>" * 60_000,
    "meta": "<meta name=a content=b>" * 60_000,
    "brackets": "(at) [at] " * 80_000,
    "unclosed script": "<script>" + "a" * 1_000_000,
    "nul": "\0" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_are_bounded(exchange: Make, name: str) -> None:
    started = time.process_time()
    read_page(exchange(HOSTILE[name]))
    assert time.process_time() - started < 3.0  # an idle core needs well under one second


def test_hidden_work_after_many_formatting_tags_is_still_read(exchange: Make) -> None:
    page = read_page(exchange(HOSTILE["formatting"] + "<p>replica</p>"))
    assert "replica" in texts(page, Field.BODY)


TAGS = st.sampled_from(
    ["<p>", "</p>", "<a href='x'>", "</a>", "<del>", "</del>", "<table>", "<td>", "<script>", "</script>", "<title>",
     "<form>",
     "<input value=", "<select><option>", "<div itemscope itemprop=a>", "<svg><title>", "<template>", "<!--", "-->",
     "<![CDATA[",
     "€ 9,90", "&#0;", "&#xD800;", "\ud83d\ude00", "a@b.cz", "<base href='//['>", "<img srcset=' ,'>", "<html lang=''>",
     '<script type="application/ld+json">{"a":"\\ud800"}', "DE 123456789"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(TAGS | st.text(max_size=10), max_size=25))
def test_never_raises(parts: list[str]) -> None:
    body = "".join(parts).encode("utf-8", "surrogatepass")
    page = read_page(_bare(body))
    for text in (page.title, *page.structured, *(span.text for span in page.spans)):
        text.encode("utf-8")


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=500))
def test_any_bytes_make_a_page(body: bytes) -> None:
    assert read_page(_bare(body)).url == "http://h.example/"


def _bare(body: bytes) -> Exchange:
    return Exchange(
        url="http://h.example/", request_headers=(), status=200, reason="", http_version="1.1", headers=(), body=body,
        truncated=False, sha256="", remote_address="192.0.2.1", remote_port=80, at=datetime(2026, 1, 1, tzinfo=UTC),
        elapsed=0.0, decoded=body,
    )  # fmt: skip
