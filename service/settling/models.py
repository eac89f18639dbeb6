"""How far the feeds have read."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from service.database import Base


class Poll(Base):
    """A feed, and the business time through which it has read."""

    __tablename__ = "polls"

    name: Mapped[str] = mapped_column(primary_key=True)
    through: Mapped[datetime]
