"""What is handed to people: bundles and cases."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from core.records.identity import Subject


class SealState(enum.StrEnum):
    """Where a bundle stands on its way to a qualified seal. Only a timestamped bag is ``sealed``."""

    ASSEMBLED = "assembled"
    SIGNED = "signed"
    TIMESTAMP_PENDING = "timestamp_pending"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One payload file of a bundle. ``name`` is its path below ``data/``."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An evidence bundle. ``content_id`` is the SHA-256 of the tagmanifest."""

    id: str
    visit: str
    artifacts: tuple[Artifact, ...]
    content_id: str
    state: SealState
    at: datetime


class Tlp(enum.StrEnum):
    """Traffic Light Protocol 2.0 markings."""

    RED = "TLP:RED"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    AMBER = "TLP:AMBER"
    GREEN = "TLP:GREEN"
    CLEAR = "TLP:CLEAR"


class CaseState(enum.StrEnum):
    """A case's place in review; the decided states are final until somebody reopens the case."""

    NEW = "new"
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    REFERRED = "referred"
    MORE_EVIDENCE = "more_evidence"


class Decision(enum.StrEnum):
    """What an analyst can decide; each needs a reason."""

    CONFIRM = "confirm"
    DISMISS = "dismiss"
    REFER = "refer"
    NEED_EVIDENCE = "need_evidence"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One line of a case's append-only history."""

    seq: int
    at: datetime
    actor: str
    action: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A flagged subject under review by one organisation, with every visit and bundle that bears on it.

    ``jurisdictions`` pairs an ISO 3166 code with the reason it was suggested. ``version`` counts changes and
    serves optimistic locking.
    """

    id: str
    subject: Subject
    url: str
    organisation: str
    state: CaseState
    sector: str
    score: float
    opened_at: datetime
    updated_at: datetime
    version: int = 1
    assignee: str | None = None
    tlp: Tlp = Tlp.AMBER
    campaign: str | None = None
    visits: tuple[str, ...] = ()
    bundles: tuple[str, ...] = ()
    rights_holders: tuple[str, ...] = ()
    jurisdictions: tuple[tuple[str, str], ...] = ()
    history: tuple[CaseEvent, ...] = field(default=())
