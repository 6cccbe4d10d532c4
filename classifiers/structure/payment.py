"""Payment: ways to pay that cannot be taken back, and card logos with nobody behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.structure.base import Context, Detector, Finding, distinct, phrases, quick_host, quoted, under
from core.records import Family, PageKind

_PROCESSORS = frozenset(
    {
      "stripe.com", "stripe.network", "paypal.com", "paypalobjects.com", "braintreegateway.com", "adyen.com",
      "klarna.com", "klarnacdn.net", "mollie.com", "mollie.nl", "squareup.com", "squarecdn.com", "worldpay.com",
      "checkout.com", "authorize.net", "amazon.com", "payments-amazon.com", "sagepay.com", "opayo.co.uk",
      "ingenico.com", "ogone.com", "wirecard.com", "payu.com", "przelewy24.pl", "dotpay.pl", "gopay.com", "gopay.cz",
      "comgate.cz", "iyzipay.com", "razorpay.com", "mercadopago.com", "pagseguro.uol.com.br", "yookassa.ru",
      "robokassa.ru", "tinkoff.ru", "vnpay.vn", "momo.vn", "shopify.com", "shop.app", "bolt.com", "affirm.com",
      "afterpay.com", "sezzle.com", "bluesnap.com", "cybersource.com", "datatrans.ch", "payone.com", "heidelpay.com",
      "unzer.com", "nets.eu", "quickpay.net", "dibspayment.eu",
    }
)  # fmt: skip
_LOGO = re.compile(r"visa|master-?card|american-?express|\bamex\b|maestro|diners|\bjcb\b|discover", re.IGNORECASE)
_CHECKOUT = re.compile(r"(?i)card[_-]?number|cc[_-]?num|cardno|creditcard|cvv|cvc")
_FINAL = phrases("western union|moneygram|money gram|bitcoin|ethereum|usdt|tether|perfect money|webmoney")
_WALLETS = frozenset({"bitcoin", "ethereum", "usdt"})
_CHAT_HOSTS = ("wa.me", "api.whatsapp.com", "web.whatsapp.com", "t.me", "u.wechat.com")
_CHAT_ORDER = phrases(
    """order via whatsapp|order by whatsapp|order on whatsapp|order through whatsapp|order through telegram
    |order on telegram|order via telegram|contact us on whatsapp to order|whatsapp to order
    |whatsapp for price|add me as a contact on whatsapp|add us on whatsapp|add me on whatsapp
    |add our whatsapp|add our wechat|add wechat|ask price|inquire on whatsapp|bestellung über whatsapp
    |commander sur whatsapp|commande par whatsapp|pedidos por whatsapp|ordina su whatsapp
    |bestel via whatsapp|encomende pelo whatsapp|заказ в whatsapp|заказать в telegram|微信下单|加微信|加v
    |카톡 주문|카톡 문의"""
)


def logos_without_processor(context: Context) -> Iterator[Finding]:
    """A form that asks for a card number without any payment company's script, frame or form behind it."""
    for page in context.pages:
        if page.kind not in (PageKind.SHOP, PageKind.LISTING):
            continue
        asking = [item.name for form in page.forms for item in form.inputs if _CHECKOUT.search(item.name)]
        if not asking or _has_processor(context):
            continue
        logos = [image.alt for image in page.images if _LOGO.search(image.alt)]
        quotes = distinct([*asking, *logos], 4)
        yield Finding(id="payment.logos-without-processor", family=Family.PAYMENT, quotes=quotes)


def _has_processor(context: Context) -> bool:
    for page in context.pages:
        urls = [script.src for script in page.scripts] + [form.action for form in page.forms] + list(page.frames)
        if any(under(quick_host(url), _PROCESSORS) for url in urls):
            return True
    return False


def crypto_or_wire(context: Context) -> Iterator[Finding]:
    """A shop that takes money by ways that cannot be reversed."""
    if context.selling:
        wallets = (i.quote or i.value for page in context.pages for i in page.identifiers if i.kind in _WALLETS)
        quotes = distinct([*quoted(_FINAL, context.text), *wallets], 5)
        if quotes:
            yield Finding(id="payment.crypto-or-wire", family=Family.PAYMENT, quotes=quotes)


def chat_only(context: Context) -> Iterator[Finding]:
    """Orders or prices only through a private chat account."""
    if not context.offering:
        return
    quotes = quoted(_CHAT_ORDER, context.text)
    if quotes:
        links = (link.href for page in context.pages for link in page.links if under(quick_host(link.url), _CHAT_HOSTS))
        yield Finding(id="payment.chat-only", family=Family.PAYMENT, quotes=distinct([*quotes, *links], 8))


DETECTORS = (
    Detector(id="logos-without-processor", version="1", find=logos_without_processor),
    Detector(id="crypto-or-wire", version="1", find=crypto_or_wire),
    Detector(id="chat-only", version="1", find=chat_only),
)
