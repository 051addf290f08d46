"""The runbook format: what is read, what is refused and how, and what is written."""

import re
import tomllib
from datetime import datetime
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from anaplan_tui.core.runbooks import placeholders, reading, steps, writing
from anaplan_tui.core.runbooks.schema import json_schema

EXAMPLES = sorted((Path(__file__).parents[3] / "docs" / "runbooks").glob("*.toml"))
NOW = datetime(2027, 1, 31, 23, 59, 58)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_runbooks(path: Path) -> None:
    runbook = reading.read(path)
    values = dict.fromkeys(reading.needs(runbook), "x")
    filled = reading.fill(runbook, values, NOW, path)
    assert len(filled.step) == len(runbook.step)


def test_the_examples_show_every_key() -> None:
    shown = {
        key
        for path in EXAMPLES
        for step in reading.read(path).step
        for key in step.model_dump(by_alias=True, exclude_unset=True)
    }
    assert shown | {"workspace"} == {key for kind in steps.KINDS for key in steps.keys_of(kind)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = 3\n[[step]]\nwait = 'idle'", "r.toml, line 1: name has the wrong type.\nAllowed: a text"),
        ("name = 'x'", "r.toml, line 1 has no steps.\nIt needs [[step]]"),
        ("a = ", "r.toml, line 1 is not valid TOML.|r.toml is not valid TOML."),
        ("x = 1\ny = [", "r.toml"),
        ("[[step]]\nfrom = 'x'", "line 1: step 1 does not say what to do.\nGive it one of upload, run,"),
        ("[[step]]\nupload = 'x'", "line 1: step 1, from is missing."),
        ("[[step]]\nwait = 'idle'\n\n[[step]]\nrun = 'x'\nto = 'y'", "line 6: step 2, to is not a key.\n"),
        (
            "[[step]]\nexport = 'x'\noverwrit = true",
            "line 3: step 1, overwrit is not a key.\nDid you mean overwrite?",
        ),
        ("[[step]]\nexport = 'x'\nrun = 'y'", 'line 3: step 1, run stands beside "export"'),
        ("[[step]]\nwait = 'free'", "line 2: step 1, wait is none of the allowed words.\nAllowed: idle."),
        (
            "[[step]]\nrun = 'x'\naccept = 'failed'",
            "line 3: step 1, accept is none of the allowed words.\nAllowed: completed, warnings.",
        ),
        ("[[step]]\nrun = 'a{b'", "line 2: step 1, run is not allowed.\nIt must write a plain brace twice"),
        ("[[step]]\nrun = '{date:%Q}'", "line 2: step 1, run is not allowed.\nIt must give date a format"),
        ("[[step]]\nrun = '{a b}'", "line 2: step 1, run is not allowed.\nIt must have placeholders such as"),
        ("[[step]]\nrun = ''", "line 2: step 1, run is empty."),
        ("[[step]]\nrun = 'x'\n[step.parameters]\nA = 3", "line 4: step 1, parameters.A has the wrong type."),
        (
            "[[step]]\nrun = 'x'\nparameters.A = { B = 3 }",
            "line 3: step 1, parameters.A.B has the wrong type.",
        ),
        (
            "[[step]]\nimport = 'x'\nparameters.A = { B = '3' }",
            "line 3: step 1, parameters.A has the wrong type.",
        ),
        (
            "[[step]]\nexport = 'x'\noverwrite = 'yes'",
            "line 3: step 1, overwrite has the wrong type.\nAllowed: true or false.",
        ),
        ("locale = 'x'\n[[step]]\nwait = 'idle'", "line 1: locale is not allowed.\nIt must be a locale"),
        ("[[step]]\nrun = '''\nx'''\n[[step]]\nrun = 3", "line 5: step 2, run has the wrong type."),
        ("step = 3", "line 1: step has the wrong type.|line 1 has no steps"),
        ('[[step]]\nrun = "a\\u001bb"', "line 2: step 1, run is not allowed.\nIt must be one line"),
    ],
)
def test_errors_name_line_step_and_what_is_allowed(text: str, says: str) -> None:
    with pytest.raises(reading.RunbookError) as raised:
        reading.parse(text, "r.toml")
    assert any(one in str(raised.value) for one in says.split("|")), str(raised.value)
    assert "\x1b" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(reading.RunbookError, match=r"none\.toml cannot be read"):
        reading.read(tmp_path / "none.toml")


def test_placeholders_are_filled_once() -> None:
    assert (
        placeholders.fill("a_{date:%Y%m%d}_{time}_{X}{{x}}", {"X": "{Y}"}, NOW) == "a_20270131_235958_{Y}{x}"
    )
    assert placeholders.names("{X}{date}{Y}{{Z}}") == ["X", "Y"]


@given(st.text(max_size=30))
def test_escaped_text_is_itself(text: str) -> None:
    assert placeholders.fill(placeholders.escape(text), {}, NOW) == text


