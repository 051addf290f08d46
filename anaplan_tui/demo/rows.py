"""Rows of dumps, source files and exports. The same bytes at every start."""

import csv
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from anaplan_tui.demo.content import CHUNK_LIMIT, Blob, Pattern, Piece

CRLF = b"\r\n"
LF = b"\n"

PARENTS = ("All regions", "EMEA", "APAC", "Retired")
"""Items that can be the parent of a region."""
TAKEN_CODES = tuple(f"R-{n}" for n in range(100, 200))
"""Codes of existing regions."""
REGIONS = ("North", "East", "West", "Süd", "Überlingen", "Île-de-France", "Łódź", "Home counties")
PRODUCTS = tuple(
    f"{family} {size}" for family in ("Kettle", "Toaster", "Blender", "Café set") for size in "SML"
)
LIST_COLUMNS = ("Name", "Parent", "Code", "Since")
LEDGER_COLUMNS = ("Account", "Region", "Text", "Amount")
MONTHS = ("Jan 26", "Feb 26", "Mar 26", "Apr 26", "May 26", "Jun 26", "Jul 26", "Aug 26", "Sep 26")


def line(cells: Iterable[str], end: bytes = LF) -> bytes:
    """Return a line of a dump: every field quoted, inner quotes doubled (service.md §7.5)."""
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells).encode() + end


def table(head: Sequence[str], rows: Iterable[Sequence[str]], end: bytes = LF) -> bytes:
    """Return a whole file; rows may be longer than the header."""
    return line(head, end) + b"".join(line(row, end) for row in rows)


def sales_dump(with_bad_numbers: bool) -> Blob:
    """Rejected rows of a module import, hence no `_Status_`: unknown regions, optionally bad numbers."""
    return Blob(partial(_sales, with_bad_numbers), chunk_size=40_000)


def _sales(with_bad_numbers: bool) -> bytes:
    dice = random.Random(20261)
    bad: list[tuple[str, str, str]] = [
        *[("Uberlingen", "", "Item not located in Region list")] * 612,
        *[("Sud", "", "Item not located in Region list")] * 488,
    ]
    if with_bad_numbers:
        bad += [("", "n/a", "Invalid number: n/a")] * 100 + [("", "12,5€", "Invalid number: 12,5€")] * 34
    dice.shuffle(bad)
    numbers = sorted(dice.sample(range(2, 5_236), len(bad)))
    rows = [
        (
            region or dice.choice(REGIONS),
            dice.choice(PRODUCTS),
            dice.choice(MONTHS),
            number or str(dice.randrange(1, 900)),
            f"{dice.randrange(100, 99_999) / 100:.2f}",
            str(at),
            error,
        )
        for at, (region, number, error) in zip(numbers, bad, strict=True)
    ]
    return table(("Region", "Product", "Month", "Menge", "Revenue", "_Line_", "_Error_1_"), rows, CRLF)


def regions_dump() -> Blob:
    """Rejected rows of a list import: `_Status_`, ragged rows, a header in mid-file, an unnamed column."""
    return Blob(_regions)


def _regions() -> bytes:
    dice = random.Random(20262)
    rows: list[list[str]] = []
    for at in range(76):
        parent = dice.choice(("Retired ,,", 'The "old" north', "EMEA "))
        taken, day = at % 13 == 0, "02/30/26" if at % 6 == 0 else "02/27/26"
        name = f"{dice.choice(REGIONS)} {at}"
        code = TAKEN_CODES[at] if taken else f"R-{dice.randrange(200, 999)}"
        errors = [f"Invalid parent: {parent}"]
        if taken:
            errors.append("Name or code already exists")
        if at % 6 == 0:
            errors.append(f"Invalid date: {day}")
        if taken:
            errors.append("")
        rows.append(["E", name, parent, code, day, str(12 + at), *errors])
    rows.insert(40, ["E", "Region", "Parent", "Code", "Opened", "51", "Invalid name: Region"])
    return table(("_Status_", "Region", "Parent", "Code", "Column 4", "_Line_", "_Error_1_"), rows)


def list_dump(error: str, failed: int, warned: int, end: bytes = LF) -> Blob:
    """Rows of a list import: rejected ones (E), all with this error, and ones with a warning (W)."""
    return Blob(partial(_list, error, failed, warned, end), chunk_size=64_000)


