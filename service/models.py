"""Every table of the program in one import, for migrations and for the test that compares the two."""

from service.database import Base
from service.donations import models as _donations
from service.donors import models as _donors
from service.ledger import models as _ledger
from service.mail import models as _mail
from service.settling import models as _settling
from service.webhooks import models as _webhooks

__all__ = ["Base"]
_ = (_donations, _donors, _ledger, _mail, _settling, _webhooks)
