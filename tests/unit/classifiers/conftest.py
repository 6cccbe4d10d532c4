"""Exchanges made of bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.records import Exchange

MakeExchange = Callable[..., Exchange]


@pytest.fixture
def exchange() -> MakeExchange:
    """A function that makes a 200 answer of a body: ``exchange("<p>…", url=…, content_type=…, headers=…)``."""

    def make(
        body: str | bytes,
        *,
        url: str = "https://shop.example/sale/index.html",
        content_type: str = "text/html",
        status: int = 200,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Exchange:
        content = body.encode() if isinstance(body, str) else body
        return Exchange(
            url=url,
            request_headers=(),
            status=status,
            reason="OK",
            http_version="1.1",
            headers=(("Content-Type", content_type), *headers),
            body=content,
            truncated=False,
            sha256=hashlib.sha256(content).hexdigest(),
            remote_address="192.0.2.1",
            remote_port=443,
            at=datetime(2026, 11, 1, tzinfo=UTC),
            elapsed=0.1,
            decoded=content,
        )

    return make
