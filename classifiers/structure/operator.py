"""What identified sellers show, in the legal forms and words of many countries."""

from __future__ import annotations

from collections.abc import Sequence

import re2

from classifiers.structure.base import distinct, phrases, quoted
from core.records import Page

COMPANY = re2.compile(
    r"(\p{Lu}[^\s,]*,? (?:GmbH(?: & Co\. ?KGa?A?)?|AG|OHG|e\.K\.|mbH|Ltd\.?|Limited|LLC|LLP|PLC|Inc\.?|Corp\.?"
    r"|S\.?A\.?R\.?L\.?|SASU?|EURL|S\.A\.(?:S\.)?|S\.r\.l\.|Srl|SRL|S\.p\.A\.|SpA|S\.L\.U?\.?|B\.V\.|BV|N\.V\.|VOF|BVBA|A/S|ApS|AB|Oyj?|ASA"
    r"|Sp\. ?z ?o\.? ?o\.?|s\. ?r\. ?o\.|a\. ?s\.|Kft\.?|Zrt\.?|d\. ?o\. ?o\.|ЕООД|ООД|Α\.?Ε\.|Ο\.?Ε\.|A\.?Ş\.?"
    r"|Ltd\. ?Şti\.?|Lda\.?|Ltda\.?|Eireli|Pty|Pte|Co\., ?Ltd\.?))(?:[\s,;.:()|©/-]|$)"
    r"|((?:ООО|ОАО|ИП) [«\"]?\p{Lu}[^\s,]+)"
    r"|([^\s,]*(?:株式会社|有限会社|合同会社|有限公司|주식회사|\(주\)|شركة)[^\s,]*|(?i:Công ty (?:TNHH|Cổ phần|CP)))"
)
"""A name followed by a legal form; in some languages the form comes first."""

_NUMBER = r"[^\n0-9]{0,24}[0-9][0-9 .-]{2,16}"

_REGISTERS = (
    phrases(
        """Umsatzsteuer-ID|Umsatzsteuer-Identifikationsnummer|Handelsregister|Amtsgericht|VAT number|VAT no
        |VAT ID|VAT reg|VAT registration|company number|company no|company registration|registered in England
        |registered office|TVA intracommunautaire|N° TVA|capital social|Registro Mercantil|Partita IVA
        |Codice Fiscale|KVK-nummer|BTW-nummer|BTW nr|btw-nr|Kamer van Koophandel|CVR-nr|org.nr
        |organisationsnummer|org. nr|adószám|cégjegyzékszám|vergi no|特定商取引|事業者登録|사업자등록번호
        |통신판매업|统一社会信用代码|統一編號|mã số thuế""",
        followed=_NUMBER,
    ),
    phrases(
        """USt-IdNr|USt-ID|HRB|HRA|ABN|ACN|EIN|CRN|SIRET|SIREN|RCS|NIF|CIF|P.IVA|P. IVA|P.Iva|KvK|KVK|BTW|NIP
        |REGON|KRS|IČO|IČ|DIČ|CVR|CUI|J40|OIB|ЕИК|БУЛСТАТ|Α.Φ.Μ|ΑΦΜ|Γ.Ε.ΜΗ|ИНН|ОГРН|ОГРНИП|MERSİS|CNPJ|ICP备
        |MST""",
        followed=_NUMBER,
        cased=True,
    ),
)


def registrations(text: str, limit: int = 3) -> tuple[str, ...]:
    """Register and tax numbers with the name of the register before them, as the text shows them."""
    return distinct((quote for pattern in _REGISTERS for quote in quoted(pattern, text, limit)), limit)


IMPRINT_LINK = phrases(
    """impressum|imprint|legal notice|legal-notice|mentions légales|mentions legales|mentions-legales
    |aviso legal|aviso-legal|note legali|note-legali|colofon|disclaimer legal|company information
    |company info|legal information|corporate information|dados da empresa|dane firmy|provozovatel
    |obchodní údaje|firmauppgifter|impresszum|date companie|特定商取引法|会社概要|회사소개|公司信息
    |реквизиты|investor relations|investors|corporate governance|modern slavery|store locator
    |find a store"""
)
"""Links that identified companies have and anonymous shops hardly ever."""

_STREET = re2.compile(
    r"\b([0-9]{1,5}[a-z]?,? [^\n,0-9]{2,30} (?i:street|st|road|rd|avenue|ave|lane|ln|boulevard|blvd|drive"
    r"|square|suite|floor|court))\b"
    r"|((?:[^\s,]{3,}|\p{Lu}[^\s,]+ )(?i:straße|strasse|str\.|straat|weg|laan|plein|gasse|gatan"
    r"|vägen|vej|gade|utca|allee|platz|plads|kade|dijk) ?[0-9]{1,4})"
    r"|\b((?i:via|viale|piazza|corso|calle|avda\.?|avenida|plaza|rue|boulevard|rua|praça|ul\.|ulica|strada"
    r"|bd\.|bulevardul) [^\n]{2,30}?[0-9])"
    r"|((?i:ул\.|улица|проспект|пр-т|бул\.|οδός|cad\.|caddesi|đường|phường|quận) [^\n]{2,30}?[0-9])"
    r"|\b([0-9]{1,4},? (?:bis |ter )?(?:rue|avenue|boulevard|chemin|quai|allée|impasse) \pL)"
    r"|\b([0-9]{4} ?[A-Z]{2},? [A-Z])|\b([A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2})\b"
    r"|\b([A-Z]{2} [0-9]{5}(?:-[0-9]{4})?)\b"
    r"|\b((?:D|A|CH|F|I|E|B|L)-[0-9]{4,5} [A-Z])"
    r"|\b([0-9]{5} \p{Lu}[^\s,]{3,})|(〒 ?[0-9]{3})|((?i)\bp\.? ?o\.? box [0-9])"
)
"""A street with a number, or a postal code beside a place, in the forms of many countries."""


def addresses(pages: Sequence[Page]) -> tuple[str, ...]:
    """Postal addresses the pages show: from structured statements (quoted by their street) or from the text."""
    found: dict[str, None] = {}
    for page in pages:
        text = "\n".join(span.text for span in page.spans if 6 < len(span.text) < 400)
        found.update(dict.fromkeys(quoted(_STREET, text)))
        if any('"streetAddress"' in item for item in page.structured):
            found["streetAddress"] = None
    return tuple(found)[:5]
