"""Closed lists of codes: languages (ISO 639-1), currencies (ISO 4217); and the nearest valid word for a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

SECTOR_LANGUAGES = (
    "en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sv", "da", "ro", "hu", "bg", "el", "hr", "tr", "ru", "zh",
    "ja", "ko", "vi", "ar",
)  # fmt: skip
"""Languages that every embedded sector file has terms in."""

_LANGUAGES = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv
ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne
ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st
su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""

LANGUAGES = frozenset(_LANGUAGES.split())
"""ISO 639-1 language codes."""

ANY_LANGUAGE = "*"
"""Stands for every language in ``words`` and ``products``."""

_CURRENCIES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT
MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND
VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""

CURRENCIES = frozenset(_CURRENCIES.split())
"""ISO 4217 codes of money that shops can ask for."""

_MEANT_LANGUAGE = {
    "at": "de", "br": "pt", "cn": "zh", "cz": "cs", "dk": "da", "false": "no", "gb": "en", "gr": "el", "jp": "ja",
    "mx": "es", "us": "en", "vn": "vi", "arabic": "ar", "bulgarian": "bg", "chinese": "zh", "croatian": "hr",
    "czech": "cs", "danish": "da", "deutsch": "de", "dutch": "nl", "english": "en", "french": "fr", "german": "de",
    "greek": "el", "hungarian": "hu", "italian": "it", "japanese": "ja", "korean": "ko", "norwegian": "no",
    "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru", "spanish": "es", "swedish": "sv",
    "turkish": "tr", "vietnamese": "vi", "any": ANY_LANGUAGE, "all": ANY_LANGUAGE,
}  # fmt: skip


def nearest(word: str, words: Iterable[str]) -> str:
    """The word of ``words`` that was probably meant by ``word``, or ``""`` when none is near."""
    choices = sorted(words)
    folded = {choice.casefold(): choice for choice in reversed(choices)}
    lowered = word.strip().casefold().replace(" ", "-")
    if lowered in folded:
        return folded[lowered]
    swapped = lowered.replace("-", "_") if any("_" in choice for choice in choices) else lowered
    found = difflib.get_close_matches(swapped, folded, n=1, cutoff=0.6)
    if not found:
        found = [choice for choice in folded if len(swapped) > 2 and choice.startswith(swapped)][:1]
    return folded[found[0]] if found else ""


def nearest_language(word: str) -> str:
    """The language code that was probably meant: ``en`` for ``EN``, ``en-GB``, ``english`` or ``us``."""
    lowered = word.strip().casefold().replace("_", "-")
    primary = lowered.partition("-")[0]
    for code in (lowered, primary):
        if code in _MEANT_LANGUAGE:
            return _MEANT_LANGUAGE[code]
        if code in LANGUAGES:
            return code
    return ""
