"""Under which object a balance transaction is settled: the payment or payout that moved it, or itself."""

from service.gateway import BalanceTransaction

ROOTS = ("ch_", "py_", "re_", "pyr_", "dp_", "du_", "po_")


def root_of(moved: BalanceTransaction) -> str:
    source = moved.source or ""
    return source if source.startswith(ROOTS) else moved.id
