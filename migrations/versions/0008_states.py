"""States that follow Stripe after the first payment, and how far we have polled."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

Instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("donations", sa.Column("refunded", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("donations", sa.Column("dispute_status", sa.Text))
    op.alter_column("donations", "refunded", server_default=None)
    op.create_check_constraint("refunded", "donations", "refunded >= 0")
    op.add_column(
        "recurring_donations",
        sa.Column("collection_paused", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.alter_column("recurring_donations", "collection_paused", server_default=None)
    op.add_column("recurring_donations", sa.Column("resumes_at", Instant))
    op.create_table(
        "polls",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("through", Instant, nullable=False),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON polls TO sustainer_app")
