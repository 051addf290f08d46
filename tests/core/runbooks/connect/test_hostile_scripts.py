"""Any script content: no crash, nothing run, no secret shown."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anaplan_tui.core.runbooks import reading
from anaplan_tui.core.runbooks.connect import Conversion, NoScript, convert
from tests.core.runbooks.connect.test_samples import EXPECTED, SAMPLES, expected_of, told

MUTANTS_OF_EACH = 200
WORDS = [
    "-user",
    "-file",
    "-put",
    "-import",
    "-execute",
    '"',
    "'",
    "$",
    "%",
    "`",
    "$(",
    "${",
    "(",
    ")",
    "|",
    "&",
    ";",
]
WORDS += [
    "\n",
    "\\",
    "^",
    "if ",
    "fi",
    "for ",
    "do ",
    "done",
    "case ",
    "esac",
    "call ",
    "goto x",
    ":x",
    "<<E",
    "exit",
    "{",
    "}",
]


def attempt(path: Path, *arguments: str) -> Conversion | None:
    """Return the conversion; its steps, if any, form a valid runbook."""
    try:
        found = convert(path, arguments)
    except NoScript:
        return None
    if found.steps:
        assert reading.parse(found.text, "converted").step == found.steps
    return found


def mutated(text: str, chance: random.Random) -> str:
    """Return a text with one to four typing errors."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text)) if text else 0
        match chance.randrange(8):
            case 0:
                text = text[:at] + text[at + 1 :]
            case 1:
                text = text[:at] + chr(chance.randrange(1, 256)) + text[at + 1 :]
            case 2:
                text = text[:at] + chance.choice(WORDS) + text[at:]
            case 3:
                text = text[:at] + text[at + chance.randrange(1, 40) :]
            case 4:
                lines = text.split("\n")
                chance.shuffle(lines)
                text = "\n".join(lines)
            case 5:
                words = text.split(" ")
                del words[chance.randrange(len(words))]
                text = " ".join(words)
            case 6:
                words = text.split(" ")
                a, b = chance.randrange(len(words)), chance.randrange(len(words))
                words[a], words[b] = words[b], words[a]
                text = " ".join(words)
            case _:
                text = text[:at] + text[at:] + text[max(at - 60, 0) : at]
    return text


@pytest.mark.parametrize("sample", EXPECTED, ids=lambda path: path.stem)
def test_no_slip_in_a_script_shows_its_secrets(sample: Path, tmp_path: Path) -> None:
    expected = expected_of(sample)
    place = tmp_path / "scripts"
    shutil.copytree(SAMPLES, place)
    files = [expected["source"], *expected["reads"]]
    chance = random.Random(sample.stem)
    converted = 0
    for number in range(MUTANTS_OF_EACH):
        name = chance.choice(files)
        original = (SAMPLES / name).read_text(encoding="utf-8")
        (place / name).write_text(mutated(original, chance), encoding="utf-8")
        found = attempt(place / expected["source"], *(["load"] if number % 2 else []))
        (place / name).write_text(original, encoding="utf-8")
        if found is None:
            continue
        converted += 1
        for secret in expected["secrets"]:
            assert secret not in told(found), f"mutant {number}"
    assert converted > MUTANTS_OF_EACH / 2


@pytest.mark.parametrize("suffix", [".sh", ".bat", ""])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_bytes_at_random_are_no_script(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"garbage{suffix}"
    path.write_bytes(content)
    found = attempt(path)
    assert found is None or not found.steps


@pytest.mark.parametrize("suffix", [".sh", ".bat"])
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(
        st.sampled_from(
            [
                *WORDS,
                " ",
                " ",
                "\n",
                "AnaplanClient.sh ",
                "call AnaplanClient.bat ",
                "X=1",
                "set X=2",
                "%X%",
                "$X",
                "a",
            ]
        ),
        max_size=60,
    )
)
def test_syntax_at_random_does_not_crash(tmp_path: Path, suffix: str, words: list[str]) -> None:
    path = tmp_path / f"garbage{suffix}"
    path.write_text("".join(words))
    attempt(path)


def test_nothing_of_a_script_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    path = tmp_path / "x.sh"
    path.write_text(
        f"X=$(touch {mark})\n`touch {mark}`\ntouch {mark}\n./AnaplanClient.sh -w $(touch {mark}) -i a -x\n"
    )
    attempt(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    "text",
    [
        "while true; do ./AnaplanClient.sh -i a -x; done",
        "X=aaaaaaaaaa\nfor i in 1 2 3 4 5 6 7 8 9 10; do X=$X$X$X$X$X; done\n./AnaplanClient.sh -i $X -x",
        "f() { f; }; f; ./AnaplanClient.sh -i a -x",
        ". ./x.sh; ./AnaplanClient.sh -i a -x",
        f"{'(' * 300}./AnaplanClient.sh -i a -x{')' * 300}",
        f"./AnaplanClient.sh -i {'$(' * 300}a{')' * 300} -x",
        f"./AnaplanClient.sh -i {'${a:-' * 3000}a{'}' * 3000} -x",
    ],
    ids=["loop", "doubling", "recursion", "source", "brackets", "substitutions", "defaults"],
)
def test_a_script_without_an_end_is_left(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.sh"
    path.write_text(text)
    found = attempt(path)
    assert found is not None
    assert not found.whole


@pytest.mark.parametrize(
    "text",
    [
        ":a\ncall AnaplanClient.bat -i a -x\ngoto a",
        "call :a\n:a\ncall :a\nAnaplanClient",
        "call x.bat\nrem AnaplanClient",
    ],
)
def test_a_batch_file_without_an_end_is_left(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.bat"
    path.write_text(text)
    found = attempt(path)
    assert found is not None
    assert not found.whole


@pytest.mark.parametrize(
    "line",
    [
        'X="{secret}"; ./AnaplanClient.sh -u a@b.c:{secret} -i "$X" -x',
        "./AnaplanClient.sh -u 'a b:{secret}' -i '{secret}' -x",
        "./AnaplanClient.sh -pkey k.pem:{secret} -f {secret} -p {secret}",
        "./AnaplanClient.sh -kp {secret} -w {secret} -m x{secret}y -i a -x -o {secret}/x",
        "./AnaplanClient.sh -xm 'SALESFORCE/PASSWORD:{secret}' -i a -x",
        "./AnaplanClient.sh -xc 'S/PASSWORD:{secret}' -i a -x -g {secret}",
        "./AnaplanClient.sh -v http://u:{secret}@proxy:80 -i a -x",
        "./AnaplanClient.sh -w u:{secret} -i a -x",
        "# ask: password {secret} password={secret}\n./AnaplanClient.sh -i {secret} -x",
        "DbPassword='{secret}'\n./AnaplanClient.sh -e {secret} -x -g {secret}.csv",
        "curl -u me:{secret} https://x\n./AnaplanClient.sh -a {secret} -x",
        "./AnaplanClient.sh -i ${{{secret}}} -kp {secret} -x",
        "case $1 in {secret}) ./AnaplanClient.sh -kp {secret} -i a -x;; esac",
        "{secret}=1; PW={secret}; . ./{secret}; {secret} x; ./AnaplanClient.sh -i a -x",
    ],
)
def test_a_secret_in_the_place_of_a_name_stays_there(tmp_path: Path, line: str) -> None:
    secret = "Heron_Slate_31"
    path = tmp_path / "x.sh"
    path.write_text(line.format(secret=secret))
    found = attempt(path)
    assert found is not None
    assert secret not in told(found)
