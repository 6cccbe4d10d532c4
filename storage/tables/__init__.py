"""The schema as SQLAlchemy tables, in three modules by subject; the migrations build the same."""

from storage.tables.base import metadata
from storage.tables.review import (
    audit,
    bundles,
    campaign_subjects,
    campaigns,
    case_blobs,
    case_bodies,
    case_history,
    case_jurisdictions,
    case_keys,
    case_rights_holders,
    case_visits,
    cases,
    evidence_jobs,
    operation_cases,
    operations,
    organisations,
    referrals,
    takedowns,
)
from storage.tables.service import packs, rulesets, sessions, users, webhook_deliveries, webhooks, workers
from storage.tables.watch import (
    bodies,
    captures,
    frontier,
    frontier_events,
    run_targets,
    runs,
    segments,
    sightings,
    signals,
    subjects,
    units,
    verdicts,
    visits,
)

__all__ = [
    "audit", "bodies", "bundles", "campaign_subjects", "campaigns", "captures", "case_blobs", "case_bodies",
    "case_history", "case_jurisdictions", "case_keys", "case_rights_holders", "case_visits", "cases", "evidence_jobs",
    "frontier", "frontier_events", "metadata", "operation_cases", "operations", "organisations", "packs", "referrals",
    "rulesets", "run_targets", "runs", "segments", "sessions", "sightings", "signals", "subjects", "takedowns", "units",
    "users", "verdicts", "visits", "webhook_deliveries", "webhooks", "workers",
]  # fmt: skip
