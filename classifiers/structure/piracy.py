"""Piracy: what such sites offer (content) and how they deliver it (players, lockers, torrents, advertisers)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from classifiers.structure.base import Context, Detector, Finding, distinct, links_to, quick_host, quoted, under
from core.hosts import unit_of
from core.records import Family, PageKind

SECTOR = "piracy"
"""The sector that these signals belong to."""

_RELEASE = re.compile(
    r"((?<![\w.])[\w'&-]+(?P<gap>[. _])(?:[\w'&()-]+(?P=gap)){0,12}?(?:\(?(?:19|20)\d\d\)?|S\d\dE\d\d|S\d\d)(?P=gap)"
    r"(?:[\w-]+(?P=gap)){0,5}"
    r"(?:2160p|1080p|720p|480p|WEB-?DL|WEBRip|BluRay|BDRip|BRRip|DVDRip|DVDScr|HDRip|HDCAM|HDTS|CAMRip|HDTV|x264|x265|XviD)\b"
    r"(?:[.-][\w.-]+)?)",
    re.IGNORECASE,
)
_CODEC = re2.compile(
    r"(?i)[0-9]{3}p|WEB-?(?:DL|Rip)|BluRay|(?:BD|BR|DVD|HD|CAM)(?:Rip|Scr|CAM|TS)|HDTV|[xh]26[45]|XviD"
)
_QUALITY = re.compile(
    r"(?:HD|Full HD|SD|CAM|HDCAM|TS|HDTS|HDRip|WEBRip|WEB-DL|BluRay|DVD|DVDRip|DVDScr|Eps? ?\d+|EP\.? ?\d+)\Z"
)
_TITLE_PATH = re.compile(
    r"/(?:watch|watch-movie|watch-series|movie|movies|film|films|series?|tv|tv-series|serie|pelicula|peliculas|episode|anime"
    r"|phim|xem-phim|serial|filme|filmy|stream|streaming|torrent|download)s?[/-][\w%-]{3,}",
    re.IGNORECASE,
)
_MIN_TITLES = 12
_MIN_BADGES = 5

_PLAYERS = frozenset(
    {
      "vidsrc.to", "vidsrc.me", "vidsrc.xyz", "vidcloud.co", "vidcloud9.com", "streamtape.com", "doodstream.com",
      "dood.to", "dood.so", "mixdrop.co", "mixdrop.to", "upstream.to", "streamsb.net", "sbembed.com", "voe.sx",
      "filemoon.sx", "vidoza.net", "vidlox.me", "openload.co", "openload.io", "streamango.com", "rapidvideo.com",
      "2embed.cc", "2embed.to", "gdriveplayer.us", "fembed.com", "streamwish.to", "vidmoly.to", "uqload.com",
      "netu.tv", "waaw.tv", "supervideo.tv", "embedsito.com", "multiembed.mov", "superembed.stream", "autoembed.cc",
      "verystream.com", "thevideo.me",
    }
)  # fmt: skip
_LOCKERS = frozenset(
    {
      "rapidgator.net", "uploaded.net", "uploaded.to", "ul.to", "nitroflare.com", "turbobit.net", "1fichier.com",
      "uptobox.com", "ddownload.com", "katfile.com", "filefactory.com", "hitfile.net", "k2s.cc", "keep2share.cc",
      "zippyshare.com", "mega4upload.com", "clicknupload.to", "filerice.com", "rg.to", "alfafile.net",
      "filejoker.net", "oboom.com", "userscloud.com", "dailyuploads.net", "megaup.net", "usersdrive.com",
      "mixdrop.co", "gofile.io",
    }
)  # fmt: skip
_ADVERTISERS = frozenset(
    {
      "popads.net", "popcash.net", "propellerads.com", "propu.sh", "onclickads.net", "onclickmax.com",
      "adsterra.com", "exoclick.com", "exosrv.com", "hilltopads.net", "juicyads.com", "clickadu.com", "adcash.com",
      "popmyads.com", "revenuehits.com", "bidvertiser.com", "poptm.com", "trafficjunky.net", "plugrush.com",
      "ero-advertising.com", "ad-maven.com", "richads.com", "monetag.com", "highperformanceformat.com",
      "profitableratecpm.com", "effectivegatecpm.com", "adsco.re", "mgid.com",
    }
)  # fmt: skip


def release_names(context: Context) -> Iterator[Finding]:
    """Names as release groups give them: title, year or episode, source and codec."""
    if not _CODEC.search(context.text):
        return
    named = "\n".join(line[:1_000] for line in context.text.split("\n") if _CODEC.search(line))
    quotes = quoted(_RELEASE, named, 12)
    if quotes:
        factor = 1.0 if len(quotes) >= 3 else 0.6
        yield Finding(
            id="piracy.release-names", family=Family.PIRACY_CONTENT, quotes=quotes, sector=SECTOR, factor=factor
        )


def title_wall(context: Context) -> Iterator[Finding]:
    """A wall of films and episodes with quality badges, as catalogues without a licence show them."""
    badges = [span.text for page in context.pages for span in page.spans if _QUALITY.match(span.text.strip())]
    titles = [link.href for page in context.pages for link in page.links if _TITLE_PATH.search(link.href)]
    if len(badges) >= _MIN_BADGES and len(set(titles)) >= _MIN_TITLES:
        quotes = distinct(badges, 6) + distinct(titles, 6)
        yield Finding(id="piracy.title-wall", family=Family.PIRACY_CONTENT, quotes=quotes, sector=SECTOR)


def player_embeds(context: Context) -> Iterator[Finding]:
    """A player of a service that serves such sites."""
    urls = [frame for page in context.pages for frame in page.frames]
    urls += [script.src for page in context.pages for script in page.scripts]
    quotes = distinct((url.partition("://")[2] for url in urls if under(quick_host(url), _PLAYERS)), 8)
    if quotes:
        yield Finding(id="piracy.player-embed", family=Family.PIRACY_DELIVERY, quotes=quotes, sector=SECTOR)


def cyberlocker_links(context: Context) -> Iterator[Finding]:
    """Links to anonymous file hosts."""
    quotes = distinct((href for href, _ in links_to(context.pages, _LOCKERS)), 24)
    if quotes:
        factor = 1.0 if len(quotes) >= 3 else 0.6
        yield Finding(
            id="piracy.cyberlocker-links", family=Family.PIRACY_DELIVERY, quotes=quotes, sector=SECTOR, factor=factor
        )


def magnet_links(context: Context) -> Iterator[Finding]:
    """Links to torrents by their hash."""
    hrefs = (link.href for page in context.pages for link in page.links)
    quotes = distinct((href for href in hrefs if href.lower().startswith("magnet:?") and "btih:" in href.lower()), 24)
    if quotes:
        factor = 1.0 if len(quotes) >= 3 else 0.6
        yield Finding(
            id="piracy.magnet-links", family=Family.PIRACY_DELIVERY, quotes=quotes, sector=SECTOR, factor=factor
        )


def advertisers(context: Context) -> Iterator[Finding]:
    """Scripts of the advertising networks that live on such sites."""
    urls = [script.src for page in context.pages for script in page.scripts]
    urls += [frame for page in context.pages for frame in page.frames]
    quotes = distinct((url.partition("://")[2] for url in urls if under(quick_host(url), _ADVERTISERS)), 6)
    if quotes:
        yield Finding(id="piracy.ad-network", family=Family.PIRACY_DELIVERY, quotes=quotes, sector=SECTOR)


_SERVERS = re.compile(
    r"(?:Server|Mirror|Player|Source|Serveur|Servidor|Lecteur|Плеер|Сервер"
    r"|播放源|線路|线路) ?#?[1-9][0-9]?(?: ?\([^)]{1,20}\))?\Z"
)
_MIN_SERVERS = 2


def mirror_list(context: Context) -> Iterator[Finding]:
    """A choice of servers or mirrors for one film."""
    labels = [span.text.strip() for page in context.pages for span in page.spans if _SERVERS.match(span.text.strip())]
    quotes = distinct(labels, 8)
    watching = any(page.kind is PageKind.PIRACY for page in context.pages) or any(
        under(unit_of(quick_host(frame)), _PLAYERS) for page in context.pages for frame in page.frames
    )
    if watching and len(quotes) >= _MIN_SERVERS:
        yield Finding(id="piracy.mirror-list", family=Family.PIRACY_DELIVERY, quotes=quotes, sector=SECTOR)


DETECTORS = (
    Detector(id="release-names", version="1", find=release_names),
    Detector(id="title-wall", version="1", find=title_wall),
    Detector(id="player-embeds", version="1", find=player_embeds),
    Detector(id="cyberlocker-links", version="1", find=cyberlocker_links),
    Detector(id="magnet-links", version="1", find=magnet_links),
    Detector(id="advertisers", version="1", find=advertisers),
    Detector(id="mirror-list", version="1", find=mirror_list),
)
