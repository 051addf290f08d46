"""The night's runs: started by others while nobody watched (service.md §5.1, §7.4).

Times are relative to the first start of the tenant, so the night is over at whatever hour that is.
"""

from dataclasses import replace

from anaplan_tui.demo.company import DEMAND_PLAN, USERS, company
from anaplan_tui.demo.company_objects import (
    ACTIONS,
    EXPORT_TARGETS,
    EXPORTS,
    IMPORTS,
    TARGETS_CSV,
    import_from,
)
from anaplan_tui.demo.company_processes import PROCESSES, process
from anaplan_tui.demo.content import Blob
from anaplan_tui.demo.model import Company, Ongoing, Process, User
from anaplan_tui.demo.outcomes import Cells, detail, loaded
from anaplan_tui.demo.rows import CRLF, table
from anaplan_tui.demo.scripts import PICKUP

SCHEDULER = User("scheduler@example.com", "demo", "Night", "Scheduler", "9a8b7c6d5e4f30212233445566778899")

MINUTE = 60.0
BETWEEN = 22 * MINUTE
"""Seconds between two runs of the night; less than the hour after which an idle model forgets them."""
IDLE = 60 * MINUTE
LOADING = 20.0

_REJECTED = (
    ("Uberlingen", "Jan 26", "400", "4", "Item not located in Region list"),
    ("North", "Nay 26", "950", "17", "Item not located in calendar for period type Month"),
)
_LOAD = import_from(
    130,
    "Store targets from targets.csv",
    TARGETS_CSV,
    loaded(
        Cells("Target", 18, failed=2),
        errors=(
            detail("moduleImportInvalidListIdentifier", _REJECTED[0][-1], ("Region", "Uberlingen"), 1),
            detail("moduleImportInvalidTimeEntityIdentifier", _REJECTED[1][-1], ("Time", "Nay 26"), 1),
        ),
        dump=Blob(table((*TARGETS_CSV.columns, "_Line_", "_Error_1_"), _REJECTED, CRLF)),
        successful=False,
    ),
    6.0,
    "MODULE_DATA",
)
STORE_TARGETS = process(61, "Store targets load", _LOAD, EXPORT_TARGETS)
"""Fails because of two rows."""

_WITH_WARNINGS = {4: "Employees refresh", 13: "Supplier load", 21: "Inventory sync"}
_CLEAN = (
    "FX rates refresh",
    "Cost center refresh",
    "Daily sales flash",
    "Nightly exports to warehouse",
    "Treasury sync",
    "Sales export to BI",
    "Clean closed orders",
    "Nightly hierarchy refresh",
)
_FAILS_AT = 9
_RUNS = 26


def night() -> Company:
    """26 runs that others started: one failed on two rows, three have warnings; one more is running now."""
    running = Ongoing("process", DEMAND_PLAN, _named("Annual reload").id, SCHEDULER.email, ago=MINUTE)
    return _company((*_night(since_the_last=10 * MINUTE), running))


def asleep() -> Company:
    """The same night, but the model has been idle for two hours: it is closed and has forgotten its tasks."""
    return _company(_night(since_the_last=2 * IDLE))


def with_past(base: Company, count: int) -> Company:
    """Return a company in whose main model others started `count` runs back to back, up to now.

    The model's own timetables are left out. About 10,000 short runs fit into a day.
    """
    main = base.models[0]
    short = [p for p in main.processes.values() if _longest(p) < 10.0 and not p.script.prompts]
    runs, ago = [], 10 * MINUTE
    for number in range(count):
        chosen = short[number % len(short)]
        ago += _longest(chosen)
        runs.append(Ongoing("process", main.id, chosen.id, SCHEDULER.email, ago))
    return _without_timetables(replace(base, ongoing=tuple(reversed(runs)), users=(*base.users, SCHEDULER)))


def _longest(found: Process) -> float:
    """The longest a run can take, in seconds; the next one waits that long."""
    return PICKUP + 1.15 * sum(action.seconds for action in found.actions)


def _company(runs: tuple[Ongoing, ...]) -> Company:
    base = company((*PROCESSES, STORE_TARGETS), (*IMPORTS, _LOAD, *EXPORTS, *ACTIONS))
    ours = replace(base, users=(*USERS, SCHEDULER), ongoing=runs, idle_after=IDLE, load_seconds=LOADING)
    return _without_timetables(ours)


def _without_timetables(base: Company) -> Company:
    main = base.models[0]
    quiet = {p.id: replace(p, runs_at=()) for p in main.processes.values()}
    return replace(base, models=(replace(main, processes=quiet), *base.models[1:]), routines=())


def _night(since_the_last: float) -> tuple[Ongoing, ...]:
    runs = []
    for number in range(_RUNS):
        name = _WITH_WARNINGS.get(number, _CLEAN[number % len(_CLEAN)])
        chosen = STORE_TARGETS if number == _FAILS_AT else _named(name)
        who = USERS[1] if number % 5 == 2 else SCHEDULER
        ago = since_the_last + (_RUNS - number - 1) * BETWEEN + MINUTE
        runs.append(Ongoing("process", DEMAND_PLAN, chosen.id, who.email, ago))
    return tuple(runs)


def _named(name: str) -> Process:
    return next(p for p in PROCESSES if p.name == name)
