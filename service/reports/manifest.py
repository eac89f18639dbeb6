"""What stands beside an exported file: what was asked, what is in it, and the hash that it must have."""

import json
from dataclasses import dataclass
from datetime import date

from service import clock
from service.money import Money
from service.reports.request import ExportRequest

# Raised when a column's meaning changes, or its place.
SPEC_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """`totals` are decimals by currency and column; currencies are never added up."""

    report: str
    spec_version: int
    columns: tuple[str, ...]
    date_from: str | None
    date_to: str | None
    zone: str
    currency: str | None
    as_of: str | None
    made_at: str
    rows: int
    totals: dict[str, dict[str, str]]
    sha256: str
    formula_guard: str = "v1"

    @classmethod
    def of(cls, request: ExportRequest, found: dict[str, list[int]], sha256: str) -> "Manifest":
        spec = request.spec
        return cls(
            report=spec.name,
            spec_version=SPEC_VERSION,
            columns=tuple(column.name for column in spec.columns),
            date_from=_written(request.date_from),
            date_to=_written(request.date_to),
            zone=request.zone.key,
            currency=request.currency,
            as_of=_written(request.as_of),
            made_at=clock.now().isoformat(timespec="seconds"),
            rows=sum(rows for rows, *_ in found.values()),
            totals={
                currency: {
                    name: f"{Money(currency, minor).decimal:f}"
                    for name, minor in zip(spec.controlled, sums, strict=True)
                }
                for currency, (_, *sums) in sorted(found.items())
            },
            sha256=sha256,
        )

    def as_json(self) -> str:
        return json.dumps(vars(self), indent=2, ensure_ascii=False)


def _written(when: date | None) -> str | None:
    """A day or an instant (which is a kind of day)."""
    return None if when is None else when.isoformat()
