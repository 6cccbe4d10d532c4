"""Tokens that link sites and name their operator: analytics ids, contacts, company and tax numbers, wallets.

Every kind is looked for only where a cheap test says that it can occur, and each carries the text it was read from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from classifiers.reading.gathered import Gathered
from core.records import Identifier, Script

MAX_IDENTIFIERS = 300
"""Most identifiers kept for a page."""

_SCRIPT_PATTERNS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("google_analytics", "UA-", re.compile(r"(?<![\w-])(UA-\d{4,10}-\d{1,4})(?![\w-])")),
    ("google_analytics", "G-", re.compile(r"(?<![\w-])(G-[A-Z0-9]{8,12})(?![\w-])")),
    ("google_tag_manager", "GTM-", re.compile(r"(?<![\w-])(GTM-[A-Z0-9]{4,10})(?![\w-])")),
    ("google_ads", "AW-", re.compile(r"(?<![\w-])(AW-\d{8,12})(?![\w-])")),
    ("google_adsense", "pub-", re.compile(r"(?<!\w)((?:ca-)?pub-\d{10,18})(?!\d)")),
    ("facebook_pixel", "fbq", re.compile(r"fbq\(\s*['\"]init['\"]\s*,\s*['\"]?(\d{6,20})")),
    ("tiktok_pixel", "ttq", re.compile(r"ttq\.load\(\s*['\"]([A-Z0-9]{10,30})['\"]")),
    ("yandex_metrika", "ym(", re.compile(r"(?<!\w)ym\(\s*(\d{5,12})\s*,")),
    ("yandex_metrika", "yaCounter", re.compile(r"yaCounter(\d{5,12})")),
    ("yandex_metrika", "mc.yandex", re.compile(r"mc\.yandex\.ru/watch/(\d{5,12})")),
    ("baidu_hm", "hm.baidu.com", re.compile(r"hm\.baidu\.com/h(?:m)?\.js\?([0-9a-f]{32})")),
    ("cnzz", "cnzz.com", re.compile(r"cnzz\.com/[a-z_]+\.php\?(?:web_)?id=(\d{5,12})")),
    ("51la", "51.la", re.compile(r"LA\.init\(\{\s*id:\s*['\"](\w{8,40})['\"]")),
    ("clarity", "clarity", re.compile(r"clarity['\"],\s*['\"]script['\"],\s*['\"](\w{6,14})['\"]")),
    ("hotjar", "hjid", re.compile(r"hjid:\s*(\d{5,9})")),
    ("shopify_shop", "myshopify.com", re.compile(r"([a-z0-9][a-z0-9-]{0,60}\.myshopify\.com)")),
    ("shopify_id", "shopId", re.compile(r"['\"]?shopId['\"]?\s*:\s*(\d{5,14})")),
    ("tawk", "embed.tawk.to", re.compile(r"embed\.tawk\.to/([0-9a-f]{24})")),
    ("crisp", "CRISP_WEBSITE_ID", re.compile(r"CRISP_WEBSITE_ID\s*=\s*['\"]([0-9a-f-]{36})")),
)
_SITE_TOKENS = {
    "google-site-verification": "google_site_verification", "msvalidate.01": "bing_site_verification",
    "yandex-verification": "yandex_verification", "p:domain_verify": "pinterest_verification",
    "facebook-domain-verification": "facebook_verification", "baidu-site-verification": "baidu_verification",
    "fb:app_id": "facebook_app", "fb:pages": "facebook_pages",
}  # fmt: skip

_EMAIL_LOCAL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}\Z")
_EMAIL_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,6}[A-Za-z]{2,24}(?![A-Za-z0-9-])")
_OBFUSCATED = re.compile(
    r"([A-Za-z0-9._%+-]{1,64}) ?[\[({] ?(?:at|AT|At|@|arroba|ät) ?[\])}] ?"
    r"([A-Za-z0-9-]{1,63}(?: ?(?:[\[({] ?(?:dot|DOT|Dot|punkt|punto|\.) ?[\])}]|\.) ?[A-Za-z0-9-]{1,63}){1,4})"
)
_OBFUSCATED_DOT = re.compile(r" ?(?:[\[({] ?(?:dot|DOT|Dot|punkt|punto|\.) ?[\])}]|\.) ?")
_PHONE = re.compile(r"\+\d(?:[ ()./-]{0,3}\d){6,14}(?!\d)")
_WECHAT = re.compile(
    r"(?:wechat|weixin|微信号?|we chat)(?: ?id)? ?[:：] ?([A-Za-z][\w-]{4,24}|\+?\d{8,15})", re.IGNORECASE
)
_WHATSAPP_TEXT = re.compile(r"whats ?app ?[:：]? ?(\+?\d[\d ()-]{7,18}\d)", re.IGNORECASE)
_WALLET = re.compile(
    r"(?<![A-Za-z0-9])(bc1[a-z0-9]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|T[1-9A-HJ-NP-Za-km-z]{33}"
    r"|0x[0-9a-fA-F]{40})(?![A-Za-z0-9])"
)
_WALLET_WORDS = ("bitcoin", "btc", "usdt", "trc20", "erc20", "tether", "crypto", "wallet", "ethereum")

_LONG_NUMBER = re.compile(r"[0-9](?:[ .\-/]?[0-9]){4,17}")
_VAT = re.compile(
    r"(?<![A-Za-z])(ATU ?\d{8}|BE ?[01]?\d{9}|BG ?\d{9,10}|CY ?\d{8}[A-Z]|CZ ?\d{8,10}|DE ?\d{9}|DK ?\d{8}|EE ?\d{9}"
    r"|EL ?\d{9}|ES ?[A-Z]?\d{7,8}[A-Z0-9]?|FI ?\d{8}|FR ?[0-9A-Z]{2} ?\d{9}|GB ?\d{9}(?:\d{3})?|XI ?\d{9}|HR ?\d{11}"
    r"|HU ?\d{8}|IE ?\d[0-9A-Z+*]\d{5}[A-Z]{1,2}|IT ?\d{11}|LT ?\d{9}(?:\d{3})?|LU ?\d{8}|LV ?\d{11}|MT ?\d{8}"
    r"|NL ?\d{9}B\d{2}|PL ?\d{10}|PT ?\d{9}|RO ?\d{6,10}|SE ?\d{12}|SI ?\d{8}|SK ?\d{10}|CHE ?\d{9})(?![0-9A-Za-z])"
)
_VAT_LABEL = re.compile(
    r"(?<!\w)(?:vat|u\.?st\.?|ust-?id|umsatzsteuer|uid|mwst|tva|btw|iva|p\. ?iva|partita iva|nif|cif|dič|dic|ič dph|nip"
    r"|moms|alv|áfa|adó|αφμ|α\.φ\.μ|oib|pvm|pvn|kmkr|ddv|pdv|tax|steuer|cui|cod fiscal|ддс)(?!\w)",
    re.IGNORECASE,
)
_NUMBER_SIGNS = r"(?:[\s:.,#№°º-]|nr|no|number|num|numéro|numero|nummer){0,12}"
_REGISTERS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"(?<!\w)(?:{words}){_NUMBER_SIGNS}\Z", re.IGNORECASE))
    for kind, words in (
        ("hrb", "HRB|HRA|Handelsregister(?:nummer)?"),
        ("siret", "SIRET"),
        ("siren", "SIREN|RCS(?: [A-Z][a-zé]+)?"),
        ("companies_house",
        "Compan(?:y|ies)(?: House)?(?: registration| reg)?(?: no| number| nr)?"
            "|Registered (?:in England(?: and Wales)?|company)"),
        ("kvk", "KvK|Kamer van Koophandel|CoC"),
        ("nip", "NIP"), ("regon", "REGON"), ("krs", "KRS"),
        ("ico", "IČO|IČ|ICO"),
        ("cvr", "CVR"),
        ("orgnr", "Org(?:anisation(?:s)?)?\\.?-? ?(?:nr|nummer|no)"),
        ("rea", "REA"),
        ("oib", "OIB"),
        ("fn", "FN|Firmenbuch(?:nummer)?"),
        ("cui", "CUI"),
        ("eik", "ЕИК|EIK|Булстат"),
        ("inn", "ИНН"), ("ogrn", "ОГРН(?:ИП)?"),
        ("abn", "ABN"),
        ("mersis", "MERSİS|MERSIS"),
        ("icp", "ICP备|ICP证"),
        ("cegjegyzek", "Cégjegyzékszám"),
        ("gemi", "Γ\\.?Ε\\.?ΜΗ\\.?"),
    )
)  # fmt: skip


def find_identifiers(gathered: Gathered, joined: str) -> tuple[Identifier, ...]:
    """The identifiers of a page, each kind and value once, at most :data:`MAX_IDENTIFIERS`."""
    found: dict[tuple[str, str], Identifier] = {}
    for identifier in _all(gathered, joined):
        found.setdefault((identifier.kind, identifier.value), identifier)
        if len(found) >= MAX_IDENTIFIERS:
            break
    return tuple(found.values())


def _all(gathered: Gathered, joined: str) -> Iterator[Identifier]:
    yield from _in_scripts(gathered.scripts)
    for name, value in gathered.meta:
        kind = _SITE_TOKENS.get(name)
        if kind and value:
            yield Identifier(kind=kind, value=value[:200], quote=value[:200])
    for url in gathered.icons:
        yield Identifier(kind="favicon", value=url, quote="")
    yield from _in_links(gathered)
    yield from _in_text(joined)


def _in_scripts(scripts: Sequence[Script]) -> Iterator[Identifier]:
    for script in scripts:
        text = script.src or script.text
        for kind, guard, pattern in _SCRIPT_PATTERNS:
            if guard in text:
                for number, match in enumerate(pattern.finditer(text)):
                    yield Identifier(kind=kind, value=match[1], quote=match[1])
                    if number >= 20:
                        break


def _in_links(gathered: Gathered) -> Iterator[Identifier]:
    for link in gathered.links:
        href = link.href
        if link.url:
            contact = _chat(href)
            if contact is not None:
                yield contact
            continue
        scheme, _, rest = href.partition(":")
        scheme = scheme.lower()
        if scheme == "mailto":
            for address in unquote(rest.partition("?")[0]).split(",")[:5]:
                address = address.strip().lower()
                if _is_email(address):
                    yield Identifier(kind="email", value=address, quote=href[:300])
        elif scheme in ("tel", "callto"):
            yield from _phone(unquote(rest), href)
        elif scheme == "whatsapp":
            digits = re.search(r"phone=\D{0,3}(\d{6,15})", rest)
            if digits:
                yield Identifier(kind="whatsapp", value=digits[1], quote=href[:300])
        elif scheme == "tg":
            name = re.search(r"domain=([A-Za-z]\w{3,31})", rest)
            if name:
                yield Identifier(kind="telegram", value=name[1].lower(), quote=href[:300])
        elif scheme == "skype" and rest:
            yield Identifier(kind="skype", value=rest.partition("?")[0][:60], quote=href[:300])
    for code in gathered.shielded:
        plain = _unshield(code)
        if plain:
            yield Identifier(kind="email", value=plain, quote=code)


_CHAT_HOSTS = ("wa.me/", "whatsapp.com/", "t.me/", "telegram.me/", "line.me/", "m.me/")
_CHATS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("whatsapp", re.compile(r"//(?:www\.)?wa\.me/(?:message/)?\+?([A-Z0-9]{6,20})")),
    ("whatsapp", re.compile(r"whatsapp\.com/send/?\?[^#]{0,200}?phone=\D{0,3}(\d{6,15})")),
    ("telegram", re.compile(r"//(?:www\.)?(?:t|telegram)\.me/(?!share|s/|joinchat)(\+?[A-Za-z0-9_]{4,32})")),
    ("line", re.compile(r"line\.me/(?:R/)?ti/p/(~?@?[\w.%-]{3,30})")),
    ("messenger", re.compile(r"//(?:www\.)?m\.me/([\w.]{4,60})")),
)


def _chat(href: str) -> Identifier | None:
    if any(host in href for host in _CHAT_HOSTS):
        for kind, pattern in _CHATS:
            match = pattern.search(href[:1_000])
            if match:
                return Identifier(
                    kind=kind, value=match[1].lower() if kind == "telegram" else match[1], quote=href[:300]
                )
    return None


def _phone(text: str, quote: str) -> Iterator[Identifier]:
    digits = re.sub(r"\D", "", text)
    if 6 <= len(digits) <= 15:
        plus = "+" if text.lstrip().startswith("+") else ""
        yield Identifier(kind="phone", value=plus + digits, quote=quote[:300])


def _is_email(text: str) -> bool:
    local, at, host = text.rpartition("@")
    return bool(at and _EMAIL_LOCAL.match(local) and (match := _EMAIL_HOST.match(host)) and match.end() == len(host))


def _unshield(code: str) -> str:
    """The address behind Cloudflare's e-mail obfuscation: hex bytes, each XORed with the first."""
    try:
        key, *content = bytes.fromhex(code)
        address = bytes(byte ^ key for byte in content).decode().lower()
    except (ValueError, UnicodeError):
        return ""
    return address if _is_email(address) else ""


