"""The outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

STATES = ("pending", "claimed", "sent", "unknown", "failed", "suppressed", "skipped")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("promised_at", MOMENT, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("next_at", MOMENT),
        sa.Column("deadline", MOMENT),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("lease_until", MOMENT),
        sa.Column("lease_token", sa.Uuid),
        sa.Column("in_flight_at", MOMENT),
        sa.Column("doubted_at", MOMENT),
        sa.Column("message_id", sa.Text),
        sa.Column("template_version", sa.Text),
        sa.Column("smtp_reply", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("sent_at", MOMENT),
        sa.UniqueConstraint("kind", "subject", "period"),
        sa.CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in STATES)), name="state"),
        sa.CheckConstraint("attempts >= 0", name="attempts"),
        sa.CheckConstraint(
            "(state = 'claimed') = (lease_token IS NOT NULL)"
            " AND (state = 'claimed') = (lease_until IS NOT NULL)"
            " AND (in_flight_at IS NULL OR state = 'claimed')",
            name="lease",
        ),
        sa.CheckConstraint(
            "(next_at IS NOT NULL) = (state IN ('pending', 'claimed')) OR state = 'unknown'",
            name="next_at",
        ),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        # Every message is updated a few times and then rests: room on the page keeps that cheap.
        postgresql_with={"fillfactor": 70, "autovacuum_vacuum_scale_factor": 0.02},
    )
    op.create_index(
        "ix_messages_due",
        "messages",
        ["next_at", "id"],
        postgresql_where=sa.text("state IN ('pending', 'unknown')"),
    )
    op.create_index(
        "ix_messages_leases", "messages", ["lease_until"], postgresql_where=sa.text("lease_until IS NOT NULL")
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON messages TO sustainer_app")
