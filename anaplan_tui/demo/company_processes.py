"""The demand plan's processes: examples of every known ending, and a daily routine around them.

Source: service.md §5, §7.
"""

from anaplan_tui.demo.company_objects import (
    COPY_PLAN,
    DELETE_PRODUCTS,
    EXPORT_EMPTY,
    EXPORT_FORECAST,
    EXPORT_INVENTORY,
    EXPORT_ORDERS,
    EXPORT_SALES,
    EXPORT_TARGETS,
    LOAD_ACTUALS,
    LOAD_BUDGET,
    LOAD_COST_CENTERS,
    LOAD_CUSTOMERS,
    LOAD_EMPLOYEES,
    LOAD_FX,
    LOAD_HEADCOUNT,
    LOAD_INVENTORY,
    LOAD_LEDGER,
    LOAD_PRICES,
    LOAD_PRODUCTS,
    LOAD_REGIONS,
    LOAD_SALES,
    LOAD_TARGETS,
    LOAD_USERS,
    LOAD_WEEKLY,
    MOVE_PERIOD,
    OPTIMIZE,
    ORDER_REGIONS,
    PURGE_LINES,
    RECALCULATE,
    VERSIONS,
)
from anaplan_tui.demo.model import Action, Outcome, Play, Process, Script
from anaplan_tui.demo.outcomes import Cells, Rows, detail, imported, loaded, refused
from anaplan_tui.demo.rows import list_dump

OTHER_USER = "ana.planner@example.com"


def process(
    number: int,
    name: str,
    *actions: Action,
    script: Script | None = None,
    plays: dict[Action, Outcome | Play] | None = None,
    runs_at: tuple[float, ...] = (),
    runs_by: str = "demo@example.com",
) -> Process:
    """Return a process; `plays` is keyed by action here, for readability."""
    return Process(
        f"1180000{number:05}",
        name,
        actions,
        script or Script(),
        {action.id: play for action, play in (plays or {}).items()},
        runs_at,
        runs_by,
    )


_CLEAN_PRODUCTS = imported("Products", Rows(95, created=2))
_CLEAN_LEDGER = loaded(Cells("Amount", 5_234))
_CLEAN_REGIONS = imported("Regions", Rows(120, created=4))
_CLEAN_INVENTORY = imported("Products", Rows(500))

