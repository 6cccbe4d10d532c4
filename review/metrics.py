"""Metrics for Prometheus: a registry of the app's own, filled from the store when it is scraped."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from storage.records import StoreStatus


class Meters:
    """Counters that live as long as the app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.responses = Counter(
            "counterwatch_review_responses_total",
            "Responses of pages and API by class of status",
            ["status"],
            registry=self.registry,
        )
        self.logins = Counter(
            "counterwatch_review_logins_total", "Login attempts by result", ["result"], registry=self.registry
        )

    def render(self, status: StoreStatus) -> bytes:
        """The text exposition of the counters and of the store's figures at this moment."""
        return generate_latest(self.registry) + generate_latest(_snapshot(status))


def _snapshot(status: StoreStatus) -> CollectorRegistry:
    registry = CollectorRegistry()

    def gauge(name: str, text: str, values: dict[str, float], label: str) -> None:
        made = Gauge(f"counterwatch_{name}", text, [label], registry=registry)
        for value, number in values.items():
            made.labels(value).set(number)

    frontier = status.frontier
    gauge(
        "frontier_subjects",
        "Subjects in the frontier by what they wait for",
        {
            "due": frontier.due,
            "leased": frontier.leased,
            "scheduled": frontier.scheduled,
            "resting": frontier.resting,
            "dead": frontier.dead,
        },
        "state",
    )
    gauge("frontier_due", "Due subjects by lane", {row.lane.name.lower(): row.due for row in frontier.by_lane}, "lane")
    gauge("visits_24h", "Visits of the last 24 hours by outcome", dict(status.outcomes), "outcome")
    gauge("cases", "Cases by state", dict(status.cases), "state")
    evidence = status.evidence
    gauge(
        "evidence_jobs",
        "Evidence jobs by state",
        {
            "pending": evidence.pending,
            "leased": evidence.leased,
            "done": evidence.done,
            "failed": evidence.failed,
        },
        "state",
    )
    gauge(
        "store_bytes",
        "Bytes of the store by part, and free on its disk",
        {
            "database": status.database_bytes,
            "segments": status.segment_bytes,
            "blobs": status.blob_bytes,
            "free": status.free_bytes,
        },
        "part",
    )
    Gauge("counterwatch_workers_alive", "Worker processes that reported lately", registry=registry).set(
        status.workers_alive
    )
    if status.last_finished_at is not None:
        Gauge(
            "counterwatch_last_finished_timestamp_seconds", "When the last visit was recorded", registry=registry
        ).set(status.last_finished_at.timestamp())
    return registry
