"""The company behind the demo tenant: its users, workspaces and models."""

from collections.abc import Iterable

from anaplan_tui.demo.company_objects import (
    ACTIONS,
    COPY_PLAN,
    DELETE_PRODUCTS,
    EXPORT_INVENTORY,
    EXPORTS,
    FILES,
    IMPORTS,
    LOAD_CUSTOMERS,
    LOAD_FX,
    ORDER_REGIONS,
    PURGE_LINES,
    TREASURY_MODEL,
)
from anaplan_tui.demo.company_processes import OTHER_USER, PROCESSES, process
from anaplan_tui.demo.model import Action, Company, Model, Process, Routine, User, Workspace

CUSTOMER = "4c1f0b7a2d8e4f5396a1c0de51b7e942"
SUPPLY_CHAIN = "8a81b09d5e8c6f27015ece3402487d33"
FINANCE = "8a81b01068d4b6820169da807d121dc9"
DEMAND_PLAN = "3F2A9C41D0B84E6F8A57C21E94B3D60A"
NO_ACCESS = "B0C4D2E19A7F4D0E8C35A1F6279D4E83"

_ROBIN = "5d3a6f0e91b74c28a4e07fb2c1d8e963"
_ANA = "0f9e8d7c6b5a49382716051423324150"

USERS = (
    User("demo@example.com", "demo", "Robin", "Operator", _ROBIN, "workspace-admin"),
    User(OTHER_USER, "demo", "Ana", "Planner", _ANA, "tenant-admin"),
    User("jo.smith@example.com", "demo", "Jo", "Smith", "71c2d3e4f5a6478899aabbccddeeff00"),
)

WORKSPACES = (
    Workspace(SUPPLY_CHAIN, "Supply Chain", 40_000_000_000, 27_411_934_208),
    Workspace(FINANCE, "Finance", 20_000_000_000, 6_212_450_304),
)


_ROUTINES = (
    Routine("import", DEMAND_PLAN, LOAD_FX.id, "jo.smith@example.com", (2.5, 15.0)),
    Routine("import", DEMAND_PLAN, LOAD_CUSTOMERS.id, "demo@example.com", (3.5,)),
    Routine("export", DEMAND_PLAN, EXPORT_INVENTORY.id, "demo@example.com", (5.25,)),
    Routine("action", DEMAND_PLAN, PURGE_LINES.id, OTHER_USER, (21.0,)),
)


def model_of(
    model_id: str,
    name: str,
    workspace: str,
    *,
    processes: Iterable[Process] = (),
    actions: Iterable[Action] = (),
    state: str = "UNLOCKED",
    refuses: int | None = None,
    access: bool = True,
) -> Model:
    """Return a model with its objects sorted into their collections."""
    objects = list(actions)
    return Model(
        model_id,
        name,
        workspace,
        state,
        refuses,
        access,
        processes={p.id: p for p in processes},
        imports={a.id: a for a in objects if a.kind == "import"},
        exports={a.id: a for a in objects if a.kind == "export"},
        actions={a.id: a for a in objects if a.kind == "action"},
        files={f.id: f for f in FILES if any(a.source == f.id for a in objects)},
    )


_SMALL = (COPY_PLAN, ORDER_REGIONS, DELETE_PRODUCTS)

_OTHER_MODELS = (
    model_of(
        "91D7E0A25C384B1F9B62F4C8037AE5D1",
        "Demand plan DEV",
        SUPPLY_CHAIN,
        processes=(process(1, "Plan copy", COPY_PLAN), process(2, "Region order", ORDER_REGIONS)),
        actions=_SMALL,
    ),
    model_of(
        "C6B1A0F9E8D74C5A93B2817065F4E3D2", "Demand plan 2023", SUPPLY_CHAIN, state="ARCHIVED", refuses=422
    ),
    model_of("2E4D6C8BA0F14E3D8C7B6A5948372615", "Inventory hub", SUPPLY_CHAIN, state="LOCKED", refuses=423),
    model_of("7D1C5B3A9F8E4D7C6B5A493827160F5E", "Spoke APAC", SUPPLY_CHAIN, state="PRODUCTION", refuses=425),
    model_of(TREASURY_MODEL, "Treasury", FINANCE, state="MAINTENANCE", refuses=424),
    model_of(
        NO_ACCESS,
        "Compensation",
        FINANCE,
        processes=(process(1, "Bonus run", COPY_PLAN),),
        actions=_SMALL,
        access=False,
    ),
    model_of(
        "E8F7A6B5C4D34E2F91A0B9C8D7E6F504",
        "Cash forecast",
        FINANCE,
        processes=(process(1, "Forecast copy", COPY_PLAN),),
        actions=_SMALL,
    ),
)


def company(
    processes: Iterable[Process] = PROCESSES, actions: Iterable[Action] = (*IMPORTS, *EXPORTS, *ACTIONS)
) -> Company:
    """Return the tenant's data, optionally with other processes and actions in the main model."""
    main = model_of(
        DEMAND_PLAN, "Demand plan", SUPPLY_CHAIN, processes=processes, actions=actions, state="PRODUCTION"
    )
    routines = tuple(routine for routine in _ROUTINES if main.action(routine.target))
    return Company(CUSTOMER, USERS, WORKSPACES, (main, *_OTHER_MODELS), routines)
