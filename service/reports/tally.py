"""Reads the finished file again while it streams: how many rows, and what its amounts add up to."""

import re
from collections import defaultdict

from service.reports.specs import ReportSpec

# What stands between quotes, line ends included. No column that we look at is ever quoted.
QUOTED = re.compile('"[^"]*"')


class FiguresDisagree(Exception):
    """The file is not what the books hold: it must not be used."""


class Tally:
    """Rows and sums by currency of what was really written, whatever the query meant to write."""

    def __init__(self, spec: ReportSpec) -> None:
        self._header = ",".join(column.name for column in spec.columns)
        names = self._header.split(",")
        self._currency = names.index("currency")
        self._places = [names.index(name) for name in spec.controlled]
        self._far_enough = 1 + max(self._currency, *self._places)
        self._header_seen = False
        self.found: dict[str, list[int]] = defaultdict(lambda: [0] * (1 + len(self._places)))

    def read(self, chunk: bytes) -> None:
        """Takes whole records, the header first."""
        records = QUOTED.sub("", chunk.decode()).split("\n")[:-1]
        if records and not self._header_seen:
            if records.pop(0) != self._header:
                raise FiguresDisagree("the first line does not name the report's columns")
            self._header_seen = True
        by_currency: dict[str, list[list[str]]] = defaultdict(list)
        for record in records:
            cells = record.split(",", self._far_enough)
            by_currency[cells[self._currency]].append(cells)
        for currency, rows in by_currency.items():
            sums = self.found[currency]
            sums[0] += len(rows)
            for index, place in enumerate(self._places, start=1):
                sums[index] += _sum([cells[place] for cells in rows])


def _sum(cells: list[str]) -> int:
    """An amount with all its decimals is its minor units and a point; an empty cell is nothing."""
    return sum(map(int, " ".join(cells).replace(".", "").split()))
