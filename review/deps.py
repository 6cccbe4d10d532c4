"""What the web app is given by whoever starts it, and what it keeps while it runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fastapi import Request
from starlette.templating import Jinja2Templates

from core import __version__
from evidence.report import Report
from evidence.verify import verify_bundle
from review.metrics import Meters
from review.policy import ReviewPolicy
from review.replies import ReplyMemory
from review.throttle import LoginThrottle
from storage.store import Store


class VerifyBundle(Protocol):
    """Checks a bundle (folder or zip); ``content_id`` is the one that the store recorded."""

    def __call__(self, path: Path, *, content_id: str | None = None) -> Report:
        """The report of all checks. Raises :class:`core.errors.EvidenceError` when there is no file at all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDeps:
    """The parts that the review service works with. ``version`` is shown in the footer and the schema."""

    store: Store
    policy: ReviewPolicy
    verify: VerifyBundle = verify_bundle
    version: str = __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One running web app: its parts, and the little it remembers between requests.

    ``hashing`` bounds how many passwords are hashed at once, for each takes 64 MiB.
    """

    deps: ReviewDeps
    templates: Jinja2Templates
    throttle: LoginThrottle = field(default_factory=LoginThrottle)
    replies: ReplyMemory = field(default_factory=ReplyMemory)
    meters: Meters = field(default_factory=Meters)
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    @property
    def store(self) -> Store:
        """The store."""
        return self.deps.store

    @property
    def policy(self) -> ReviewPolicy:
        """The settings."""
        return self.deps.policy


def desk_of(request: Request) -> Desk:
    """The app's :class:`Desk`, for handlers."""
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk
