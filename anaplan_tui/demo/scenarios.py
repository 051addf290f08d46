"""Scenarios: ready-made tenants by name, and tenants described in a TOML file."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from anaplan_tui.demo.company import company
from anaplan_tui.demo.company_dumps import odd_dumps
from anaplan_tui.demo.company_night import asleep, night, with_past
from anaplan_tui.demo.company_odd import big, busy, empty, hostile, many, nothing
from anaplan_tui.demo.company_results import results
from anaplan_tui.demo.faults import Fault, fault_from
from anaplan_tui.demo.habits import Habits
from anaplan_tui.demo.model import Company
from anaplan_tui.demo.tables import BadTable


class BadScenario(ValueError):
    """An unknown or invalid scenario; the text says what is allowed."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A tenant at its start, and how it behaves on the wire."""

    shows: str
    make: Callable[[], Company] = company
    speed: float = 1.0
    latency: float = 0.0
    faults: tuple[Fault, ...] = ()
    per_minute: int | None = None
    habits: Mapping[str, Any] = field(default_factory=dict)
    past: int = 0
    """Number of past runs by others, in place of the company's own timetables; 0: the timetables."""

    @property
    def company(self) -> Company:
        """Return the tenant's data."""
        return with_past(self.make(), self.past) if self.past else self.make()


_FLAKY = (
    Fault("GET */2/0/*", "status", nth=3, count=None, every=11, status=503),
    Fault("GET */2/0/*", "status", nth=5, count=None, every=17, status=429, retry_after=1),
    Fault("GET */2/0/*", "reset", nth=8, count=None, every=19),
    Fault("GET */chunks/*", "cut", nth=2, count=None, every=5),
    Fault("GET */2/0/*", "html", nth=10, count=None, every=23, status=502),
)

_SCENARIOS: dict[str, Scenario] = {
    "company": Scenario("two workspaces, eight models, 45 processes that end in every way"),
    "slow": Scenario("150 ms before every answer", latency=0.15),
    "flaky": Scenario("503, 429, 502, resets and cut bodies, for GETs only", faults=_FLAKY),
    "lost-start": Scenario(
        "the answer to the first start is lost, though the run exists",
        faults=(Fault("POST */tasks", "lost"),),
    ),
    "dead-start": Scenario(
        "the first start is answered with 502 before anything began",
        faults=(Fault("POST */tasks", "html", status=502),),
    ),
    "expiring": Scenario(
        "the token dies at every tenth request",
        faults=(Fault("* */2/0/*", "expire", nth=10, count=None, every=10),),
    ),
    "big": Scenario("a process, Quarter load, with a dump of 1 GB in 100 chunks", make=big),
    "dumps": Scenario("a process for each shape of dump: tabs, latin-1, empty, binary …", make=odd_dumps),
    "results": Scenario("a process for each code that results can hold, and recorded results", make=results),
    "limited": Scenario("600 requests a minute and no more, as the real service allows", per_minute=600),
    "busy": Scenario("somebody else's import holds the main model for minutes", make=busy),
    "empty": Scenario("a model without anything in it", make=empty),
    "nothing": Scenario("a user who sees no workspace", make=nothing),
    "hostile": Scenario("names, messages and shapes that attack a terminal or a parser", make=hostile),
    "many": Scenario("a model with 5,000 processes", make=many),
    "night": Scenario(
        "26 runs that others started last night: one failed by two rows, one more runs now",
        make=night,
        habits={"task_order": "none"},
    ),
    "asleep": Scenario(
        "the same night, but the model was idle for two hours: closed, and every task forgotten", make=asleep
    ),
    "long": Scenario(
        "5,000 processes and 10,000 runs of the last day",
        make=many,
        past=10_000,
        habits={"task_order": "none"},
    ),
    "gateway": Scenario(
        "a captive portal: every answer is an HTML page with 200",
        faults=(Fault("* *", "html", count=None, status=200),),
    ),
}


def scenarios() -> dict[str, str]:
    """Return each scenario's name and description."""
    return {name: scenario.shows for name, scenario in _SCENARIOS.items()}


def load(name_or_file: str) -> Scenario:
    """Return a scenario by name, or from a TOML file. Raises BadScenario."""
    if name_or_file in _SCENARIOS:
        return _SCENARIOS[name_or_file]
    path = Path(name_or_file)
    if path.suffix != ".toml" and not path.is_file():
        raise BadScenario(
            f"unknown scenario {name_or_file!r}; there are {', '.join(_SCENARIOS)}, or a .toml file"
        )
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
        return _from_table(data)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, BadTable) as error:
        raise BadScenario(f"{path}: {error}") from error


_KEYS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "speed": ((int, float), "a number"),
    "latency": ((int, float), "a number"),
    "per_minute": ((int, float), "a number"),
    "past": (int, "a whole number"),
    "shows": (str, "text"),
}


def _from_table(data: dict[str, Any]) -> Scenario:
    base = load(str(data.pop("base", "company")))
    faults, habits = data.pop("faults", []), data.pop("habits", {})
    Habits().set(habits)
    for key, value in data.items():
        if key not in _KEYS:
            raise BadScenario(f"unknown key {key!r}; there are base, {', '.join(_KEYS)}, faults, habits")
        kind, said = _KEYS[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise BadScenario(f"{key} must be {said}, not {value!r}")
    return replace(
        base, faults=(*base.faults, *map(fault_from, faults)), habits={**base.habits, **habits}, **data
    )
