"""Unusual tenants: hostile, huge, empty, busy."""

from dataclasses import replace
from typing import Any

from anaplan_tui.demo.company import DEMAND_PLAN, company, model_of
from anaplan_tui.demo.company_objects import (
    ACTIONS,
    COPY_PLAN,
    EXPORTS,
    IMPORTS,
    LEDGER_CSV,
    LOAD_FX,
    LOAD_PRODUCTS,
    PRODUCTS_CSV,
    import_from,
)
from anaplan_tui.demo.company_processes import PROCESSES, process
from anaplan_tui.demo.content import Blob
from anaplan_tui.demo.model import Company, Json, Ongoing, Outcome, Process, Script
from anaplan_tui.demo.outcomes import Cells, Rows, detail, imported, loaded
from anaplan_tui.demo.rows import stamped_dump, table

HOSTILE_TEXTS = (
    "[/b] z",
    "[bold red]Load[/bold red] [hub] data",
    "[link=https://example.com]press me[/link] [@click=app.quit]here[/]",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]52;c;cm0gLXJmIC8=\x07",
    "\x9b2J\x9d0;c1 controls\x9c",
    "abc\u202efdp.exe\u202c \u2066isolated\u2069 \u200bzero\u200dwidth\ufeff",
    "two\nlines\r\nand\ta tab\x00null\x7f",
    "../../../../etc/passwd",
    "/absolute\\and\\back\\slashes",
    ".hidden",
    "CON",
    "  leading and trailing  ",
    "",
    " ",
    "$(touch /tmp/pwned) `id` ; | & > <",
    "-rf --dumps",
    "%s %d {0} {name} ${HOME}",
    "名前" * 40,
    "e\u0301" * 60,
    "👩‍👩‍👧‍👦 family 🇩🇪",
    "\ud7ff\ufffe odd code points \U0010ffff",
    "x" * 5_000,
)
"""Names that nobody should give: markup, escapes, control characters, paths, shell syntax, great lengths."""


def hostile() -> Company:
    """A company whose names, messages and shapes hurt a client that trusts them."""
    actions = [
        import_from(200 + n, text, PRODUCTS_CSV, _hostile_outcome(n, text), 0.5)
        for n, text in enumerate(HOSTILE_TEXTS)
    ]
    processes = [
        process(100 + n, text, action, COPY_PLAN, script=Script(names="actions"))
        for n, (text, action) in enumerate(zip(HOSTILE_TEXTS, actions, strict=True))
    ]
    processes += [
        process(150 + n, f"Odd answer {n}", LOAD_PRODUCTS, script=Script(twist=twist))
        for n, twist in enumerate((_wrong_types, _unknown_values, _nulls, _missing_keys, _odd_values, _deep))
    ]
    base = company(processes, (*actions, *IMPORTS, *EXPORTS, *ACTIONS))
    main = replace(base.models[0], odd_rows=_ODD_ROWS)
    strange = model_of(
        "F" * 32, HOSTILE_TEXTS[3], base.workspaces[0].id, state="HIBERNATING\x1b[5m", actions=(COPY_PLAN,)
    )
    workspaces = (*base.workspaces, replace(base.workspaces[1], id="0" * 32, name=HOSTILE_TEXTS[0]))
    return replace(base, models=(main, *base.models[1:], strange), workspaces=workspaces)


def _hostile_outcome(number: int, text: str) -> Outcome:
    rows = [("E", text, cell, "P-1", str(at), text) for at, cell in enumerate(HOSTILE_TEXTS, 2)]
    dump = Blob(table(("_Status_", "Product", text, "Code", "_Line_", "_Error_1_"), rows, b"\r\n"))
    message = detail("brandNewCode" + text[:20], text, ("key", text, text, None, "lone"), occurrences=number)
    return imported(text, Rows(1, failed=len(rows)), message, dump=dump, successful=number % 2 == 0)


