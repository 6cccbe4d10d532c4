"""Alembic's environment and the schema's versions; run by :mod:`storage.schema`, never from a file of settings."""
