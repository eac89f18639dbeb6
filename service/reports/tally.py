"""Reads the finished file again while it streams: how many rows, and what its amounts add up to."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence

from service.reports.specs import ReportSpec


class FiguresDisagree(Exception):
    """The file is not what the books hold: it must not be used."""


class Tally:
    """Rows and sums by currency of what was really written, whatever the query meant to write."""

    def __init__(self, spec: ReportSpec) -> None:
        self._header = [column.name for column in spec.columns]
        self._currency = self._header.index("currency")
        self._places = [self._header.index(name) for name in spec.controlled]
        self._last = max(self._currency, *self._places)
        self._header_seen = False
        self.found: dict[str, list[int]] = defaultdict(lambda: [0] * (1 + len(self._places)))

    def read(self, records: Sequence[bytes]) -> None:
        """Takes whole records, the header first."""
        if not self._header_seen and records:
            self._check_header(records[0])
            records = records[1:]
        by_currency: dict[str, list[list[str]]] = defaultdict(list)
        for cells in self._cells([record.decode() for record in records]):
            by_currency[cells[self._currency]].append(cells)
        for currency, rows in by_currency.items():
            sums = self.found[currency]
            sums[0] += len(rows)
            for index, place in enumerate(self._places, start=1):
                sums[index] += _sum([cells[place] for cells in rows])

    def _cells(self, records: list[str]) -> Iterator[list[str]]:
        """As far as we look. Only a record that holds a quote needs the whole of RFC 4180."""
        yield from (record.split(",", self._last + 1) for record in records if '"' not in record)
        yield from csv.reader((record for record in records if '"' in record), strict=True)

    def _check_header(self, record: bytes) -> None:
        if record.decode().rstrip("\n").split(",") != self._header:
            raise FiguresDisagree("the first line does not name the report's columns")
        self._header_seen = True


def _sum(cells: list[str]) -> int:
    """An amount with all its decimals is its minor units and a point; an empty cell is nothing."""
    return sum(map(int, " ".join(cells).replace(".", "").split()))
