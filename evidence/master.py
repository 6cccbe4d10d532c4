"""``bundle.json``, the master record of a bundle: every section of the field list, filled or explained.

A fact that nobody collected is ``{"not_collected": reason}``; nothing is guessed from what is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.records import Capture, Exchange, Outcome, Resolution
from evidence.bag import Payload
from evidence.bodies import Body, encoding_of
from evidence.canonical import not_collected, utc
from evidence.certificates import certificate_facts
from evidence.custody import CustodyLog
from evidence.findings import NOTICE
from evidence.inputs import BundleInputs
from evidence.warc import lookup_id, response_id

SCHEMA = "urn:counterwatch:bundle:1"
SCHEMA_VERSION = 1

_NO_BROWSER = "the visit was made without a browser"
_BULK = "the visit was made on the bulk path, which does not look it up"
_NOT_GIVEN = "the service was not told"
_NOT_READ = "identifiers and prices are read for the verdict and quoted in the findings only"


def master_record(
    inputs: BundleInputs, bodies: Sequence[Body], payload: Sequence[Payload], log: CustodyLog
) -> dict[str, Any]:
    """The document; ``payload`` lists every other payload file, the custody log among them."""
    return {
        "schema": SCHEMA,
        "identity": _identity(inputs),
        "who": _who(inputs),
        "when": _when(inputs),
        "where": _where(inputs),
        "what": _what(inputs, bodies),
        "network": _network(inputs),
        "registration": not_collected(_BULK),
        "content": _content(inputs, bodies),
        "how": _how(inputs, bodies),
        "rights": _rights(inputs),
        "inference": _inference(inputs),
        "integrity": {
            "files": [
                {"name": item.name, "size": item.size, "sha256": item.sha256, "sha512": item.sha512} for item in payload
            ],
            "log": {"head": log.head, "tree_size": log.size, "root": log.root},
        },
    }


def span_of(captures: Sequence[Capture], fallback: datetime) -> tuple[datetime, datetime]:
    """When the first lookup or request of a visit began and the last response ended."""
    exchanges = [exchange for capture in captures for exchange in capture.exchanges]
    begins = [resolution.at for capture in captures for resolution in capture.resolutions]
    begins += [exchange.at for exchange in exchanges]
    ends = [exchange.at + timedelta(seconds=exchange.elapsed) for exchange in exchanges]
    start = min(begins, default=fallback)
    return start, max([*begins, *ends], default=start)


def landing(captures: Sequence[Capture]) -> Exchange | None:
    """The exchange whose page the bundle is about: the last of the first capture that reached content."""
    reached = [capture for capture in captures if capture.exchanges]
    reached.sort(key=lambda capture: capture.outcome is not Outcome.CONTENT)
    return reached[0].exchanges[-1] if reached else None


def _given(value: str, reason: str = _NOT_GIVEN) -> str | Mapping[str, str]:
    return value or not_collected(reason)


def _identity(inputs: BundleInputs) -> dict[str, Any]:
    return {
        "bundle": inputs.bundle_id,
        "visit": inputs.visit.id,
        "case": _given(inputs.case_id, "the bundle was made outside a case"),
        "schema_version": SCHEMA_VERSION,
        "supersedes": _given(inputs.supersedes, "the bundle replaces no other"),
        "tlp": str(inputs.tlp),
        "pap": _given(inputs.pap),
        "retention_class": _given(inputs.retention_class),
        "review_on": _given(inputs.review_on),
        "legal_basis": _given(inputs.legal_basis),
    }


def _who(inputs: BundleInputs) -> dict[str, Any]:
    unattended = "the visit was made by an unattended service"
    operator = {"id": inputs.operator, "role": _given(inputs.operator_role)}
    return {
        "organisation": _given(inputs.organisation),
        "instance": inputs.instance,
        "operator": operator if inputs.operator else not_collected(unattended),
        "authorisation": _given(inputs.authorisation),
        "persona": not_collected("no persona was used"),
    }


def _when(inputs: BundleInputs) -> dict[str, Any]:
    start, end = span_of(inputs.visit.captures, inputs.visit.at)
    steps: list[dict[str, Any]] = [{"step": "collected", "start": utc(start), "end": utc(end), "zone": "UTC"}]
    if inputs.verdict is not None:
        at = utc(inputs.verdict.at)
        steps.append({"step": "classified", "start": at, "end": at, "zone": "UTC"})
    steps.append({"step": "assembled", "start": utc(inputs.at), "end": utc(inputs.at), "zone": "UTC"})
    return {
        "start": utc(start),
        "end": utc(end),
        "steps": steps,
        "clock_source": not_collected("the service reads its host's clock and does not ask what sets it"),
        "ntp": not_collected("the service does not measure its host's clock"),
        "timestamp": not_collected("the bundle is not sealed; a seal's facts stand in seal/"),
    }


def _where(inputs: BundleInputs) -> dict[str, Any]:
    servers = dict.fromkeys(
        resolution.server
        for capture in inputs.visit.captures
        for resolution in capture.resolutions
        if resolution.server
    )
    return {
        "egress_address": _given(inputs.egress_address),
        "egress_asn": not_collected(_BULK),
        "egress_country": not_collected(_BULK),
        "proxy_chain": [],
        "resolvers": list(servers) or not_collected("no lookup named its server"),
        "vantages": [capture.vantage for capture in inputs.visit.captures],
    }


def _what(inputs: BundleInputs, bodies: Sequence[Body]) -> dict[str, Any]:
    visit, candidate = inputs.visit, inputs.visit.candidate
    page = landing(visit.captures)
    return {
        "subject": {"kind": str(candidate.subject.kind), "key": candidate.subject.key, "unit": candidate.unit},
        "seed_url": candidate.url,
        "final_url": page.url if page else not_collected("no server answered"),
        "source": candidate.source,
        "reason": candidate.reason,
        "seen_at": utc(candidate.seen_at),
        "parent_visit": _given(candidate.parent_visit or "", "no other visit led here"),
        "referrer": _given(candidate.referrer or "", "no other page led here"),
        "outcome": str(visit.outcome),
        "captures": [
            {
                "vantage": capture.vantage,
                "outcome": str(capture.outcome),
                "detail": capture.detail,
                "redirect_to": capture.redirect_to,
            }
            for capture in visit.captures
        ],
        "redirects": [
            {"url": body.exchange.url, "status": body.exchange.status, "location": body.exchange.header("location")}
            for body in bodies
            if 300 <= body.exchange.status < 400
        ],
        "title": _given(inputs.title, "the page has no title, or was not read"),
        "language": _given(
            inputs.page.language if inputs.page else "", "the page was too short to tell, or was not read"
        ),
        "page_kind": _given(str(inputs.page.kind) if inputs.page else "", "the page was not read"),
        "pages": [
            {"url": body.exchange.url, "status": body.exchange.status, "at": utc(body.exchange.at)} for body in bodies
        ],
    }


def _network(inputs: BundleInputs) -> dict[str, Any]:
    visit = inputs.visit
    return {
        "exchanges": [
            _exchange(exchange, response_id(visit.id, number, place), capture.vantage)
            for number, capture in enumerate(visit.captures)
            for place, exchange in enumerate(capture.exchanges)
        ],
        "lookups": [
            {
                "record": lookup_id(visit.id, number, place),
                "host": resolution.host,
                "lookup": str(resolution.lookup),
                "at": utc(resolution.at),
            }
            for number, capture in enumerate(visit.captures)
            for place, resolution in enumerate(capture.resolutions)
        ],
        "tls_chain": not_collected("only the leaf certificate was kept; it is in data/lookups/tls-chain.pem"),
        "dns_authenticated": not_collected(_BULK),
        "hosting": not_collected(_BULK),
        "abuse_contact": not_collected(_BULK),
    }


def _exchange(exchange: Exchange, record: str, vantage: str) -> dict[str, Any]:
    tls = exchange.tls
    return {
        "record": record,
        "vantage": vantage,
        "url": exchange.url,
        "method": exchange.method,
        "status": exchange.status,
        "protocol": f"HTTP/{exchange.http_version}",
        "remote_address": exchange.remote_address,
        "remote_port": exchange.remote_port,
        "at": utc(exchange.at),
        "elapsed_seconds": exchange.elapsed,
        "faults": list(exchange.faults),
        "tls": None
        if tls is None
        else {
            "version": tls.version,
            "cipher": tls.cipher,
            "faults": list(tls.faults),
            "leaf": certificate_facts(tls.leaf) if tls.leaf else not_collected("the server gave no certificate"),
        },
    }


def _content(inputs: BundleInputs, bodies: Sequence[Body]) -> dict[str, Any]:
    return {
        "bodies": [
            {
                "record": response_id(inputs.visit.id, body.capture, body.place),
                "form": str(body.form),
                "sha256": body.sha256,
                "size": body.size,
                "received_sha256": hashlib.sha256(body.exchange.body).hexdigest(),
                "received_size": len(body.exchange.body),
                "content_type": body.exchange.header("content-type"),
                "content_encoding": encoding_of(body.exchange),
                "truncated": body.exchange.truncated,
            }
            for body in bodies
        ],
        "rendered_dom": not_collected(_NO_BROWSER),
        "screenshots": not_collected(_NO_BROWSER),
        "text": not_collected(_NO_BROWSER),
        "favicon": not_collected(_BULK),
        "structured_products": not_collected(_NOT_READ),
        "identifiers": not_collected(_NOT_READ),
    }


def _how(inputs: BundleInputs, bodies: Sequence[Body]) -> dict[str, Any]:
    first = bodies[0].exchange if bodies else None
    failures = [
        {"vantage": capture.vantage, "outcome": str(capture.outcome), "detail": capture.detail}
        for capture in inputs.visit.captures
        if capture.outcome is not Outcome.CONTENT
    ]
    transformations = [
        "Bodies are recorded as received after any chunked transfer coding was undone; its header is renamed "
        "to x-orig-transfer-encoding."
    ]
    if any(body.unpacked for body in bodies):
        transformations.append(
            "Brotli-coded bodies are recorded decoded, their header renamed to x-orig-content-encoding; "
            "the bytes as received are in urn:received: records."
        )
    if any(body.exchange.truncated for body in bodies):
        transformations.append("A body marked truncated ends at the size limit or where the sender stopped.")
    return {
        "software": {"name": "Counterwatch", "version": inputs.software_version},
        "commit": _given(inputs.commit),
        "container": _given(inputs.container),
        "configuration_sha256": _given(inputs.configuration_sha256),
        "browser": not_collected(_NO_BROWSER),
        "headers_sent": [list(pair) for pair in first.request_headers]
        if first
        else not_collected("no request was sent"),
        "timeouts": not_collected("they are part of the service's configuration"),
        "blocked_requests": not_collected(_NO_BROWSER),
        "robots": not_collected("robots.txt was not asked for on this path"),
        "failures": failures,
        "transformations": transformations,
    }


def _rights(inputs: BundleInputs) -> dict[str, Any]:
    return {
        "holders": list(inputs.rights_holders) or not_collected("no signal names a rights holder"),
        "marks": not_collected("packs name brands, not registered marks"),
        "legitimate_site": not_collected("the analyst names it when deciding"),
    }


def _inference(inputs: BundleInputs) -> dict[str, Any]:
    verdict = inputs.verdict
    if verdict is None:
        return dict(not_collected("the bundle holds no verdict"))
    detectors = {(signal.detector, signal.version) for signal in (*verdict.signals, *verdict.contrary)}
    threshold = next((item.threshold for item in verdict.scores if item.sector == verdict.sector), None)
    kept = "the service keeps the ruleset under this digest; it holds other organisations' packs"
    return {
        "notice": NOTICE,
        "file": "data/analysis/findings.json",
        "label": str(verdict.label),
        "sector": verdict.sector,
        "score": verdict.score,
        "threshold": threshold,
        "suppressed": verdict.suppressed,
        "ruleset": verdict.ruleset,
        "ruleset_file": "data/analysis/ruleset.json" if inputs.ruleset else not_collected(kept),
        "detectors": [{"id": name, "version": version} for name, version in sorted(detectors)],
        "signals": len(verdict.signals),
        "contrary": len(verdict.contrary),
        "at": utc(verdict.at),
    }


def lookup_line(
    resolution: Resolution, *, vantage: str, record: str, wire: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """A resolution as ``dns.jsonl`` holds it; ``wire`` pairs a query type with the message in base 64."""
    soa = resolution.soa
    return {
        "record": record,
        "vantage": vantage,
        "host": resolution.host,
        "lookup": str(resolution.lookup),
        "detail": resolution.detail,
        "at": utc(resolution.at),
        "server": resolution.server,
        "addresses": list(resolution.addresses),
        "cnames": list(resolution.cnames),
        "ns": list(resolution.ns),
        "mx": list(resolution.mx),
        "soa": None if soa is None else {"mname": soa.mname, "rname": soa.rname, "serial": soa.serial},
        "ttl": resolution.ttl,
        "wildcard": resolution.wildcard,
        "wire": [{"type": name, "message": message} for name, message in wire],
    }