SCRIPTED = (
    # the showpiece: ignored, rejected, failed, then an export and a deletion that succeed
    process(
        42,
        "Nightly load",
        LOAD_PRODUCTS,
        LOAD_SALES,
        LOAD_REGIONS,
        EXPORT_SALES,
        DELETE_PRODUCTS,
        runs_at=(3 + 10 / 60,),
    ),
    process(
        7,
        "Nightly hierarchy refresh",
        LOAD_PRODUCTS,
        LOAD_REGIONS,
        ORDER_REGIONS,
        script=Script(names="actions"),
        plays={LOAD_PRODUCTS: _CLEAN_PRODUCTS, LOAD_REGIONS: _CLEAN_REGIONS},
        runs_at=(2 + 55 / 60,),
    ),
    process(
        19,
        "Nightly exports to warehouse",
        EXPORT_SALES,
        EXPORT_INVENTORY,
        EXPORT_FORECAST,
        EXPORT_TARGETS,
        EXPORT_ORDERS,
        runs_at=(4.0,),
    ),
    process(44, "Nightly purge", PURGE_LINES, DELETE_PRODUCTS, script=Script(vague=True)),
    # ignored rows only: unsuccessful at the top, with no evidence there (service.md §5.4)
    process(1, "Employees refresh", LOAD_EMPLOYEES, script=Script(details=()), runs_at=(1.5,)),
    # dumps of two of four imports, and a top flag that denies them (service.md §5.7)
    process(
        8,
        "Weekly master data",
        LOAD_EMPLOYEES,
        LOAD_INVENTORY,
        LOAD_HEADCOUNT,
        LOAD_PRICES,
        script=Script(flag=False, details=()),
        plays={LOAD_PRICES: Outcome()},
        runs_at=(5.0,),
    ),
    # the failed process of service.md §5.7; it succeeds once weekly_targets.csv is uploaded
    process(
        9,
        "Weekly targets load",
        LOAD_WEEKLY,
        EXPORT_TARGETS,
        script=Script(after_failure="list", fail_with_cause=True),
        runs_at=(6.0,),
    ),
    # really reads its file: fails on one cell of the default copy, or on the uploaded one
    process(10, "Regional targets load", LOAD_TARGETS, EXPORT_TARGETS),
    process(11, "Store budget load", LOAD_BUDGET, ORDER_REGIONS, runs_at=(7.25,)),
    # successful: false at the top, everything below fine (service.md §5.4)
    process(
        12,
        "Price update",
        LOAD_PRICES,
        COPY_PLAN,
        script=Script(successful=False, flag=False, details=()),
        runs_at=(8.0,),
    ),
    # as recorded (service.md §5.7): successful: true and no dump at the top, but a dump below
    process(
        13,
        "Inventory sync",
        LOAD_INVENTORY,
        EXPORT_INVENTORY,
        script=Script(successful=True, flag=False, names="dumps", integer_progress=True),
        runs_at=(8.5,),
    ),
    # bare entries: neither name nor details
    process(
        14,
        "Plan rollover",
        COPY_PLAN,
        LOAD_FX,
        MOVE_PERIOD,
        plays={LOAD_FX: Outcome()},
        script=Script(vague=True),
    ),
    process(15, "Ledger load", LOAD_LEDGER, EXPORT_SALES, runs_at=(9.0,)),
    process(16, "Customer load", LOAD_CUSTOMERS, LOAD_LEDGER, plays={LOAD_LEDGER: _CLEAN_LEDGER}),
    process(
        17, "Safety stock optimization", LOAD_INVENTORY, OPTIMIZE, plays={LOAD_INVENTORY: _CLEAN_INVENTORY}
    ),
    # the cancel comes too late: CANCELLING, then COMPLETE
    process(18, "Month end close", MOVE_PERIOD, COPY_PLAN, PURGE_LINES, script=Script(on_cancel="completes")),
    # the cancelled task has a result
    process(
        20,
        "Quarter end close",
        LOAD_PRODUCTS,
        LOAD_SALES,
        LOAD_FX,
        script=Script(on_cancel="stops-with-result"),
    ),
    # another user cancels it
    process(
        21,
        "Forecast rebuild",
        LOAD_FX,
        COPY_PLAN,
        OPTIMIZE,
        script=Script(cancelled_by="Ana Planner", cancelled_after=7.0),
    ),
    # three ways for the actions after a failed one (service.md §5.6)
    process(
        22,
        "User provisioning",
        LOAD_USERS,
        ORDER_REGIONS,
        EXPORT_TARGETS,
        script=Script(after_failure="omit"),
    ),
    process(
        23,
        "Cost center reload",
        LOAD_COST_CENTERS,
        LOAD_EMPLOYEES,
        ORDER_REGIONS,
        plays={
            LOAD_COST_CENTERS: refused(
                "hierarchyImportFailed",
                hierarchyName="Cost Centers",
                message="The list is locked by another import",
            )
        },
        script=Script(after_failure="bare"),
        runs_at=(10.0,),
    ),
    process(
        24,
        "Actuals load",
        LOAD_ACTUALS,
        EXPORT_SALES,
        script=Script(prompts=(("Version", VERSIONS),)),
        runs_at=(0.5,),
    ),
    # claims a dump that does not exist
    process(
        25,
        "Promotion calendar load",
        LOAD_PRICES,
        plays={
            LOAD_PRICES: Outcome(
                details=(detail("moduleImportDateFormat", "Invalid date", occurrences=3),),
                flag=True,
                clean=False,
            )
        },
    ),
    # ends without a result
    process(26, "Archive snapshot", COPY_PLAN, script=Script(result=False)),
    # an export that wrote nothing
    process(27, "Rejected orders report", EXPORT_EMPTY, LOAD_FX),
    process(
        28,
        "Supplier load",
        LOAD_COST_CENTERS,
        plays={
            LOAD_COST_CENTERS: imported(
                "Suppliers",
                Rows(31, warnings=4),
                detail("hierarchyImportInvalidParent", "Invalid parent", occurrences=4),
                dump=list_dump("", failed=0, warned=4),
            )
        },
        runs_at=(14.0,),
        runs_by=OTHER_USER,
    ),
    # minutes, not seconds
    process(45, "Annual reload", LOAD_FX, RECALCULATE, EXPORT_FORECAST),
)

_ROUTINE = (
    (2, "Headcount snapshot", (LOAD_EMPLOYEES, COPY_PLAN), None),
    (3, "FX rates refresh", (LOAD_FX,), 0.25),
    (4, "Cost center refresh", (LOAD_COST_CENTERS, ORDER_REGIONS), 1.0),
    (5, "Daily sales flash", (EXPORT_SALES,), 6.5),
    (6, "Daily inventory flash", (EXPORT_INVENTORY,), 6.75),
    (29, "Weekly forecast export", (EXPORT_FORECAST,), 5.5),
    (30, "Weekly plan copy", (COPY_PLAN, ORDER_REGIONS), None),
    (31, "Open orders to finance", (EXPORT_ORDERS,), 7.0),
    (32, "Treasury sync", (LOAD_FX, COPY_PLAN), 11.0),
    (33, "Region order", (ORDER_REGIONS,), None),
    (34, "Period roll forward", (MOVE_PERIOD,), None),
    (35, "Clean closed orders", (PURGE_LINES,), 22.0),
    (36, "Clean products", (DELETE_PRODUCTS,), 22.5),
    (37, "Sales export to BI", (EXPORT_SALES,), 12.0),
    (38, "Inventory export to BI", (EXPORT_INVENTORY,), 12.25),
    (39, "Plan export to BI", (EXPORT_FORECAST, EXPORT_TARGETS), 12.5),
    (40, "Budget export to ERP", (EXPORT_TARGETS,), None),
    (41, "Regional dashboard refresh", (COPY_PLAN, EXPORT_TARGETS), 13.0),
    (43, "Weekend full reload", (LOAD_FX, LOAD_COST_CENTERS, COPY_PLAN, ORDER_REGIONS), None),
)

PROCESSES = tuple(
    sorted(
        (
            *SCRIPTED,
            *(
                process(
                    number,
                    name,
                    *actions,
                    runs_at=() if hour is None else (hour,),
                    runs_by=OTHER_USER if number % 3 == 0 else "demo@example.com",
                )
                for number, name, actions, hour in _ROUTINE
            ),
        ),
        key=lambda p: p.id,
    )
)
