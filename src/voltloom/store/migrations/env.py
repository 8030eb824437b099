"""What Alembic runs before the migrations: they go over the connection that the store has open."""

from alembic import context

from voltloom.store.schema import metadata

connection = context.config.attributes["connection"]
# SQLite takes changes of tables back too, since the store says BEGIN itself; Alembic would not dare by default.
context.configure(
    connection=connection, target_metadata=metadata, transaction_per_migration=True, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