_FILE_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".js", ".css")


def _in_text(joined: str) -> Iterator[Identifier]:
    position = joined.find("@")
    seen = 0
    while position >= 0 and seen < 200:
        seen += 1
        local = _EMAIL_LOCAL.search(joined, max(0, position - 64), position)
        host = _EMAIL_HOST.match(joined, position + 1, position + 260)
        if local and host and not host[0].lower().endswith(_FILE_ENDINGS):
            quote = joined[local.start() : host.end()]
            yield Identifier(kind="email", value=quote.lower().lstrip("."), quote=quote)
        position = joined.find("@", position + 1)
    lowered = joined.lower()
    if any(
        mark in lowered
        for mark in ("[at]", "(at)", "{at}", "[ at ]", "( at )", "[@]", "(@)", "(arroba)", "[ät]", "(ät)")
    ):
        for match in _OBFUSCATED.finditer(joined):
            address = f"{match[1]}@{_OBFUSCATED_DOT.sub('.', match[2])}".lower()
            if _is_email(address):
                yield Identifier(kind="email", value=address, quote=match[0])
    if "+" in joined:
        for match in _PHONE.finditer(joined):
            yield from _phone(match[0], match[0])
    if "wechat" in lowered or "微信" in lowered or "weixin" in lowered:
        for match in _WECHAT.finditer(joined):
            yield Identifier(kind="wechat", value=match[1], quote=match[0])
    if "whatsapp" in lowered:
        for match in _WHATSAPP_TEXT.finditer(joined):
            yield Identifier(kind="whatsapp", value=re.sub(r"\D", "", match[1]), quote=match[0])
    if any(word in lowered for word in _WALLET_WORDS):
        for match in _WALLET.finditer(joined):
            yield Identifier(kind=_wallet_kind(match[1]), value=match[1], quote=match[1])
    yield from _registered(joined)


def _wallet_kind(address: str) -> str:
    if address.startswith("0x"):
        return "ethereum"
    return "usdt" if address.startswith("T") else "bitcoin"


def _registered(joined: str) -> Iterator[Identifier]:
    """Tax and register numbers: a long number with its label before it."""
    for match in _LONG_NUMBER.finditer(joined):
        start = match.start()
        before = joined[max(0, start - 48) : start]
        if not before or not (
            before[-1].isalpha() or before.rstrip()[-1:] in ":.#№°º)-" or before.rstrip()[-1:].isalpha()
        ):
            continue
        vat = _VAT.search(joined[max(0, start - 5) : match.end() + 4])
        if vat and _VAT_LABEL.search(before):
            yield Identifier(kind="vat", value=re.sub(r"[ .]", "", vat[1]), quote=vat[1])
            continue
        flat = before.replace("\n", " ")
        for kind, pattern in _REGISTERS:
            if pattern.search(flat):
                digits = re.sub(r"\D", "", match[0])
                yield Identifier(kind="company_register", value=f"{kind}:{digits}", quote=match[0])
                break
