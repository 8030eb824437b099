"""What Alembic runs before the migrations: they go over the connection that the store has open."""

from alembic import context

from voltloom.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