def test_a_value_that_is_missing_or_too_many_is_an_error() -> None:
    runbook = reading.parse("[[step]]\nrun = '{A}'\nparameters.B = { C = '{D}' }", "r.toml")
    assert list(reading.needs(runbook)) == ["A", "D"]
    with pytest.raises(reading.RunbookError, match=r'step 1, parameters\.B\.C needs a value for "D"'):
        reading.fill(runbook, {"A": "x"}, NOW, "r.toml")
    with pytest.raises(reading.RunbookError, match='has no placeholder "E"'):
        reading.fill(runbook, {"A": "x", "D": "y", "E": "z"}, NOW, "r.toml")
    with pytest.raises(reading.RunbookError, match="step 1, run is empty"):
        reading.fill(runbook, {"A": "", "D": "y"}, NOW, "r.toml")
    filled = reading.fill(runbook, {"A": "{x}", "D": "y"}, NOW, "r.toml")
    assert placeholders.fill(filled.step[0].target, {}, NOW) == "{x}"


_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).map(
    placeholders.escape
)


@given(st.lists(st.tuples(_TEXTS, _TEXTS, _TEXTS), min_size=1, max_size=4))
def test_what_is_written_is_read_again(texts: list[tuple[str, str, str]]) -> None:
    made: list[steps.Step] = []
    for a, b, c in texts:
        made.append(steps.Upload.model_validate({"upload": a, "from": b}))
        made.append(steps.RunProcess.model_validate({"run": a, "parameters": {b: {c: a}}, "dumps": c}))
        made.append(steps.RunExport.model_validate({"export": c, "to": b, "overwrite": True}))
    text = writing.runbook({"name": "x"}, [(["a comment\nof two lines"], step) for step in made], ["top"])
    assert list(reading.parse(text, "r.toml").step) == made
    assert text.isascii() or all(c.isprintable() or c == "\n" for c in text)


def test_the_schema_knows_every_step_and_key() -> None:
    schema = json_schema()
    variants = schema["properties"]["step"]["items"]["oneOf"]
    known = {
        key
        for variant in variants
        for key in schema["$defs"][variant["$ref"].rpartition("/")[2]]["properties"]
    }
    assert known == {key for kind in steps.KINDS for key in steps.keys_of(kind)}
    assert schema["additionalProperties"] is False


def test_a_placeholder_is_wanted_once_with_all_of_its_places() -> None:
    text = (
        'model = "{M}"\n[[step]]\nname = "{M}"\nrun = "{P}"\n[step.parameters]\nVersion = "{P} {P}"\n'
        '"An import" = { Time = "{M}" }\n'
    )
    assert reading.needs(reading.parse(text, "x")) == {
        "M": ["model", "step 1, parameters.An import.Time"],
        "P": ["step 1, run", "step 1, parameters.Version"],
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('rnu = "x"', "Did you mean run?"),
        ('Run = "x"', "Did you mean run?"),
        ('name = "runs"', "does not say what to do.\nGive it"),
        ('upload = "f"\nform = "x"', "line 3: step 1, form is not a key.\nDid you mean from?"),
        ('upload = "f"', "line 1: step 1, from is missing"),
        ('run = "a"\nrun = "b"', "line 3 is not valid TOML.\nA key stands twice"),
        ('upload = "f"\nfrom = "C:\\data"', "line 3 is not valid TOML.\nIn double quotes a backslash"),
        ('run = "a', "line 2 is not valid TOML.\nA text ends on its own line"),
        ("run = a", "texts need quotes"),
        ("run = [1", "A list ends with ]"),
        ('run = "a"\n[step]', "in double brackets"),
    ],
)
def test_a_slip_is_told_with_what_was_meant(text: str, said: str) -> None:
    with pytest.raises(reading.RunbookError, match=re.escape(said)):
        reading.parse(f"[[step]]\n{text}\n", "r.toml")


VALIDATOR = jsonschema.Draft202012Validator(json_schema())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_as_the_schema_has_it(path: Path) -> None:
    VALIDATOR.validate(tomllib.loads(path.read_text()))


@pytest.mark.parametrize(
    "step",
    [
        {"run": "x", "import": "y"},
        {"upload": "x"},
        {"run": "x_{no name}"},
        {"run": "x{"},
        {"run": "a\nb"},
        {"wait": "10m"},
        {"import": "x", "parameters": {"A": {"B": "c"}}},
        {"run": "x", "accept": "failed"},
    ],
)
def test_an_editor_sees_what_the_reader_refuses(step: dict[str, object]) -> None:
    assert not VALIDATOR.is_valid({"step": [step]})
    with pytest.raises(ValidationError):
        steps.Runbook.model_validate({"step": [step]})


@given(_TEXTS)
def test_an_editor_takes_what_the_reader_takes(text: str) -> None:
    VALIDATOR.validate({"step": [{"run": text, "parameters": {"A": text, "B": {"C": "{date:%d}{D}"}}}]})


def test_an_editor_has_words_for_every_key() -> None:
    for variant in json_schema()["$defs"].values():
        assert variant["description"]
        for key, value in variant["properties"].items():
            assert value.get("description") or key == "wait", key
