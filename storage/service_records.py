"""Records of running the service: accounts, packs, the audit, workers, traces. Import them from storage.records."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

# --- accounts, packs, audit ---------------------------------------------------------------------


class Role(enum.StrEnum):
    """What a user may do; the review service enforces it."""

    OPERATOR = "operator"
    ANALYST = "analyst"
    RIGHTS_HOLDER = "rights_holder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An agency, a rights holder or the operator of this instance. ``kind`` is free text such as ``agency``."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account. ``password_hash`` is whatever the caller's password hashing made."""

    name: str
    role: Role
    organisation: str
    password_hash: str = field(repr=False)
    created_at: datetime
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login. ``token_digest`` is the SHA-256 hex of the cookie's token, which itself is never stored."""

    token_digest: str = field(repr=False)
    user: str
    csrf: str = field(repr=False)
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPack:
    """One version of a rights holder's pack as it was put in. ``digest`` is the SHA-256 of ``document``."""

    id: str
    version: str
    organisation: str
    document: str
    digest: str
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One line of the audit. ``chain`` is a case id, or empty for the global chain; ``number`` counts in it from 1.

    ``hash`` is the SHA-256 of the RFC 8785 form of all other fields, ``previous`` included.
    """

    seq: int
    chain: str
    number: int
    at: datetime
    actor: str
    organisation: str
    action: str
    object_kind: str
    object_id: str
    purpose: str
    detail: str
    address: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditProblem:
    """A place where the audit was tampered with: the record's ``seq``, its chain, and what does not fit."""

    seq: int
    chain: str
    reason: str


# --- operating ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """A worker process as it last reported. ``alive`` is judged by the age of that report."""

    name: str
    pid: int
    state: str
    started_at: datetime
    seen_at: datetime
    alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """One stored step in a subject's life. ``kind`` is one of ``sighting``, ``lease``, ``visit``, ``verdict``,
    ``case``, ``history``, ``evidence``, ``bundle``, ``audit``, ``frontier``; ``ref`` is the id of what was stored.
    """

    at: datetime
    kind: str
    text: str
    ref: str = ""
