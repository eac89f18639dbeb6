"""From a request to SQL: the statement that writes the file, and the one that checks it."""

from typing import LiteralString

from psycopg import sql

from service.reports.request import ExportRequest


def copied(request: ExportRequest) -> sql.Composed:
    """COPY takes no bound parameters, so values are written as quoted literals; none of them is a secret."""
    spec = request.spec
    return sql.SQL("COPY (SELECT {} {} ORDER BY {}) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')").format(
        sql.SQL(", ").join(column.written(request.zone) for column in spec.columns),
        _filtered(spec.rows, request),
        sql.SQL(spec.order),
    )


def control(request: ExportRequest) -> sql.Composed:
    """The same totals by another way: (currency, rows, minor units of each controlled column)."""
    return sql.SQL("{} ORDER BY 1").format(_filtered(request.spec.control, request))


def _filtered(statement: LiteralString, request: ExportRequest) -> sql.Composed:
    """Filters look at the raw instant, never at the written one."""
    spec = request.spec
    known = _condition(spec.recorded, "<=", request.as_of)
    where = [
        condition
        for condition in (
            _condition(spec.happened, ">=", request.start),
            _condition(spec.happened, "<", request.end),
            _condition(spec.currency, "=", request.currency),
            known,
        )
        if condition
    ]
    nothing = sql.SQL("true")
    return sql.SQL(statement).format(
        where=sql.SQL(" AND ").join(where) if where else nothing, known=known or nothing
    )


def _condition(of: LiteralString, comparison: LiteralString, value: object) -> sql.Composable | None:
    if value is None:
        return None
    return sql.SQL("{} {} {}").format(sql.SQL(of), sql.SQL(comparison), sql.Literal(value))