_ODD_ROWS: dict[str, tuple[Any, ...]] = {
    "processes": (
        {"id": 118000000900, "name": "An id that is a number"},
        {"id": "118000000901", "name": None},
        {"id": "118000000902"},
        {"name": "No id"},
        {"id": "118000000903", "name": ["a", "list"], "code": {"x": 1}, "surprise": True},
        {"id": "118000000042/../../users/me", "name": "An id that is a path"},
    ),
    "imports": (
        {"id": "112000000900", "name": "Unknown type", "importType": "TELEPATHY"},
        {"id": "112000000901"},
    ),
    "exports": ({"id": "116000000900", "name": "Nothing else"},),
    "actions": ({"id": "117000000900", "name": "Unknown type", "actionType": 7},),
}


def _wrong_types(body: Json) -> Json:
    return {**body, "progress": "0.5", "creationTime": str(body["creationTime"]), "currentStep": 7}


def _unknown_values(body: Json) -> Json:
    state = body["taskState"] if "result" in body else "PONDERING"
    return {**body, "taskState": state, "newMember": {"a": [1, 2]}, "progress": 17.5}


def _nulls(body: Json) -> Json:
    kept = ("taskId", "taskState", "creationTime")
    return {key: value if key in kept else None for key, value in body.items()}


def _missing_keys(body: Json) -> Json:
    return {"taskId": body["taskId"], "taskState": body["taskState"]}


def _odd_values(body: Json) -> Json:
    if "result" in body:
        nested: list[Any] = [
            {"objectId": LOAD_PRODUCTS.id, "successful": True, "details": "not a list"},
            {
                "objectId": COPY_PLAN.id,
                "successful": None,
                "details": [{"type": None, "values": {"a": 1}}, None],
            },
            {
                "details": [
                    {"type": "hierarchyRowsProcessed", "values": ["failedCount", "many", "totalRowCount"]}
                ]
            },
            "text where an object should be",
        ]
        body["result"] = {**body["result"], "nestedResults": nested, "failureDumpAvailable": "yes"}
    return body


def _deep(body: Json) -> Json:
    if "result" in body:
        nested: Json = dict(body["result"])
        for _ in range(30):
            nested = {"objectId": LOAD_PRODUCTS.id, "successful": True, "nestedResults": [nested]}
        body["result"] = nested
    return body


def big(chunks: int = 100) -> Company:
    """One more process, whose import leaves a 1 GB dump; the dump of a past run can be fetched at once."""
    load = import_from(
        120,
        "Big dump",
        LEDGER_CSV,
        loaded(Cells("Amount", 1_000, failed=12_000_000), dump=stamped_dump(chunks)),
        6.0,
        "MODULE_DATA",
    )
    quarter = process(60, "Quarter load", load, COPY_PLAN, runs_at=(0.1,))
    return company((*PROCESSES, quarter), (*IMPORTS, load, *EXPORTS, *ACTIONS))


def busy() -> Company:
    """Another user's import has held the main model for a minute and will hold it for four more."""
    slow = replace(LOAD_FX, seconds=300.0)
    imports = [slow if action.id == LOAD_FX.id else action for action in IMPORTS]
    ongoing = Ongoing("import", DEMAND_PLAN, LOAD_FX.id, "jo.smith@example.com", ago=60.0)
    return replace(company(PROCESSES, (*imports, *EXPORTS, *ACTIONS)), ongoing=(ongoing,))


def empty() -> Company:
    """A tenant whose only model holds nothing to run."""
    base = company((), ())
    return replace(base, models=base.models[:1])


def nothing() -> Company:
    """A tenant without a workspace."""
    return replace(company(), models=(), workspaces=())


def many(count: int = 5_000) -> Company:
    """A model with thousands of processes."""
    areas = ("Sales", "Supply", "Workforce", "Finance", "Marketing", "Service", "Capex")
    extra: list[Process] = [
        process(1_000 + n, f"{areas[n % len(areas)]} load {n:04}", LOAD_PRODUCTS, COPY_PLAN)
        for n in range(count - len(PROCESSES))
    ]
    return company((*PROCESSES, *extra))
