"""Dumps in every known or feared shape: encoding, separator, chunk size, broken files (service.md §7.5)."""

import random

from anaplan_tui.demo.company import company
from anaplan_tui.demo.company_objects import ACTIONS, COPY_PLAN, EXPORTS, IMPORTS, LEDGER_CSV, import_from
from anaplan_tui.demo.company_processes import PROCESSES, process
from anaplan_tui.demo.content import Blob, Content
from anaplan_tui.demo.model import Company
from anaplan_tui.demo.outcomes import Cells, detail, loaded
from anaplan_tui.demo.rows import CRLF, ledger_dump, list_dump, regions_dump, sales_dump, table

_HEAD = ("_Status_", "Product", "Region", "Amount", "_Line_", "_Error_1_")
_ROWS = tuple(
    (
        "E",
        f"Kettle {n}",
        "Sud" if n % 2 else "Überlingen",
        "n/a" if n % 3 else "12,5€",
        str(n),
        "Invalid number: n/a",
    )
    for n in range(2, 42)
)
_PLAIN = table(_HEAD, _ROWS, CRLF)


def _separated(separator: str) -> bytes:
    lines = ("\t".join(row) for row in (_HEAD, *_ROWS))
    return "\r\n".join(line.replace("\t", separator) for line in lines).encode()


_SHAPES: dict[str, Content] = {
    "Dump of one byte chunks": Blob(_PLAIN[:200], chunk_size=1),
    "Dump of 108 chunks": Blob(sales_dump(True).data, chunk_size=1_000),
    "Dump of one chunk exactly": Blob(_PLAIN, chunk_size=len(_PLAIN)),
    "Dump of 12 MB in 12 chunks": ledger_dump(12, status=True, chunk_size=1_000_000),
    "Dump with tabs": Blob(_separated("\t")),
    "Dump with semicolons": Blob(_separated(";")),
    "Dump with a byte order mark": Blob(b"\xef\xbb\xbf" + _PLAIN),
    "Dump in latin-1": Blob(_PLAIN.replace("Ü".encode(), b"\xdc").replace("€".encode(), b"\xa4")),
    "Dump with line feeds only": Blob(_PLAIN.replace(CRLF, b"\n")),
    "Dump with carriage returns only": Blob(_PLAIN.replace(CRLF, b"\r")),
    "Dump with a header in the middle": regions_dump(),
    "Dump with line breaks in fields": list_dump("Invalid name: Code", failed=300, warned=40),
    "Dump that ends in a quote": Blob(_PLAIN[:-40]),
    "Dump without an error column": Blob(table(("Region", "Amount"), [("North", "1"), ("Süd", "2")])),
    "Dump with a header only": Blob(table(_HEAD, [])),
    "Dump that is empty": Blob(b""),
    "Dump that is binary": Blob(random.Random(7).randbytes(70_000), chunk_size=30_000),
    "Dump that is an error page": Blob(b"<html><body><h1>Not a dump</h1></body></html>"),
}


def odd_dumps() -> Company:
    """Return a company with one process per shape, each with a past run whose dump can be fetched at once."""
    imports, processes = [], []
    for number, (name, content) in enumerate(_SHAPES.items()):
        error = detail("moduleImportNumberFormat", "Invalid number", occurrences=40)
        outcome = loaded(Cells("Amount", 5, failed=40), errors=(error,), dump=content)
        action = import_from(300 + number, f"{name}.csv", LEDGER_CSV, outcome, 1.0)
        imports.append(action)
        processes.append(process(300 + number, name, action, COPY_PLAN, runs_at=(0.1,)))
    return company((*PROCESSES, *processes), (*IMPORTS, *imports, *EXPORTS, *ACTIONS))
