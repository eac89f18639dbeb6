"""Reads the finished file again while it streams: how many rows, and what its amounts add up to."""

import csv
import io
from collections import defaultdict

from service.reports.specs import ReportSpec


class FiguresDisagree(Exception):
    """The file is not what the books hold: it must not be used."""


class Tally:
    """Rows and sums by currency of what was really written, whatever the query meant to write."""

    def __init__(self, spec: ReportSpec) -> None:
        self._header = [column.name for column in spec.columns]
        self._currency = self._header.index("currency")
        self._places = [self._header.index(name) for name in spec.controlled]
        self._header_seen = False
        self.found: dict[str, list[int]] = defaultdict(lambda: [0] * (1 + len(self._places)))

    def read(self, chunk: bytes) -> None:
        """Takes whole records. An amount written with all its decimals is its minor units and a point."""
        records = csv.reader(io.StringIO(chunk.decode(), newline=""), strict=True)
        if not self._header_seen:
            if next(records, None) != self._header:
                raise FiguresDisagree("the first line does not name the report's columns")
            self._header_seen = True
        for record in records:
            sums = self.found[record[self._currency]]
            sums[0] += 1
            for index, place in enumerate(self._places, start=1):
                if cell := record[place]:
                    sums[index] += int(cell.replace(".", ""))