def _list(error: str, failed: int, warned: int, end: bytes) -> bytes:
    dice = random.Random(f"{error} {failed} {warned}")
    rows: list[tuple[str, ...]] = []
    for at in range(failed + warned):
        warning = at < warned
        item = dice.choice(
            ("Łucja Nowak", 'O"Neil, Pat', "Zoë Ruiz", "Jürgen Groß", "Line\nbreak Ltd", "Anna")
        )
        parent = dice.choice(("Sales, EMEA", "Retired ,,", "Ops"))
        lead = ("W" if warning else "E", item, parent, f"C-{at:04}", "", str(2 + at * 3))
        cells = (*lead, "Invalid parent" if warning else error)
        rows.append((*cells, "Name or code already exists") if at % 9 == 4 else cells)
    return table(("_Status_", *LIST_COLUMNS, "_Line_", "_Error_1_"), rows, end)


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """The counts of a large dump; `errors` by text up to the colon, counting every error of a row."""

    failed: int
    warned: int
    errors: Counter[str]


def ledger_counts(dump: Pattern) -> LedgerCounts:
    """Count the rows of a `ledger_dump` from one block: all blocks are alike."""
    text = b"".join(dump.block(0)).decode()
    rows = list(csv.reader(text.splitlines()))
    warned = sum(row[0] == "W" for row in rows) * dump.blocks
    errors = Counter(
        cell.partition(":")[0] for row in rows for cell in row if cell.startswith(("Item not", "Invalid"))
    )
    total = len(rows) * dump.blocks
    return LedgerCounts(
        total - warned, warned, Counter({error: n * dump.blocks for error, n in errors.items()})
    )


def ledger_dump(chunks: int, *, status: bool, chunk_size: int = CHUNK_LIMIT) -> Pattern:
    """A dump of `chunks` chunks, generated as it is read: numbered, ragged rows, multi-byte text, CRLF."""
    head, rows = _ledger_rows(status)
    template = b"".join(rows)
    size = len(template % tuple(range(_FIRST_LINE, _FIRST_LINE + len(rows))))

    def block(number: int) -> tuple[Piece, ...]:
        first = _FIRST_LINE + number * len(rows)
        return (template % tuple(range(first, first + len(rows))),)

    return Pattern.filling(chunks, head, block, size, chunk_size)


def stamped_dump(chunks: int, chunk_size: int = CHUNK_LIMIT) -> Pattern:
    """Like `ledger_dump`, but cheap enough for benchmarks: only one row per block gets its own number."""
    head, rows = _ledger_rows(status=False)
    stamp, rest = rows[0], memoryview(b"".join(row % (_FIRST_LINE + n) for n, row in enumerate(rows[1:] * 8)))
    size = len(stamp % _FIRST_LINE) + len(rest)

    def block(number: int) -> tuple[Piece, ...]:
        return stamp % (_FIRST_LINE + number), rest

    return Pattern.filling(chunks, head, block, size, chunk_size)


_FIRST_LINE = 1_000_000
"""Line numbers have seven digits, so that every block has the same size."""
_BLOCK_ROWS = 1_009


def _ledger_rows(status: bool) -> tuple[bytes, list[bytes]]:
    """Return the header and a block's rows, each a template with a placeholder for its line number."""
    dice = random.Random(20263)
    head = (*LEDGER_COLUMNS, "_Line_", "_Error_1_")
    rows = []
    for _ in range(_BLOCK_ROWS):
        account, region = f"{dice.randrange(400_000, 499_999)}", dice.choice(REGIONS)
        text = dice.choice(
            ("Überstunden 80 %%", 'Größe "L"', "Zażółć gęślą jaźń", "東京 支店, Q3", "plain", "naïve")
        )
        amount, errors = dice.choice(
            (
                ("12,5€", ("Invalid number: 12,5€",)),
                ("n/a", ("Invalid number: n/a",)),
                (f"{dice.randrange(1, 10**6)}", ("Item not located in Account list",)),
                ("", ("Item not located in Account list", "Invalid number: ")),
                (f"{dice.randrange(1, 999)}", ("Item not located in Region list",)),
            )
        )
        lead = (dice.choice("EEEEW"),) if status else ()
        rows.append(line((*lead, account, region, text, amount, "%d", *errors), CRLF))
    return line((("_Status_", *head) if status else head), CRLF), rows


def export_table(name: str, rows: int) -> Blob:
    """Return the output of an export."""
    return Blob(partial(_export, name, rows), chunk_size=1_000_000)


def _export(name: str, rows: int) -> bytes:
    dice = random.Random(name)
    body = (
        (
            dice.choice(REGIONS),
            dice.choice(PRODUCTS),
            dice.choice(MONTHS),
            f"{dice.randrange(10**7) / 100:.2f}",
        )
        for _ in range(rows)
    )
    return table(("Region", "Product", "Month", "Value"), body)
