"""What is watched, and who asked for it to be looked at."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class SubjectKind(enum.StrEnum):
    """What sort of thing is watched."""

    SITE = "site"
    ACCOUNT = "account"
    LISTING = "listing"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Subject:
    """The thing watched. ``key`` of a site: host (``www.`` folded), port unless default, path when given."""

    kind: SubjectKind = SubjectKind.SITE
    key: str

    def __str__(self) -> str:
        return self.key if self.kind is SubjectKind.SITE else f"{self.kind}:{self.key}"


class Lane(enum.IntEnum):
    """Queue lanes; each has a quota of every claim, so that none starves."""

    URGENT = 0
    NORMAL = 1
    BULK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A subject that a source wants looked at, and the URL to start from.

    ``parent_visit`` and ``referrer`` are set when another visit led here (a doorway's redirect).
    ``organisation`` is the organisation on whose behalf it was submitted, if any.
    """

    subject: Subject
    url: str
    unit: str
    source: str
    reason: str
    seen_at: datetime
    lane: Lane = Lane.NORMAL
    parent_visit: str | None = None
    referrer: str | None = None
    organisation: str | None = None
