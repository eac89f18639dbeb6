"""Donors and their sealed identities."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "donors",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "identities",
        sa.Column("donor_id", sa.Text, sa.ForeignKey("donors.id"), primary_key=True),
        sa.Column("email_lookup", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("email_sealed", sa.LargeBinary, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary),
        sa.Column("provider_group", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON donors TO sustainer_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON identities TO sustainer_app")
