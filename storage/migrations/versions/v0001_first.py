"""The first schema: everything that is watched, reviewed and run.

Revision: 0001. Written out in full, so that later changes to the tables do not change what this version made.
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

from storage.migrations.ddl import bigs, binaries, booleans, doubles, index, integers, keys, ref, table, texts, times

revision = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_APPEND_ONLY = ("audit", "case_history")


def upgrade() -> None:
    """Make every table, index and trigger."""
    _watching()
    _reviewing()
    _running()
    for name in _APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {name}_no_{action.lower()} BEFORE {action} ON {name} "
                f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
            )


def _watching() -> None:
    table(
        "runs",
        *texts("id"),
        *times("created_at"),
        *texts("options"),
        *booleans("intake_closed"),
        *integers("done"),
        pk=("id",),
    )
    table("segments", *texts("id", "worker"), *times("opened_at"), pk=("id",))
    index("ix_segments_opened_at", "segments", "opened_at")
    table(
        "subjects",
        *keys("id"),
        *texts("kind", "key", "unit"),
        *times("first_seen_at"),
        pk=("id",),
        unique=(("kind", "key"),),
    )
    index("ix_subjects_unit", "subjects", "unit")
    table("units", *texts("unit"), *times("free_at", "booked_until"), pk=("unit",))
    table(
        "frontier_events",
        *keys("id"),
        ref("subject_id", "subjects.id"),
        *times("at"),
        *texts("kind", "worker"),
        *integers("token"),
        *texts("detail"),
        pk=("id",),
    )
    index("ix_frontier_events_subject_id", "frontier_events", "subject_id")
    table(
        "sightings",
        *keys("id"),
        ref("subject_id", "subjects.id"),
        *texts("url", "source", "reason"),
        *integers("lane"),
        *times("seen_at"),
        *texts("parent_visit", "referrer", "organisation", null=True),
        pk=("id",),
    )
    index("ix_sightings_subject_id", "sightings", "subject_id")
    table(
        "visits",
        *texts("id"),
        ref("subject_id", "subjects.id"),
        *times("at", "finished_at"),
        *texts("outcome", "detail", "url", "candidate"),
        *texts("page_kind", null=True),
        *texts("language", "title"),
        *integers("elapsed_ms"),
        *texts("worker"),
        *integers("token", "attempt"),
        *times("leased_at"),
        *times("due_at", null=True),
        *texts("dead_reason"),
        pk=("id",),
    )
    index("ix_visits_finished_at", "visits", "finished_at")
    index("ix_visits_subject_id_at", "visits", "subject_id", "at")
    table(
        "bodies",
        ref("visit_id", "visits.id"),
        *integers("ordinal"),
        *texts("segment_id"),
        *bigs("offset"),
        *integers("length"),
        *texts("sha256"),
        pk=("visit_id", "ordinal"),
    )
    table(
        "captures",
        ref("visit_id", "visits.id"),
        *integers("ordinal"),
        *texts("vantage", "outcome", "record"),
        pk=("visit_id", "ordinal"),
    )
    table(
        "frontier",
        ref("subject_id", "subjects.id"),
        ref("sighting_id", "sightings.id"),
        *texts("unit"),
        *integers("lane"),
        *times("visible_at", null=True),
        *texts("worker", null=True),
        *integers("token", "attempt"),
        *times("leased_at", null=True),
        *texts("dead_reason"),
        *times("dead_at", null=True),
        pk=("subject_id",),
    )
    index("ix_frontier_dead_at", "frontier", "dead_at", where="dead_at IS NOT NULL")
    index("ix_frontier_lane_visible_at", "frontier", "lane", "visible_at")
    index("ix_frontier_worker", "frontier", "worker", where="worker IS NOT NULL")
    table(
        "run_targets",
        ref("run_id", "runs.id"),
        *integers("position"),
        *texts("text"),
        ref("subject_id", "subjects.id", null=True),
        *texts("url"),
        *texts("error_code", "error_message", null=True),
        *integers("done_seq", null=True),
        ref("visit_id", "visits.id", null=True),
        pk=("run_id", "position"),
    )
    index("ix_run_targets_open", "run_targets", "subject_id", "run_id", where="done_seq IS NULL")
    index("ix_run_targets_run_id_done_seq", "run_targets", "run_id", "done_seq")
    index("ix_run_targets_todo", "run_targets", "run_id", "position", where="done_seq IS NULL")
    table(
        "signals",
        ref("visit_id", "visits.id"),
        *integers("ordinal"),
        *texts("signal", "family", "sector"),
        *doubles("weight"),
        *texts("pack_id", "pack_version", "pack_organisation", null=True),
        pk=("visit_id", "ordinal"),
    )
    index("ix_signals_pack_id", "signals", "pack_id", where="pack_id IS NOT NULL")
    index("ix_signals_signal", "signals", "signal")
    table(
        "verdicts",
        ref("visit_id", "visits.id"),
        *texts("label", "sector"),
        *doubles("score"),
        *texts("ruleset"),
        *times("at"),
        *texts("record"),
        pk=("visit_id",),
    )
    index("ix_verdicts_label_at", "verdicts", "label", "at")


def _reviewing() -> None:
    table(
        "audit",
        *keys("seq"),
        *texts("chain"),
        *integers("number"),
        *times("at"),
        *texts(
            "actor",
            "organisation",
            "action",
            "object_kind",
            "object_id",
            "purpose",
            "detail",
            "address",
            "previous",
            "hash",
        ),
        pk=("seq",),
        unique=(("chain", "number"),),
    )
    table("campaigns", *texts("id", "name", "summary"), *times("created_at"), pk=("id",))
    table(
        "operations",
        *texts("id", "name", "organisation", "state"),
        *times("created_at"),
        ref("parent_id", "operations.id", null=True),
        pk=("id",),
    )
    table("organisations", *texts("id", "name", "kind"), pk=("id",))
    table(
        "campaign_subjects",
        ref("campaign_id", "campaigns.id"),
        ref("subject_id", "subjects.id"),
        *texts("reason"),
        *doubles("score"),
        *times("added_at"),
        pk=("campaign_id", "subject_id"),
    )
    table(
        "cases",
        *texts("id"),
        ref("subject_id", "subjects.id"),
        *texts("organisation", "url", "title", "state", "sector"),
        *doubles("score"),
        *times("opened_at", "updated_at"),
        *integers("version"),
        *texts("assignee", null=True),
        *texts("tlp"),
        ref("campaign_id", "campaigns.id", null=True),
        pk=("id",),
        unique=(("subject_id", "organisation"),),
    )
    index("ix_cases_score", "cases", "score DESC", "opened_at", "id")
    index("ix_cases_state", "cases", "state", "score DESC", "opened_at", "id")
    table(
        "bundles",
        *texts("id"),
        ref("visit_id", "visits.id"),
        ref("case_id", "cases.id"),
        *texts("content_id", "state"),
        *times("at", "stored_at"),
        *texts("blob", "artifacts"),
        pk=("id",),
    )
    index("ix_bundles_case_id", "bundles", "case_id")
    index("ix_bundles_visit_id", "bundles", "visit_id")
    table(
        "case_blobs",
        ref("case_id", "cases.id"),
        *texts("name", "blob"),
        *bigs("size"),
        *times("added_at"),
        pk=("case_id", "name"),
    )
    table(
        "case_bodies",
        ref("case_id", "cases.id"),
        ref("visit_id", "visits.id"),
        *integers("ordinal"),
        *texts("name"),
        pk=("case_id", "visit_id", "ordinal"),
    )
    index("ix_case_bodies_visit_id", "case_bodies", "visit_id")
    table(
        "case_history",
        ref("case_id", "cases.id"),
        *integers("seq"),
        *times("at"),
        *texts("actor", "action", "detail"),
        pk=("case_id", "seq"),
    )
    table("case_jurisdictions", ref("case_id", "cases.id"), *texts("code", "reason"), pk=("case_id", "code"))
    table(
        "case_keys",
        ref("case_id", "cases.id"),
        *binaries("wrapped_key", null=True),
        *times("created_at"),
        *times("erased_at", null=True),
        pk=("case_id",),
    )
    table("case_rights_holders", ref("case_id", "cases.id"), *texts("rights_holder"), pk=("case_id", "rights_holder"))
    index("ix_case_rights_holders_rights_holder", "case_rights_holders", "rights_holder")
    table(
        "case_visits",
        ref("case_id", "cases.id"),
        ref("visit_id", "visits.id"),
        *times("added_at"),
        pk=("case_id", "visit_id"),
    )
    index("ix_case_visits_visit_id", "case_visits", "visit_id")
    table(
        "evidence_jobs",
        ref("visit_id", "visits.id"),
        ref("case_id", "cases.id"),
        *texts("bundle_id", "state"),
        *times("visible_at", null=True),
        *texts("worker", null=True),
        *integers("token", "attempt"),
        *texts("reason"),
        *times("enqueued_at"),
        *times("finished_at", null=True),
        pk=("visit_id",),
        unique=(("bundle_id",),),
    )
    index("ix_evidence_jobs_case_id", "evidence_jobs", "case_id")
    index("ix_evidence_jobs_state_visible_at", "evidence_jobs", "state", "visible_at")
    table(
        "operation_cases",
        ref("operation_id", "operations.id"),
        ref("case_id", "cases.id"),
        *times("added_at"),
        pk=("operation_id", "case_id"),
    )
    table(
        "referrals",
        *texts("id"),
        ref("case_id", "cases.id"),
        *texts("recipient", "channel", "state", "actor"),
        *times("created_at"),
        *times("sent_at", null=True),
        *texts("record"),
        pk=("id",),
    )
    index("ix_referrals_case_id", "referrals", "case_id")
    table(
        "takedowns",
        *keys("id"),
        ref("case_id", "cases.id"),
        ref("referral_id", "referrals.id", null=True),
        ref("visit_id", "visits.id", null=True),
        *texts("state"),
        *times("at"),
        *texts("detail"),
        pk=("id",),
    )
    index("ix_takedowns_case_id", "takedowns", "case_id")


def _running() -> None:
    table(
        "packs",
        *texts("id", "version", "organisation", "document", "digest"),
        *booleans("active"),
        *times("created_at"),
        pk=("id", "version"),
    )
    index("ix_packs_organisation", "packs", "organisation")
    index("uq_packs_active", "packs", "id", unique=True, where="active")
    table("rulesets", *texts("digest"), *times("stored_at"), *times("current_since", null=True), pk=("digest",))
    index("ix_rulesets_current_since", "rulesets", "current_since")
    table("workers", *texts("name"), *integers("pid"), *texts("state"), *times("started_at", "seen_at"), pk=("name",))
    table(
        "users",
        *texts("name", "role"),
        ref("organisation", "organisations.id"),
        *texts("password_hash"),
        *booleans("disabled"),
        *times("created_at"),
        pk=("name",),
    )
    table(
        "webhooks",
        *texts("id"),
        ref("organisation", "organisations.id"),
        *texts("url"),
        *binaries("secret"),
        *texts("events"),
        *booleans("disabled"),
        *times("created_at"),
        pk=("id",),
    )
    table(
        "sessions",
        *texts("token_digest"),
        ref("user", "users.name"),
        *texts("csrf"),
        *times("created_at", "expires_at"),
        pk=("token_digest",),
    )
    index("ix_sessions_expires_at", "sessions", "expires_at")
    index("ix_sessions_user", "sessions", "user")
    table(
        "webhook_deliveries",
        *texts("id"),
        ref("webhook_id", "webhooks.id"),
        *texts("event", "payload", "state"),
        *integers("attempt"),
        *times("visible_at", null=True),
        *times("enqueued_at"),
        *times("delivered_at", null=True),
        *texts("last_answer"),
        pk=("id",),
    )
    index("ix_webhook_deliveries_state_visible_at", "webhook_deliveries", "state", "visible_at")
    index("ix_webhook_deliveries_webhook_id", "webhook_deliveries", "webhook_id")
