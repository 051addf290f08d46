"""Ready-made tenants by name, and those described in a file."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from anaplan_tui.demo.company import company
from anaplan_tui.demo.faults import BadFault, Fault, fault_from
from anaplan_tui.demo.model import Company


class BadScenario(ValueError):
    """A scenario that does not exist or does not make sense; the text says what is allowed."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A tenant at its start, and how it behaves on the wire."""

    shows: str
    make: Callable[[], Company] = company
    speed: float = 1.0
    latency: float = 0.0
    faults: tuple[Fault, ...] = ()

    @property
    def company(self) -> Company:
        """The data."""
        return self.make()


_SCENARIOS: dict[str, Scenario] = {
    "company": Scenario("two workspaces, seven models, some 40 processes that end in every way"),
    "slow": Scenario("150 ms before every answer", latency=0.15),
    "lost-start": Scenario(
        "the answer to the first start is lost, though the run exists",
        faults=(Fault("POST */tasks", "lost"),),
    ),
}


def scenarios() -> dict[str, str]:
    """The names, with what each shows."""
    return {name: scenario.shows for name, scenario in _SCENARIOS.items()}


def load(name_or_file: str) -> Scenario:
    """A scenario by name, or from a TOML file. Raises BadScenario."""
    if name_or_file in _SCENARIOS:
        return _SCENARIOS[name_or_file]
    path = Path(name_or_file)
    if path.suffix != ".toml" and not path.is_file():
        raise BadScenario(
            f"unknown scenario {name_or_file!r}; there are {', '.join(_SCENARIOS)}, or a .toml file"
        )
    try:
        data = tomllib.loads(path.read_text())
        return _from_table(data)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, BadFault) as error:
        raise BadScenario(f"{path}: {error}") from error


def _from_table(data: dict[str, Any]) -> Scenario:
    base = load(str(data.pop("base", "company")))
    faults = data.pop("faults", [])
    for key, value in data.items():
        if key not in ("speed", "latency", "shows"):
            raise BadScenario(f"unknown key {key!r}; there are base, speed, latency, shows and faults")
        if not isinstance(value, str if key == "shows" else (int, float)):
            raise BadScenario(f"{key} must be {'text' if key == 'shows' else 'a number'}, not {value!r}")
    return replace(base, faults=(*base.faults, *map(fault_from, faults)), **data)
