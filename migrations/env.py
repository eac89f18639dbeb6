"""How Alembic reaches the database: through the connection that `sustainer migrate` hands over."""

from alembic import context

from service.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # One transaction each, so that a long chain never holds the locks of its first step to the end.
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
