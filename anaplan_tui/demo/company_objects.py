"""The demand plan's imports, exports, other actions and source files, and how each ends when run alone."""

from dataclasses import dataclass

from anaplan_tui.demo.content import Blob, Content, Pattern
from anaplan_tui.demo.file_import import (
    Column,
    FileImport,
    in_calendar,
    in_list,
    is_date,
    is_free,
    is_name,
    is_number,
    is_parent,
)
from anaplan_tui.demo.model import Action, Json, Outcome, Play, Scene, SourceFile
from anaplan_tui.demo.outcomes import Cells, Rows, detail, exported, import_failed, imported, loaded, refused
from anaplan_tui.demo.rows import (
    LEDGER_COLUMNS,
    LIST_COLUMNS,
    MONTHS,
    PARENTS,
    PRODUCTS,
    REGIONS,
    TAKEN_CODES,
    LedgerCounts,
    export_table,
    ledger_counts,
    ledger_dump,
    list_dump,
    regions_dump,
    sales_dump,
    table,
)
from anaplan_tui.demo.words import Values, say

_LIST = "moduleImportInvalidListIdentifier"
_NUMBER = "moduleImportNumberFormat"
_PERIOD = "moduleImportInvalidTimeEntityIdentifier"


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A list, module or view in another model that imports read."""

    id: str
    model: str


def source_file(
    number: int,
    name: str,
    columns: tuple[str, ...],
    default: bytes | None = None,
    separator: str = ",",
    kept: bool = True,
) -> SourceFile:
    """Return a file that imports read. Its default copy: `default`, else the header; none unless `kept`."""
    header = separator.join(columns).encode() + b"\r\n"
    content = Blob(header if default is None else default) if kept else None
    return SourceFile(f"1130000{number:05}", name, columns, separator, default=content)


def import_from(
    number: int,
    name: str,
    source: SourceFile | ModelSource,
    play: Outcome | Play,
    seconds: float = 3.0,
    import_type: str = "HIERARCHY_DATA",
) -> Action:
    """Return an import from a file or from another model."""
    model = source.model if isinstance(source, ModelSource) else None
    return Action(f"1120000{number:05}", name, "IMPORT", seconds, play, source.id, model, import_type)


def export_to(
    number: int, name: str, output: Content, seconds: float = 4.0, kind: str = "text/csv"
) -> Action:
    """Return an export."""

    def play(scene: Scene) -> Outcome:
        return exported(output.size, name)

    return Action(
        f"1160000{number:05}",
        name,
        "EXPORT",
        seconds,
        play,
        columns=("Region", "Product", "Month", "Value"),
        export_type="GRID_CURRENT_PAGE" if kind != "text/csv" else "TABULAR_MULTI_COLUMN",
        export_format=kind,
        output=output,
    )


def other(
    number: int,
    name: str,
    action_type: str,
    seconds: float = 1.0,
    deleted: tuple[int, str, str] | None = None,
) -> Action:
    """Return an action that is no import or export; `deleted` is (items, target, filter) of a deletion."""
    outcome = Outcome()
    if deleted is not None:
        count, target, selection = deleted
        values: Values = {"affectedItems": count, "targetName": target, "filterName": selection}
        outcome = Outcome(details=(say("deleteFromSelectionSucceeded", values),))
    return Action(f"1170000{number:05}", name, action_type, seconds, outcome)


def _sales(scene: Scene) -> Outcome:
    """The showpiece: 1,234 rejected rows; on earlier nights only those with bad regions."""
    bad_numbers = not scene.task.earlier
    failed = 1_234 if bad_numbers else 1_100
    errors = [
        detail(
            _LIST,
            "Item not located in Region list",
            ("Region", "Uberlingen", "Region", "Sud"),
            occurrences=1_100,
        )
    ]
    if bad_numbers:
        errors.append(detail(_NUMBER, "Invalid number", ("Menge", "n/a", "Menge", "12,5€"), occurrences=134))
    cells = Cells("Menge", 4_000 if bad_numbers else 4_134, failed=failed)
    return loaded(cells, errors=tuple(errors), dump=sales_dump(bad_numbers))


def _csv(head: tuple[str, ...], *rows: tuple[str, ...]) -> bytes:
    return table(head, rows, b"\r\n")


_TARGET_COLUMNS = ("Region", "Month", "Target")
_BUDGET_COLUMNS = ("Store", "Region", "Product", "Month", "Amount")

TARGETS_DEFAULT = _csv(
    _TARGET_COLUMNS,
    ("North", "Jan 26", "1200"),
    ("East", "Jan 26", "950"),
    ("Uberlingen", "Jan 26", "400"),
    ("Süd", "Jan 26", "775.5"),
    ("West", "Jan 26", "880"),
)
"""Five rows with one bad cell, so that the import fails until it is corrected."""

BUDGET_DEFAULT = _csv(
    _BUDGET_COLUMNS,
    *(
        (
            f"Store {n:03}",
            "Sud" if n in (31, 77, 140) else REGIONS[n % len(REGIONS)],
            PRODUCTS[n % len(PRODUCTS)],
            "Nay 26" if n == 99 else MONTHS[n % len(MONTHS)],
            {12: "n/a", 60: "12,5", 77: "-"}.get(n, str(100 + n * 7)),
        )
        for n in range(1, 241)
    ),
)
"""Six bad rows out of 240, one of them with two errors."""

_REGION = Column("Region", in_list("Region", REGIONS), _LIST)
_MONTH = Column("Month", in_calendar("Month", MONTHS), _PERIOD)
_PRODUCT = Column("Product", in_list("Product", PRODUCTS), _LIST)


def _numbers(line_item: str) -> Column:
    return Column(line_item, is_number, _NUMBER, line_item=True)


_TARGETS = FileImport("Targets", (_REGION, _MONTH, _numbers("Target")))
_WEEKLY = FileImport("Weekly targets", (_REGION, _numbers("Target")))
_BUDGET = FileImport("Budget", (_REGION, _PRODUCT, _MONTH, _numbers("Amount")))
# Revenue is not mapped: it is a formula in the module
_SALES = FileImport("Sales", (_REGION, _PRODUCT, _MONTH, _numbers("Menge")), until_uploaded=_sales)
_REGIONS = FileImport(
    "Regions",
    (
        Column("Region", is_name(("Region",)), "hierarchyImportInvalidName", decides=True),
        Column("Parent", is_parent(PARENTS), "hierarchyImportInvalidParent"),
        Column("Code", is_free(TAKEN_CODES), "hierarchyImportNameOrCodeExists"),
        Column("Column 4", is_date, "invalidDate"),
    ),
    is_list=True,
    until_uploaded=imported(
        "Regions",
        Rows(10, failed=77, ignored=3),
        detail("hierarchyImportInvalidParent", "Invalid parent", ("row", "12"), occurrences=76),
        detail("hierarchyImportInvalidName", "Invalid name: Region", occurrences=1),
        dump=regions_dump(),
        successful=False,
    ),
)

PRODUCTS_CSV = source_file(1, "products.csv", ("Product", "Parent", "Code"))
SALES_CSV = source_file(2, "sales.csv", ("Region", "Product", "Month", "Menge", "Revenue"))
REGIONS_CSV = source_file(3, "regions.csv", ("Region", "Parent", "Code", "Column 4"))
EMPLOYEES_CSV = source_file(4, "employees.csv", ("Name", "Parent", "Code", "Hire Date"))
COST_CENTERS_CSV = source_file(5, "cost_centers.csv", LIST_COLUMNS)
TARGETS_CSV = source_file(6, "targets.csv", _TARGET_COLUMNS, TARGETS_DEFAULT)
BUDGET_CSV = source_file(7, "budget.csv", _BUDGET_COLUMNS, BUDGET_DEFAULT)
WEEKLY_CSV = source_file(8, "weekly_targets.csv", ("Region", "Target"), kept=False)
LEDGER_CSV = source_file(9, "ledger.csv", LEDGER_COLUMNS)
CUSTOMERS_CSV = source_file(10, "customers.txt", LEDGER_COLUMNS, separator="\t")
PRICES_CSV = source_file(11, "prices.csv", ("Product", "Month", "Price"), separator=";")
INVENTORY_CSV = source_file(12, "inventory.csv", LIST_COLUMNS)
HEADCOUNT_CSV = source_file(13, "headcount.csv", LIST_COLUMNS)
ACTUALS_CSV = source_file(14, "actuals.csv", ("Account", "Month", "Amount"))
USERS_CSV = source_file(15, "users.csv", ("Email", "Role"))

FILES = (
    PRODUCTS_CSV,
    SALES_CSV,
    REGIONS_CSV,
    EMPLOYEES_CSV,
    COST_CENTERS_CSV,
    TARGETS_CSV,
    BUDGET_CSV,
    WEEKLY_CSV,
    LEDGER_CSV,
    CUSTOMERS_CSV,
    PRICES_CSV,
    INVENTORY_CSV,
    HEADCOUNT_CSV,
    ACTUALS_CSV,
    USERS_CSV,
)

TREASURY_MODEL = "5A0E6C3F9D7B4E21A8C4F0D2B6913E77"
TREASURY_RATES = ModelSource("102000000031", TREASURY_MODEL)

LOAD_PRODUCTS = import_from(
    101, "Products from products.csv", PRODUCTS_CSV, imported("Products", Rows(90, ignored=5)), 1.2
)
LOAD_SALES = import_from(102, "Sales from sales.csv", SALES_CSV, _SALES, 12.0, "MODULE_DATA")
LOAD_REGIONS = import_from(103, "Regions from regions.csv", REGIONS_CSV, _REGIONS, 4.1)
LOAD_EMPLOYEES = import_from(
    104, "Employees from employees.csv", EMPLOYEES_CSV, imported("Employees", Rows(90, ignored=5)), 6.0
)
LOAD_COST_CENTERS = import_from(
    105,
    "Cost centers from cost_centers.csv",
    COST_CENTERS_CSV,
    imported("Cost Centers", Rows(212, created=3)),
    6.5,
)
LOAD_FX = import_from(
    106,
    "FX rates from Treasury",
    TREASURY_RATES,
    loaded(Cells("Rate", 1_460), Cells("Average rate", 1_460)),
    8.0,
    "MODULE_DATA",
)
LOAD_BUDGET = import_from(107, "Budget from budget.csv", BUDGET_CSV, _BUDGET, 7.0, "MODULE_DATA")
LOAD_TARGETS = import_from(108, "Targets from targets.csv", TARGETS_CSV, _TARGETS, 6.0, "MODULE_DATA")
LOAD_WEEKLY = import_from(
    109, "Weekly targets from weekly_targets.csv", WEEKLY_CSV, _WEEKLY, 6.0, "MODULE_DATA"
)


def _errors_in(found: LedgerCounts) -> tuple[Json, ...]:
    return tuple(
        detail(_NUMBER if text == "Invalid number" else _LIST, text, occurrences=count)
        for text, count in found.errors.most_common()
    )


def _ledger(loaded_cells: int, dump: Pattern) -> Outcome:
    """A module import whose dump is too large to spell out; its counts are computed from the dump."""
    found = ledger_counts(dump)
    return loaded(Cells("Amount", loaded_cells, failed=found.failed), errors=_errors_in(found), dump=dump)


def _customers(ok: int, dump: Pattern) -> Outcome:
    """A list import with a generated dump."""
    found = ledger_counts(dump)
    rows = Rows(ok, warnings=found.warned, failed=found.failed)
    return imported("Customers", rows, *_errors_in(found), dump=dump)


LOAD_LEDGER = import_from(
    110,
    "Ledger from ledger.csv",
    LEDGER_CSV,
    _ledger(2_400_000, ledger_dump(14, status=False)),
    9.0,
    "MODULE_DATA",
)
LOAD_CUSTOMERS = import_from(
    111,
    "Customers from customers.txt",
    CUSTOMERS_CSV,
    _customers(80_100, ledger_dump(2, status=True)),
    6.0,
)
LOAD_PRICES = import_from(
    112, "Prices from prices.csv", PRICES_CSV, loaded(Cells("Price", 1_080)), 6.0, "MODULE_DATA"
)
LOAD_INVENTORY = import_from(
    113,
    "Inventory from inventory.csv",
    INVENTORY_CSV,
    imported(
        "Products",
        Rows(480, created=12, warnings=7, failed=13),
        detail("hierarchyImportInvalidParent", "Invalid parent", ("row", "151"), occurrences=7),
        detail("hierarchyImportInvalidName", "Invalid name: Code", occurrences=13),
        dump=list_dump("Invalid name: Code", failed=13, warned=7),
    ),
    6.0,
)
LOAD_HEADCOUNT = import_from(
    114,
    "Headcount from headcount.csv",
    HEADCOUNT_CSV,
    Outcome(
        successful=False,
        clean=False,
        details=(
            detail(_LIST, "Item not located in Cost Centers list", ("CC-9911", None), occurrences=1_204),
        ),
        dump=list_dump("Item not located in Cost Centers list", failed=1_204, warned=0, end=b"\r\n"),
    ),
    5.0,
    "MODULE_DATA",
)
LOAD_USERS = import_from(
    115,
    "Users from users.csv",
    USERS_CSV,
    refused("notAuthorised", actionName="Users from users.csv"),
    3.0,
    "USERS",
)


def _actuals(scene: Scene) -> Outcome:
    """Prompts for a version; fails without one, and with an unknown one."""
    version = dict(scene.task.parameters).get("Version")
    if version is None:
        return import_failed("No item was chosen for Version")
    if version not in VERSIONS:
        return refused("failedToLocateEntity", entityType="Version", entityName=version)
    unmapped: Values = {"count": 3, "dimension": "Account", "items": "9990, 9991, 9999"}
    return loaded(
        Cells("Amount", 3_600, ignored=12),
        errors=(say("moduleImportDimensionIdentifiersUnmapped", unmapped),),
    )


VERSIONS = ("Actual", "Budget", "Forecast")
LOAD_ACTUALS = import_from(116, "Actuals from actuals.csv", ACTUALS_CSV, _actuals, 5.0, "MODULE_DATA")

IMPORTS = (
    LOAD_PRODUCTS,
    LOAD_SALES,
    LOAD_REGIONS,
    LOAD_EMPLOYEES,
    LOAD_COST_CENTERS,
    LOAD_FX,
    LOAD_BUDGET,
    LOAD_TARGETS,
    LOAD_WEEKLY,
    LOAD_LEDGER,
    LOAD_CUSTOMERS,
    LOAD_PRICES,
    LOAD_INVENTORY,
    LOAD_HEADCOUNT,
    LOAD_USERS,
    LOAD_ACTUALS,
)

EXPORT_SALES = export_to(1, "Sales - Revenue.csv", export_table("Sales", 12_000), 9.0)
EXPORT_INVENTORY = export_to(2, "Inventory snapshot.csv", export_table("Inventory", 3_000), 6.0)
EXPORT_FORECAST = export_to(3, "Demand forecast.csv", ledger_dump(3, status=False), 6.0)
EXPORT_TARGETS = export_to(4, "Targets by region.csv", export_table("Targets", 400), 3.0)
EXPORT_ORDERS = export_to(5, "Open orders.xls", export_table("Orders", 900), 6.0, "application/vnd.ms-excel")
EXPORT_EMPTY = export_to(6, "Rejected orders.csv", Blob(b""), 2.0)
EXPORTS = (EXPORT_SALES, EXPORT_INVENTORY, EXPORT_FORECAST, EXPORT_TARGETS, EXPORT_ORDERS, EXPORT_EMPTY)

DELETE_PRODUCTS = other(1, "Delete from Products", "DELETE_BY_SELECTION", 0.3, (14, "Products", "Retired?"))
ORDER_REGIONS = other(2, "Order Regions", "ORDER_HIERARCHY", 2.0)
COPY_PLAN = other(3, "Copy forecast to plan", "BULK_COPY", 6.0)
MOVE_PERIOD = other(4, "Update current period", "UPDATE_CURRENT_PERIOD", 5.0)
PURGE_LINES = other(
    5, "Delete closed order lines", "BULK_DELETE_ENTITIES", 8.0, (8_412, "Order lines", "Closed?")
)
OPTIMIZE = other(6, "Optimize safety stock", "OPTIMIZER", 20.0)
RECALCULATE = other(7, "Recalculate all years", "BULK_COPY", 280.0)
ACTIONS = (DELETE_PRODUCTS, ORDER_REGIONS, COPY_PLAN, MOVE_PERIOD, PURGE_LINES, OPTIMIZE, RECALCULATE)
