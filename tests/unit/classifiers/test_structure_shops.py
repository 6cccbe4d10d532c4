"""Detectors of shops: identity, price, payment, platform, network, linkage, cloaking, text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from classifiers.classify import Judgement
from core.records import Family, ReferenceType, Signal, TlsFacts

Judged = Callable[..., Judgement]

MENU = '<nav><a href="/cart">Cart</a> <a href="/account">My account</a> <a href="/checkout">Checkout</a></nav>'
GOODS = "".join(
    f'<div class="product-item"><a href="/products/item-{n}">Vandelier {n}</a> <span>€{n}5.00</span> '
    "<button>Add to cart</button></div>"
    for n in range(1, 7)
)


def shop(body: str, *, head: str = "<title>Goods</title>", goods: str = GOODS) -> str:
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{MENU}{goods}{body}</body></html>'


def signals(judgement: Judgement) -> dict[str, Signal]:
    """By id, the first signal of each."""
    assert judgement.verdict is not None
    listed = (*judgement.verdict.signals, *judgement.verdict.contrary)
    return {signal.id: signal for signal in reversed(listed)}


def discounted(percent: int, count: int = 6) -> str:
    return "".join(
        f'<div class="product-item">Vandelier no. {n} in gold <del>€{n}00.00</del> <ins>€{n * (100 - percent)}.00</ins>'
        "<button>Add to cart</button></div>"
        for n in range(1, count + 1)
    )


@pytest.mark.parametrize(
    ("id_", "body", "quote"),
    [
        ("identity.free-mail", "<p>Write to seller99@gmail.com</p>", "seller99@gmail.com"),
        ("identity.unrelated-email", "<p>Write to info@elsewhere.example</p>", "info@elsewhere.example"),
        (
            "identity.bare-social-links",
            '<a href="https://www.facebook.com/">f</a><a href="https://twitter.com">t</a>',
            "https://www.facebook.com/",
        ),
        ("identity.stale-copyright", "<p>© 2019 Shop</p>", "© 2019 Shop"),
        (
            "identity.copied-brand-copyright",
            "<p>Copyright © 2026 Vandelier. All rights</p>",
            "Copyright © 2026 Vandelier",
        ),
        ("price.steep-claim", "<p>Everything up to 80% off</p>", "up to 80%"),
        ("price.currency-switcher", "<a>USD</a> <a>EUR</a> <a>GBP</a> <a>CAD</a> <a>AUD</a>", "USD"),
        ("payment.crypto-or-wire", "<p>We accept Western Union and Bitcoin</p>", "Western Union"),
        ("payment.chat-only", "<p>To order on WhatsApp write us</p>", "order on WhatsApp"),
        ("text.template-default", "<p>Lorem ipsum dolor sit amet</p>", "Lorem ipsum dolor"),
        ("text.pressure", "<p>Hurry up!</p>", "Hurry up"),
        ("text.factory-brands", "<p>Factory direct: Vandelier, Orsova, Quillon</p>", "Factory direct"),
        ("platform.zen-cart", '<a href="/index.php?main_page=product_info&id=1">x</a>', "main_page=product_info"),
        ("platform.oemsaas", '<img src="https://img.staticsoem.com/1.jpg">', "staticsoem.com"),
    ],
)
def test_a_shop_that_shows_it_is_quoted(judged: Judged, id_: str, body: str, quote: str) -> None:
    signal = signals(judged(shop(body)))[id_]
    assert signal.quote.startswith(quote)
    assert signal.references[0].type is ReferenceType.BYTES
    assert id_ not in signals(judged(shop("<p>Nothing more</p>")))


@pytest.mark.parametrize(
    "body",
    [
        "<p>Impressum: Miller GmbH, USt-IdNr DE123456789</p>",
        "<p>VAT number GB123456789</p>",
        "<p>Miller & Sons Ltd</p>",
        '<a href="/mentions-legales">Mentions légales</a>',
        "<p>株式会社ミラー</p>",
        "<p>ООО «Мельник»</p>",
    ],
)
def test_an_operator_that_names_itself_is_not_missed(judged: Judged, body: str) -> None:
    assert "identity.no-operator" not in signals(judged(shop(body)))
    absent = signals(judged(shop("<p>Nothing more</p>")))["identity.no-operator"]
    assert absent.references[0].type is ReferenceType.ABSENCE
    assert len(absent.references[0].pages) == 1


@pytest.mark.parametrize(
    "body", ["<p>12 High Street, Leeds</p>", "<p>Call +44 20 7946 0000</p>", "<p>Lange Straße 5</p>"]
)
def test_an_address_or_telephone_is_seen(judged: Judged, body: str) -> None:
    assert "identity.no-address" not in signals(judged(shop(body)))
    assert "identity.no-address" in signals(judged(shop("<p>Nothing more</p>")))


def test_a_mailbox_of_the_shops_own_domain_is_fine(judged: Judged) -> None:
    found = signals(judged(shop("<p>info@shop.example, or owner@gmail.com</p>"), url="https://www.shop.example/"))
    assert not {"identity.free-mail", "identity.unrelated-email"} & set(found)


def test_the_brands_own_copyright_is_its_own(judged: Judged) -> None:
    body = shop("<p>© 2026 Vandelier</p>")
    assert "identity.copied-brand-copyright" not in signals(judged(body, url="https://vandelier-group.example/"))


def test_uniform_high_discounts(judged: Judged) -> None:
    found = signals(judged(shop("", goods=discounted(70))))
    assert found["price.uniform-discount"].family is Family.PRICE
    assert "price.strike-ratio" in found


@pytest.mark.parametrize("percent", [10, 30])
def test_ordinary_discounts_are_no_reason(judged: Judged, percent: int) -> None:
    found = signals(judged(shop("", goods=discounted(percent))))
    assert not [id_ for id_ in found if id_.startswith("price.")]


def test_many_goods_at_one_price(judged: Judged) -> None:
    goods = '<div class="product-item">Vandelier <span>€89.00</span><button>Add to cart</button></div>' * 12
    assert signals(judged(shop("", goods=goods)))["price.repeated"].quote == "€89.00"


def test_a_brand_at_bargain_prices_in_the_title(judged: Judged) -> None:
    found = signals(judged(shop("", head="<title>Vandelier outlet online</title>")))
    assert found["price.brand-bargain"].sector == "luxury"
    found = signals(judged(shop("", head="<title>Vandelier</title>", goods=discounted(75))))
    assert found["price.brand-steep-discount"].sector == "luxury"


def test_far_below_the_packs_floor(judged: Judged) -> None:
    goods = "<h2>Tourbillon Nocturne</h2><p>€499.00</p><button>Add to cart</button>"
    signal = signals(judged(shop("", goods=goods)))["price.brand-below-floor"]
    assert signal.pack is not None
    assert signal.pack.organisation == "vandelier-sa"
    above = goods.replace("€499.00", "€8,999.00")
    assert "price.brand-below-floor" not in signals(judged(shop("", goods=above)))


def test_a_card_form_without_a_payment_company(judged: Judged) -> None:
    form = '<form action="/pay"><input name="card_number"><input name="cvv"></form>'
    assert "payment.logos-without-processor" in signals(judged(shop(form)))
    backed = form + '<script src="https://js.stripe.com/v3/"></script>'
    assert "payment.logos-without-processor" not in signals(judged(shop(backed)))


def test_pictures_from_a_wholesale_album(judged: Judged) -> None:
    images = "".join(f'<img src="https://photo.yupoo.com/a/{n}.jpg">' for n in range(8))
    assert signals(judged(shop(images)))["linkage.foreign-images"].quote.startswith("photo.yupoo.com/")


def test_a_hidden_block_of_links_to_other_sites(judged: Judged) -> None:
    links = "".join(f'<a href="https://other{n}.example/">x</a>' for n in range(10))
    assert "cloaking.hidden-links" in signals(judged(shop(f'<div style="display:none">{links}</div>')))
    assert "cloaking.hidden-links" not in signals(judged(shop(f"<div>{links}</div>")))


def test_a_script_that_sends_searchers_elsewhere(judged: Judged) -> None:
    script = "<script>if (document.referrer.match(/google|bing/)) {\n location.href = '/x'; }</script>"
    assert signals(judged(shop(script)))["cloaking.referrer-script"].quote == "document.referrer"
    honest = "<script>track(document.referrer)</script>"
    assert "cloaking.referrer-script" not in signals(judged(shop(honest)))


def leaf(issued: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(issued).not_valid_after(issued + timedelta(days=90))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_certificates_are_looked_at_where_there_are_any(judged: Judged) -> None:
    fresh = TlsFacts(version="TLSv1.3", cipher="x", leaf=leaf(datetime(2026, 10, 25, tzinfo=UTC)), faults=("expired",))
    found = signals(judged(shop(""), tls=fresh))
    assert found["network.tls-fault"].quote == "expired"
    assert found["network.fresh-certificate"].references[0].type is ReferenceType.LOOKUP
    old = TlsFacts(version="TLSv1.3", cipher="x", leaf=leaf(datetime(2026, 6, 1, tzinfo=UTC)))
    broken = TlsFacts(version="TLSv1.3", cipher="x", leaf=b"no certificate")
    for facts in (None, old, broken):
        assert not [id_ for id_ in signals(judged(shop(""), tls=facts)) if id_.startswith("network.")]


def test_articles_are_not_asked_for_an_imprint(judged: Judged) -> None:
    text = "<article><h1>News</h1>" + "<p>Long sentences about Vandelier and the trade in goods, again.</p>" * 20
    body = (
        f'<html lang="en"><head><meta property="og:type" content="article"></head><body>{text}</article></body></html>'
    )
    assert not [id_ for id_ in signals(judged(body)) if id_.startswith("identity.")]
