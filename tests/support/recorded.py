"""The recorded results: the service's answers, and the right reading of each."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.api.schemas import Task
from anaplan_tui.core.run_document import Document, run_document
from anaplan_tui.core.runs.watching import observe
from anaplan_tui.core.snapshots import Action, Phase, RunSnapshot
from anaplan_tui.core.verdict.judge import kind_of

FOLDER = Path(__file__).parent / "results"
MODEL = ModelRef("8a81b09d5e8c6f27015ece3402487d33", "9C4E0B6A2D1F48F3A7B5C6D7E8F90A1B")


@dataclass(frozen=True)
class Recorded:
    """One file of the folder."""

    told: dict[str, Any]

    @property
    def expected(self) -> dict[str, Any]:
        found: dict[str, Any] = self.told["expected"]
        return found

    def run(self, **changes: Any) -> RunSnapshot:
        """Return the run after the poll that saw it end; ``changes`` apply to the task's result."""
        target, kind = self.told["target"], Kind(self.told["kind"])
        listed = self.told["plan"] or [target | {"actionType": kind.value.upper()}]
        plan = tuple(Action(a["id"], a["name"], kind_of(a["actionType"], a["id"])) for a in listed)
        task = {**self.told["task"], "result": {**self.told["task"]["result"], **changes}}
        before = RunSnapshot(
            "r", TargetRef(MODEL, kind, target["id"]), target["name"], phase=Phase.RUNNING, actions=plan
        )
        return observe(before, Task.of(task), {})

    @property
    def document(self) -> Document:
        return run_document(self.run())


def recorded(name: str) -> Recorded:
    """Return the file whose name begins with ``name``."""
    (path,) = FOLDER.glob(f"{name}*.json")
    return Recorded(json.loads(path.read_text(encoding="utf-8")))


NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def check(document: Document, expected: dict[str, Any]) -> None:
    """Check everything that is expected of a run's document."""
    assert document["verdict"] == expected["verdict"]
    for words in expected.get("reason_mentions", ()):
        assert words in document["reason"]
    for words in expected.get("reason_not", ()):
        assert words not in json.dumps(document["actions"]) + document["reason"]
    if "duration_s" in expected:
        assert document["duration_s"] in expected["duration_s"]
        assert document["started_at"] is not None
    if "dump" in expected:
        assert any(action["dump"]["available"] for action in document["actions"]) is expected["dump"]
    assert [action["id"] for action in document["actions"]] == [a["id"] for a in expected["actions"]]
    for action, right in zip(document["actions"], expected["actions"], strict=True):
        verdicts = right["verdict"] if isinstance(right["verdict"], list) else [right["verdict"]]
        assert action["verdict"] in verdicts
        assert action["name"] == right["name"]
        assert {key: action["counts"][key] for key in right["counts"]} == right["counts"]
        # A unit follows a number and stands for nothing else.
        told = any(number is not None for key, number in action["counts"].items() if key != "unit")
        assert action["counts"]["unit"] == ("rows" if told else None)
