"""Runs migrations on the connection that :mod:`storage.schema` passes in, inside its transaction."""

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction holds everything, the version included
)
context.run_migrations()
