"""Classifying pages that somebody saved: no network, no store."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.output import target_object
from classifiers.classify import CompiledRules, judge
from core.errors import BadTarget, UsageError
from core.hosts import Target, parse_target
from core.ids import sha256_hex
from core.records import Candidate, Capture, Exchange, Outcome, Visit
from crawler.decode import decode_body

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""A saved page has no time of its own; a fixed one keeps the verdict reproducible."""

MAX_PAGE = 20_000_000
MAX_LINE = 64_000_000


def read_page_file(path: Path) -> bytes:
    """A saved page, gunzipped when it is gzip. Raises :class:`core.errors.UsageError`."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_PAGE + 1)
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror}.") from exc
    if len(content) > MAX_PAGE:
        raise UsageError(f"{path} is larger than {MAX_PAGE // 1_000_000} MB, which is no page.")
    if content[:2] == b"\x1f\x8b":
        return decode_body(content, "gzip", MAX_PAGE).body
    return content


def offline_visit(content: bytes, target: Target, *, status: int = 200, content_type: str = "text/html") -> Visit:
    """A visit that holds one saved page, as if its URL had answered with it."""
    exchange = Exchange(
        url=target.url,
        request_headers=(),
        status=status,
        reason="",
        http_version="1.1",
        headers=(("Content-Type", content_type),) if content_type else (),
        body=content,
        truncated=False,
        sha256=sha256_hex(content),
        remote_address="",
        remote_port=target.port,
        at=EPOCH,
        elapsed=0.0,
        decoded=content,
    )
    candidate = Candidate(
        subject=target.subject, url=target.url, unit=target.unit, source="file", reason="classify", seen_at=EPOCH
    )
    outcome = Outcome.CONTENT if content.strip() else Outcome.EMPTY
    capture = Capture(vantage="offline", resolutions=(), exchanges=(exchange,), outcome=outcome)
    return Visit(id="00000000000000000000000000", candidate=candidate, captures=(capture,), outcome=outcome, at=EPOCH)


def classify_page(content: bytes, url: str, rules: CompiledRules, *, label: str = "", **kind: Any) -> dict[str, Any]:
    """Classify one saved page; the documented object. Raises :class:`core.errors.BadTarget` for an unusable URL."""
    started = time.perf_counter()
    target = parse_target(url)
    visit = offline_visit(content, target, **kind)
    judgement = judge(visit, rules, at=EPOCH)
    page = judgement.page
    return target_object(
        target=label or url,
        subject=target.subject,
        unit=target.unit,
        url=target.url,
        outcome=judgement.outcome,
        detail=judgement.detail,
        verdict=judgement.verdict,
        page_kind=page.kind if page and judgement.outcome is Outcome.CONTENT else None,
        language=page.language if page else "",
        title=page.title if page else "",
        elapsed_ms=round((time.perf_counter() - started) * 1000),
        ruleset=rules.digest,
    )


def classify_line(line: bytes, rules: CompiledRules) -> dict[str, Any]:
    """Classify one JSON line ``{"url", "html" | "file"}``; an unusable one gives an object with ``error``."""
    target = ""
    try:
        request = _request(line)
        target = str(request["url"])
        return classify_page(_content(request), target, rules, **_kind(request))
    except BadTarget as exc:
        return target_object(target=target, error=(exc.code, exc.message), ruleset=rules.digest)
    except UsageError as exc:
        return target_object(target=target, error=("bad_line", exc.message), ruleset=rules.digest)


def _request(line: bytes) -> Mapping[str, Any]:
    if len(line) > MAX_LINE:
        raise UsageError(f"The line is longer than {MAX_LINE // 1_000_000} MB.")
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise UsageError(f"The line is no JSON: {exc}.") from exc
    if not isinstance(request, dict):
        raise UsageError('The line is no JSON object; expected {"url": …, "html": …} or {"url": …, "file": …}.')
    if not isinstance(request.get("url"), str):
        raise UsageError('The object has no "url" text.')
    return request


def _content(request: Mapping[str, Any]) -> bytes:
    html, file = request.get("html"), request.get("file")
    if (html is None) == (file is None):
        raise UsageError('The object needs either "html" or "file".')
    if isinstance(html, str):
        return html.encode("utf-8", "surrogatepass")[:MAX_PAGE]
    if isinstance(file, str) and "\x00" not in file:
        return read_page_file(Path(file))
    raise UsageError('"html" and "file" must be text.')


def _kind(request: Mapping[str, Any]) -> dict[str, Any]:
    status = request.get("status", 200)
    content_type = request.get("content_type", "text/html; charset=utf-8" if "html" in request else "text/html")
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise UsageError('"status" must be a number from 100 to 599.')
    if not isinstance(content_type, str):
        raise UsageError('"content_type" must be text.')
    return {"status": status, "content_type": content_type}
