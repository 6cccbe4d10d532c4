"""Detectors of piracy sites, and what speaks against suspicion."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from classifiers.classify import Judgement
from core.records import Family, Signal

Judged = Callable[..., Judgement]


def signals(judgement: Judgement) -> dict[str, Signal]:
    """By id, the first signal of each."""
    assert judgement.verdict is not None
    listed = (*judgement.verdict.signals, *judgement.verdict.contrary)
    return {signal.id: signal for signal in reversed(listed)}


def page(body: str) -> str:
    text = "<p>Some words about the films on this page, so that it is not empty.</p>"
    return f'<!doctype html><html lang="en"><head><title>Films</title></head><body>{text}{body}</body></html>'


@pytest.mark.parametrize(
    ("id_", "body", "quote"),
    [
        ("piracy.release-names", "<p>Night.Rain.2025.720p.BluRay.x264-GRP</p>", "Night.Rain.2025.720p.BluRay.x264-GRP"),
        ("piracy.release-names", "<p>Iron Valley S01E02 1080p WEB-DL</p>", "Iron Valley S01E02 1080p WEB-DL"),
        ("piracy.player-embed", '<iframe src="https://streamtape.com/e/abc"></iframe>', "streamtape.com/e/abc"),
        ("piracy.cyberlocker-links", '<a href="https://rapidgator.net/file/1">x</a>', "https://rapidgator.net/file/1"),
        (
            "piracy.magnet-links",
            '<a href="magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567">x</a>',
            "magnet:?xt=urn:btih:",
        ),
        ("piracy.ad-network", '<script src="https://c1.popads.net/pop.js"></script>', "c1.popads.net/pop.js"),
        ("piracy.watch-free", "<h1>Watch movies online free</h1>", "Watch movies online free"),
    ],
)
def test_what_piracy_sites_show_is_quoted(judged: Judged, id_: str, body: str, quote: str) -> None:
    signal = signals(judged(page(body)))[id_]
    assert signal.quote.startswith(quote)
    assert signal.sector == "piracy"
    assert id_ not in signals(judged(page("")))


@pytest.mark.parametrize(
    "text", ["Resolution 1080p", "The film of 2025 in HD", "version 1.2.2024 x264 encoder", "See S01E02 tonight"]
)
def test_ordinary_words_are_no_release_names(judged: Judged, text: str) -> None:
    assert "piracy.release-names" not in signals(judged(page(f"<p>{text}</p>")))


def test_a_wall_of_titles_with_badges(judged: Judged) -> None:
    wall = "".join(f'<a href="/watch/film-{n}">Film {n}</a><span>CAM</span><span>HD</span>' for n in range(15))
    assert signals(judged(page(wall)))["piracy.title-wall"].family is Family.PIRACY_CONTENT


@pytest.mark.parametrize(
    ("id_", "body", "quote"),
    [
        ("contrary.identified-operator", "<p>VAT number GB123456789</p>", "VAT number GB123456789"),
        ("contrary.second-hand", "<p>Pre-owned and vintage condition</p>", "Pre-owned"),
        ("contrary.brand-protection", "<p>Report a counterfeit here</p>", "Report a counterfeit"),
        ("contrary.claims-authorised", "<p>Authorised dealer since 1990</p>", "Authorised dealer"),
        (
            "contrary.open-licence",
            '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">licence</a>',
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        (
            "contrary.licensed-pharmacy",
            '<a href="https://www.pharmacyregulation.org/registers/1">register</a>',
            "https://www.pharmacyregulation.org/registers/1",
        ),
        ("contrary.term", "<p>Here we fight counterfeits</p>", "we fight counterfeits"),
        ("contrary.honest-replica", "<p>Vandelier replica, die-cast scale model</p>", "die-cast"),
    ],
)
def test_what_speaks_against_is_listed_with_a_negative_weight(judged: Judged, id_: str, body: str, quote: str) -> None:
    verdict = judged(page(body)).verdict
    assert verdict is not None
    signal = next(signal for signal in verdict.contrary if signal.id == id_)
    assert signal.quote.startswith(quote)
    assert signal.weight < 0
    assert signal.family is Family.CONTRARY


def test_a_pack_names_its_own_sites(judged: Judged) -> None:
    found = signals(judged(page("<h1>Vandelier</h1>"), url="https://www.vandelier.example/"))
    signal = found["contrary.official-domain"]
    assert (signal.quote, signal.references[0].name) == ("vandelier.example", "pack:vandelier@3")
