"""The inbox, the work that follows from it, and the count of what was refused."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0006"
down_revision = "0005"

Instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text),
        sa.Column("api_version", sa.Text),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("body_sealed", sa.LargeBinary),
        sa.Column("closed_at", Instant),
        sa.Column("outcome", sa.Text),
    )
    op.create_index("ix_events_open", "events", ["object_id"], postgresql_where=sa.text("closed_at IS NULL"))
    # Asked by a person now and then, and paid for with every event: so the smallest kind of index.
    op.create_index("ix_events_received_at", "events", ["received_at"], postgresql_using="brin")
    op.create_table(
        "work",
        sa.Column("object_id", sa.Text, primary_key=True),
        sa.Column("marks", sa.BigInteger, nullable=False),
        sa.Column("dirty_at", Instant, nullable=False),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("lease_until", Instant),
        sa.Column("lease_token", UUID),
        sa.Column("reason", sa.Text),
        sa.Column("parked_at", Instant),
        postgresql_with={"fillfactor": 70, "autovacuum_vacuum_scale_factor": 0.02},
    )
    op.create_index("ix_work_due", "work", ["next_at"], postgresql_where=sa.text("parked_at IS NULL"))
    op.create_table(
        "refused_events",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON events, refused_events TO sustainer_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON work TO sustainer_app")
