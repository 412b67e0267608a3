"""How Alembic reaches the store: by the connection that the journal hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from lcm_nornir.journal.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
