"""Tables of review: cases and what belongs to them, evidence, campaigns, operations, referrals, the audit."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from storage.tables.base import metadata
from storage.tables.watch import subjects, visits
from storage.types import Key, UtcTime

organisations = Table(
    "organisations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

campaign_subjects = Table(
    "campaign_subjects",
    metadata,
    Column("campaign_id", ForeignKey(campaigns.c.id), primary_key=True),
    Column("subject_id", ForeignKey(subjects.c.id), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("score", sa.Double, nullable=False),
    Column("added_at", UtcTime, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subject_id", ForeignKey(subjects.c.id), nullable=False),
    Column("organisation", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("score", sa.Double, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("assignee", Text),
    Column("tlp", Text, nullable=False),
    Column("campaign_id", ForeignKey(campaigns.c.id)),
    UniqueConstraint("subject_id", "organisation"),
    Index("ix_cases_score", sa.desc("score"), "opened_at", "id"),
    Index("ix_cases_state", "state", sa.desc("score"), "opened_at", "id"),
)

case_visits = Table(
    "case_visits",
    metadata,
    Column("case_id", ForeignKey(cases.c.id), primary_key=True),
    Column("visit_id", ForeignKey(visits.c.id), primary_key=True, index=True),
    Column("added_at", UtcTime, nullable=False),
)

case_rights_holders = Table(
    "case_rights_holders",
    metadata,
    Column("case_id", ForeignKey(cases.c.id), primary_key=True),
    Column("rights_holder", Text, primary_key=True, index=True),
)

case_jurisdictions = Table(
    "case_jurisdictions",
    metadata,
    Column("case_id", ForeignKey(cases.c.id), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("reason", Text, nullable=False),
)

case_history = Table(
    "case_history",
    metadata,
    Column("case_id", ForeignKey(cases.c.id), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("detail", Text, nullable=False),
)

case_keys = Table(
    "case_keys",
    metadata,
    Column("case_id", ForeignKey(cases.c.id), primary_key=True),
    Column("wrapped_key", sa.LargeBinary),
    Column("created_at", UtcTime, nullable=False),
    Column("erased_at", UtcTime),
)

case_blobs = Table(
    "case_blobs",
    metadata,
    Column("case_id", ForeignKey(cases.c.id), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("blob", Text, nullable=False),
    Column("size", sa.BigInteger, nullable=False),
    Column("added_at", UtcTime, nullable=False),
)

case_bodies = Table(
    "case_bodies",
    metadata,
    Column("case_id", ForeignKey(cases.c.id), primary_key=True),
    Column("visit_id", ForeignKey(visits.c.id), primary_key=True, index=True),
    Column("ordinal", Integer, primary_key=True),
    Column("name", Text, nullable=False),
)

evidence_jobs = Table(
    "evidence_jobs",
    metadata,
    Column("visit_id", ForeignKey(visits.c.id), primary_key=True),
    Column("case_id", ForeignKey(cases.c.id), nullable=False, index=True),
    Column("bundle_id", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("visible_at", UtcTime),
    Column("worker", Text),
    Column("token", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("enqueued_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Index("ix_evidence_jobs_state_visible_at", "state", "visible_at"),
)

bundles = Table(
    "bundles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("visit_id", ForeignKey(visits.c.id), nullable=False, index=True),
    Column("case_id", ForeignKey(cases.c.id), nullable=False, index=True),
    Column("content_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Column("blob", Text, nullable=False),
    Column("artifacts", Text, nullable=False),
)

operations = Table(
    "operations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("parent_id", ForeignKey("operations.id")),
)

operation_cases = Table(
    "operation_cases",
    metadata,
    Column("operation_id", ForeignKey(operations.c.id), primary_key=True),
    Column("case_id", ForeignKey(cases.c.id), primary_key=True),
    Column("added_at", UtcTime, nullable=False),
)

referrals = Table(
    "referrals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("case_id", ForeignKey(cases.c.id), nullable=False, index=True),
    Column("recipient", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    Column("record", Text, nullable=False),
)

takedowns = Table(
    "takedowns",
    metadata,
    Column("id", Key, primary_key=True),
    Column("case_id", ForeignKey(cases.c.id), nullable=False, index=True),
    Column("referral_id", ForeignKey(referrals.c.id)),
    Column("visit_id", ForeignKey(visits.c.id)),
    Column("state", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("detail", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=False),
    Column("chain", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object_kind", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("chain", "number"),
)
