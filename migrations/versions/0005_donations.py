"""Checkouts, donations and recurring donations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"

Instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "checkouts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("attempt", sa.Text, nullable=False, unique=True),
        sa.Column("wish_digest", sa.LargeBinary, nullable=False),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("attribution", JSONB, nullable=False),
        sa.Column("email_sealed", sa.LargeBinary),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text, unique=True),
        sa.Column("session_url", sa.Text),
        sa.Column("expires_at", Instant),
        sa.Column("donor_id", sa.Text, sa.ForeignKey("donors.id")),
        sa.CheckConstraint("frequency IN ('once', 'monthly', 'annual')", name="frequency"),
        sa.CheckConstraint("status IN ('open', 'processing', 'paid', 'failed', 'expired')", name="status"),
        sa.CheckConstraint("amount > 0", name="amount"),
    )
    op.create_table(
        "recurring_donations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("subscription_id", sa.Text, nullable=False, unique=True),
        sa.Column("checkout_id", sa.Text, sa.ForeignKey("checkouts.id"), index=True),
        sa.Column("donor_id", sa.Text, sa.ForeignKey("donors.id"), index=True),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attribution", JSONB, nullable=False),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("current_period_end", Instant),
        sa.Column("cancel_at", Instant),
        sa.Column("ended_at", Instant),
        sa.CheckConstraint("frequency IN ('monthly', 'annual')", name="frequency"),
        sa.CheckConstraint("amount >= 0", name="amount"),
    )
    op.create_table(
        "donations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("payment_intent_id", sa.Text, nullable=False, unique=True),
        sa.Column("checkout_id", sa.Text, sa.ForeignKey("checkouts.id"), index=True),
        sa.Column("recurring_donation_id", sa.Text, sa.ForeignKey("recurring_donations.id"), index=True),
        sa.Column("donor_id", sa.Text, sa.ForeignKey("donors.id"), index=True),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attribution", JSONB, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("paid_at", Instant),
        sa.Column("charge_id", sa.Text, unique=True),
        sa.Column("balance_transaction_id", sa.Text, unique=True),
        sa.Column("invoice_id", sa.Text),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("card_brand", sa.Text),
        sa.Column("card_country", sa.Text),
        sa.Column("presentment_amount", sa.BigInteger),
        sa.Column("presentment_currency", sa.Text),
        sa.Column("failure_code", sa.Text),
        sa.CheckConstraint("frequency IN ('once', 'monthly', 'annual')", name="frequency"),
        sa.CheckConstraint("status IN ('processing', 'paid', 'failed')", name="status"),
        sa.CheckConstraint("amount > 0", name="amount"),
    )
    for table in ("checkouts", "recurring_donations", "donations"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO sustainer_app")
