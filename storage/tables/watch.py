"""Tables of watching: subjects, sightings, the frontier, visits with their captures and verdicts, runs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from storage.tables.base import metadata
from storage.types import Key, UtcTime

subjects = Table(
    "subjects",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("unit", Text, nullable=False, index=True),
    Column("first_seen_at", UtcTime, nullable=False),
    UniqueConstraint("kind", "key"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("id", Key, primary_key=True),
    Column("subject_id", ForeignKey(subjects.c.id), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("parent_visit", Text),
    Column("referrer", Text),
    Column("organisation", Text),
)

units = Table(
    "units",
    metadata,
    Column("unit", Text, primary_key=True),
    Column("free_at", UtcTime, nullable=False),
    Column("booked_until", UtcTime, nullable=False),
)

frontier = Table(
    "frontier",
    metadata,
    Column("subject_id", ForeignKey(subjects.c.id), primary_key=True, autoincrement=False),
    Column("sighting_id", ForeignKey(sightings.c.id), nullable=False),
    Column("unit", Text, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("visible_at", UtcTime),
    Column("worker", Text),
    Column("token", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("leased_at", UtcTime),
    Column("dead_reason", Text, nullable=False),
    Column("dead_at", UtcTime),
    Index("ix_frontier_lane_visible_at", "lane", "visible_at"),
    Index("ix_frontier_worker", "worker", sqlite_where=sa.text("worker IS NOT NULL")),
    Index("ix_frontier_dead_at", "dead_at", sqlite_where=sa.text("dead_at IS NOT NULL")),
)

frontier_events = Table(
    "frontier_events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("subject_id", ForeignKey(subjects.c.id), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("detail", Text, nullable=False),
)

visits = Table(
    "visits",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subject_id", ForeignKey(subjects.c.id), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("finished_at", UtcTime, nullable=False, index=True),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("candidate", Text, nullable=False),
    Column("page_kind", Text),
    Column("language", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("elapsed_ms", Integer, nullable=False),
    Column("worker", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("leased_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),
    Column("dead_reason", Text, nullable=False),
    Index("ix_visits_subject_id_at", "subject_id", "at"),
)

captures = Table(
    "captures",
    metadata,
    Column("visit_id", ForeignKey(visits.c.id), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("vantage", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("record", Text, nullable=False),
)

segments = Table(
    "segments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("worker", Text, nullable=False),
    Column("opened_at", UtcTime, nullable=False, index=True),
)

bodies = Table(
    "bodies",
    metadata,
    Column("visit_id", ForeignKey(visits.c.id), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("segment_id", Text, nullable=False),
    Column("offset", sa.BigInteger, nullable=False),
    Column("length", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("visit_id", ForeignKey(visits.c.id), primary_key=True),
    Column("label", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("score", sa.Double, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("record", Text, nullable=False),
    Index("ix_verdicts_label_at", "label", "at"),
)

signals = Table(
    "signals",
    metadata,
    Column("visit_id", ForeignKey(visits.c.id), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("signal", Text, nullable=False, index=True),
    Column("family", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("weight", sa.Double, nullable=False),
    Column("pack_id", Text),
    Column("pack_version", Text),
    Column("pack_organisation", Text),
    Index("ix_signals_pack_id", "pack_id", sqlite_where=sa.text("pack_id IS NOT NULL")),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    Column("options", Text, nullable=False),
    Column("intake_closed", sa.Boolean, nullable=False),
    Column("done", Integer, nullable=False),
)

run_targets = Table(
    "run_targets",
    metadata,
    Column("run_id", ForeignKey(runs.c.id), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("subject_id", ForeignKey(subjects.c.id)),
    Column("url", Text, nullable=False),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("done_seq", Integer),
    Column("visit_id", ForeignKey(visits.c.id)),
    Index("ix_run_targets_run_id_done_seq", "run_id", "done_seq"),
    Index("ix_run_targets_open", "subject_id", "run_id", sqlite_where=sa.text("done_seq IS NULL")),
    Index("ix_run_targets_todo", "run_id", "position", sqlite_where=sa.text("done_seq IS NULL")),
)
