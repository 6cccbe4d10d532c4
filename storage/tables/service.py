"""Tables of running the service: accounts, packs, rulesets, workers, webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from storage.tables.base import metadata
from storage.tables.review import organisations
from storage.types import UtcTime

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("organisation", ForeignKey(organisations.c.id), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("disabled", sa.Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_digest", Text, primary_key=True),
    Column("user", ForeignKey(users.c.name), nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
)

packs = Table(
    "packs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("organisation", Text, nullable=False, index=True),
    Column("document", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("active", sa.Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("uq_packs_active", "id", unique=True, sqlite_where=sa.text("active")),
)

rulesets = Table(
    "rulesets",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("stored_at", UtcTime, nullable=False),
    Column("current_since", UtcTime, index=True),
)

workers = Table(
    "workers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", ForeignKey(organisations.c.id), nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", sa.LargeBinary, nullable=False),
    Column("events", Text, nullable=False),
    Column("disabled", sa.Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("webhook_id", ForeignKey(webhooks.c.id), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("visible_at", UtcTime),
    Column("enqueued_at", UtcTime, nullable=False),
    Column("delivered_at", UtcTime),
    Column("last_answer", Text, nullable=False),
    Index("ix_webhook_deliveries_state_visible_at", "state", "visible_at"),
)
