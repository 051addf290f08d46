"""Scripts in the shapes that people have, and the steps they become."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.core.runbooks import reading, steps
from anaplan_tui.core.runbooks.connect import Conversion, convert

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = sorted(SAMPLES.glob("*.expected.json"))


def expected_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def cases() -> list[Any]:
    """Return each sample as it is called, and once for each of its branches."""
    found = []
    for path in EXPECTED:
        expected = expected_of(path)
        branches = [step["branch"] for step in expected["steps"] if "branch" in step]
        plain = [step for step in expected["steps"] if "branch" not in step]
        found.append(pytest.param(expected, expected.get("arguments", []), plain, id=path.stem))
        for branch in branches:
            name = f"{path.stem} {' '.join(branch['args'])}"
            found.append(pytest.param(expected, branch["args"], branch["steps"], id=name))
    return found


def as_expected(step: steps.Step) -> dict[str, Any]:
    """Return a step in the terms of the expectation."""
    match step:
        case steps.Upload():
            return {"upload": {"file": step.upload, "from": step.source}}
        case steps.Download():
            return {"download": {"file": step.download, "to": step.to}}
        case steps.RunProcess() | steps.RunImport() | steps.RunAction() | steps.RunExport():
            run: dict[str, Any] = {"kind": step.kind.value, "name": step.target}
            if step.parameters:
                run["parameters"] = [{"dimension": d, "item": i} for d, i in step.parameters.items()]
            if step.locale:
                run["locale"] = step.locale
            if isinstance(step, steps.RunExport):
                run |= {"to": step.to} if step.to else {}
            elif step.dumps:
                run["dumps"] = step.dumps
            return {"run": run}
    raise AssertionError(step)


def wanted(step: dict[str, Any]) -> dict[str, Any]:
    """Return an expectation with the folder of a dump's file, and slashes."""
    step = json.loads(json.dumps(step))
    run = step.get("run", {})
    run.pop("doubtful", None)
    if run.pop("dumps_as", None) == "file":
        run["dumps"] = run["dumps"].replace("\\", "/").rpartition("/")[0]
    return step


def slashes(value: Any) -> Any:
    return json.loads(json.dumps(value).replace("\\\\", "/"))


@pytest.mark.parametrize(("expected", "arguments", "expected_steps"), cases())
def test_a_sample_comes_to_its_steps(
    expected: dict[str, Any], arguments: list[str], expected_steps: list[dict[str, Any]]
) -> None:
    found = convert(SAMPLES / expected["source"], arguments)
    made = [as_expected(step) for step in found.steps]
    if expected["source"] == "budget_and_jdbc.sh":
        # The query's rows: the upload that the import needs, its path still to be filled in.
        assert made.pop(0) == {"upload": {"file": "Actuals DB", "from": "{Actuals_DB_path}"}}
    assert slashes(made) == slashes([wanted(step) for step in expected_steps])
    assert found.whole == (expected["exit"] == 0)
    everything = told(found)
    for secret in expected["secrets"]:
        assert secret not in everything
    for missing in expected["untranslated"]:
        if not arguments or missing["text"] != "case":
            assert missing["text"] in everything
    for target in expected["targets"]:
        head = tomllib.loads(found.text)
        assert (head["workspace"], head["model"]) == (target["workspace"], target["model"])
    for key, value in expected["connection"].items():
        if key != "auth":
            assert value in everything
    if found.steps:
        assert reading.parse(found.text, "converted").step == found.steps


def told(found: Conversion) -> str:
    """Return all text that a conversion shows anywhere."""
    return "\n".join([found.text, *found.untranslated, *found.notes])


def test_every_sample_is_tried() -> None:
    assert len(EXPECTED) == 6
    assert {p.stem for p in SAMPLES.glob("*.*") if p.suffix in (".sh", ".bat")} >= {
        p.name.removesuffix(".expected.json") for p in EXPECTED
    }


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_the_profile_can_be_pasted(path: Path) -> None:
    from anaplan_tui.config.settings import Profile

    expected = expected_of(path)
    lines = convert(SAMPLES / expected["source"]).text.splitlines()
    pasted: list[str] = []
    for line in lines:
        text = line.removeprefix("# ")
        if text.startswith("[profiles.") or (pasted and " = " in text and line.startswith("# ")):
            pasted.append(text)
    [profile] = tomllib.loads("\n".join(pasted))["profiles"].values()
    method = {"keystore": "certificate"}.get(expected["connection"]["auth"], expected["connection"]["auth"])
    assert Profile.model_validate(profile).auth.method == method
