"""The application's role may use the tables that the owner makes, and own none of them."""

from alembic import op

revision = "0001"
down_revision = None

APPLICATION_ROLE = "sustainer_app"


def upgrade() -> None:
    # A managed database may forbid making roles: then the operator makes it beforehand.
    op.execute(f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION_ROLE}') THEN
                CREATE ROLE {APPLICATION_ROLE} NOLOGIN;
            END IF;
        END $$
    """)
    op.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE}")
    op.execute(f"GRANT SELECT ON alembic_version TO {APPLICATION_ROLE}")
