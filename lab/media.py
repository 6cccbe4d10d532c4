"""What the film sites list: titles, releases, mirrors for piracy; licences and sources for the open archive."""

from __future__ import annotations

import random
from dataclasses import dataclass

from lab.names import brand_named, slug
from lab.sites import SUSPECT, LabSite
from lab.texts import load_texts

_OPEN = ("Meadow", "The Clockmaker", "Tin Rabbit", "Letters from the Quay", "A Day in the Mill", "Cloud Atlas of Birds",
         "The Lamplighter", "Spring Tide", "Ordinary Machines", "The Orchard Year")  # fmt: skip
_GROUPS = ("NVRSLP", "RiPPLE", "GLiMMER", "FjORD", "KiNGHT")
_SOURCES = ("WEB-DL", "BluRay", "HDCAM", "WEBRip")
_LICENCES = ("CC BY 4.0", "CC BY-SA 4.0", "CC0 1.0", "Public Domain Mark 1.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One film as a site lists it; ``release`` and ``magnet`` on piracy sites, ``licence`` in the open archive."""

    title: str
    url: str
    year: int
    image: str
    quality: str
    release: str = ""
    magnet: str = ""
    size: str = ""
    seeds: int = 0
    minutes: int = 90
    licence: str = ""
    maker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Everything on a film site besides the words of its language."""

    title: str
    tagline: str
    intro: tuple[str, ...]
    films: tuple[Film, ...]
    mirrors: tuple[str, ...]
    players: tuple[str, ...]
    hue: int
    variant: int


def make_films(site: LabSite) -> Library:
    """The content of a film site, drawn from its seed and its operator's marks."""
    rng = random.Random(site.seed)  # noqa: S311 - pages are to be repeatable
    habits = random.Random(site.marks.theme)  # noqa: S311
    texts = load_texts(site.language)
    pirate = site.kind in SUSPECT
    own = brand_named("Nordlicht Film").models
    films = []
    for number in range(rng.randint(36, 64) if pirate else rng.randint(18, 30)):
        title = rng.choice(own if pirate else _OPEN)
        if number >= len(own):
            title += f" {rng.choice(('II', 'III', 'Returns', 'Origins', 'Part Two', 'Chapter One'))}" if pirate else ""
        year = rng.randint(2024, 2026) if pirate else rng.randint(1912, 2021)
        release = f"{title.replace(' ', '.')}.{year}.{rng.choice(('720p', '1080p', '2160p'))}.{rng.choice(_SOURCES)}"
        release += f".x{rng.choice((264, 265))}-{rng.choice(_GROUPS)}"
        digest = f"{rng.getrandbits(160):040x}"
        films.append(
            Film(
                title=title,
                year=year,
                url=f"/{'watch' if pirate else 'film'}/{slug(title)}-{year}-{number}",
                image=f"/images/{slug(title)}.svg",
                quality=rng.choice(("HD", "CAM", "FHD", "4K")),
                minutes=rng.randint(60, 160),
                release=release if pirate else "",
                magnet=f"magnet:?xt=urn:btih:{digest}&dn={release}" if pirate else "",
                size=f"{rng.uniform(0.7, 9):.1f} GB",
                seeds=rng.randint(3, 4000),
                licence="" if pirate else rng.choice(_LICENCES),
                maker="" if pirate else rng.choice(("I. Halvorsen", "Studio Marl", "The Ferry Collective")),
            )
        )
    stem = site.host.split(".")[0].rstrip("0123456789")
    fill = {"shop": site.name, "film": rng.choice(own)}
    if pirate:
        table = texts["piracy"]
        titles = table["torrents"] if site.kind.value == "torrent_index" else table["titles"]
        title, tagline = str(rng.choice(titles)).format(**fill), str(rng.choice(table["taglines"]))
        intro = tuple(str(text).format(**fill) for text in rng.sample(table["pitches"], len(table["pitches"])))
    else:
        table = texts["films"]
        title, tagline = f"{site.name} – {table['headline']}", str(table["headline"])
        intro = tuple(str(text) for text in table["paragraphs"])
    return Library(
        title=title,
        tagline=tagline,
        intro=intro,
        films=tuple(films),
        mirrors=tuple(f"{stem}{number}.test" for number in rng.sample(range(2, 99), 4)) if pirate else (),
        players=tuple(
            f"https://{name}.test/e/{rng.getrandbits(48):012x}" for name in ("streamvault", "upcloud", "dodvid")
        )
        if pirate
        else (),
        hue=habits.randrange(360),
        variant=habits.randrange(4),
    )
