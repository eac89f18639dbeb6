"""Reports: one specification each, read from the books in one snapshot, checked before it is released.

Start reading at `specs`: it says what every report holds.
"""

from service.reports.executor import BooksBusy, export, export_to_file
from service.reports.manifest import Manifest
from service.reports.request import CannotExport, ExportRequest
from service.reports.specs import REPORTS
from service.reports.tally import FiguresDisagree

__all__ = [
    "REPORTS",
    "BooksBusy",
    "CannotExport",
    "ExportRequest",
    "FiguresDisagree",
    "Manifest",
    "export",
    "export_to_file",
]
