"""How the client reads its command line, and how the shells build it: rule by rule."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.core.runbooks.connect import Conversion, NoScript, convert

Convert = Callable[..., Conversion]
LOGIN = "-u a@b.com:pw123456 -w W -m M"


@pytest.fixture
def sh(tmp_path: Path) -> Convert:
    def made(text: str, *arguments: str) -> Conversion:
        path = tmp_path / "x.sh"
        path.write_text(text)
        return convert(path, arguments)

    return made


@pytest.fixture
def bat(tmp_path: Path) -> Convert:
    def made(text: str, *arguments: str) -> Conversion:
        path = tmp_path / "x.bat"
        path.write_bytes(text.replace("\n", "\r\n").encode())
        return convert(path, arguments)

    return made


def brief(found: Conversion) -> list[Any]:
    """Return each step as its key, its target and its other fields."""
    listed = []
    for step in found.steps:
        values = step.model_dump(by_alias=True, exclude_unset=True)
        does = type(step).does
        listed.append((does, values.pop(does), values))
    return listed


def options(sh: Convert, line: str) -> Conversion:
    return sh(f"./AnaplanClient.sh {LOGIN} {line}\n")


@pytest.mark.parametrize(
    ("line", "steps"),
    [
        # The file stays chosen: it is fetched instead of the export's.
        (
            "-file F -put p.csv -export E -execute -get x.csv",
            [("upload", "F", {"from": "p.csv"}), ("export", "E", {}), ("download", "F", {"to": "x.csv"})],
        ),
        # Dumps belong to the last result, not to what is chosen.
        ("-process P -execute -import I -output d", [("run", "P", {"dumps": "d"})]),
        ("-action A -execute -output d/x.csv", [("action", "A", {"dumps": "d"})]),
        ("-import I -execute -output x.csv", [("import", "I", {"dumps": "."})]),
        # Without a file, the last part of the path names it.
        ("-put in/a.csv", [("upload", "a.csv", {"from": "in/a.csv"})]),
        # An unknown option ends the reading.
        ("-import I -execute -foo -action A -execute", [("import", "I", {})]),
        ("-quiet -import I -execute", []),
        # Case matters.
        ("-P P -execute", []),
        # A value is taken whatever it is.
        ("-process -execute", []),
        # Parameters apply to every later run.
        (
            "-xm D:I -import I -execute -process P -execute",
            [("import", "I", {"parameters": {"D": "I"}}), ("run", "P", {"parameters": {"D": "I"}})],
        ),
        ("-process P -xm 'I/D:a:b/c' -execute", [("run", "P", {"parameters": {"I": {"D": "a:b/c"}}})]),
        ("-import I -xm 'I/D:x' -execute", [("import", "I", {"parameters": {"D": "x"}})]),
        ("-import I -xm D:? -execute", [("import", "I", {"parameters": {"D": "{D}"}})]),
        ("-import I -execute -execute", [("import", "I", {}), ("import", "I", {})]),
        ("-export E -execute -get a -get b", [("export", "E", {"to": "a"}), ("download", "E", {"to": "b"})]),
        ("-process P -execute -file E -get x", [("run", "P", {}), ("download", "E", {"to": "x"})]),
        ("-process P -execute -export E -get x", [("run", "P", {}), ("download", "E", {"to": "x"})]),
        ("-xl en_GB -import I -execute", [("import", "I", {"locale": "en_GB"})]),
        ("-xl english -import I -execute", []),
        ("-chunksize 99 -import I -execute", []),
        ("-k x.jks -import I -execute", []),
        # No run with old rows when the new ones are not translated.
        ("-puts -import I -execute", []),
        ("-file F -puts -import I -execute", [("upload", "F", {"from": "{F_path}"}), ("import", "I", {})]),
        (
            "-file F -jdbcproperties q.properties -import I -execute",
            [("upload", "F", {"from": "{F_path}"}), ("import", "I", {})],
        ),
        ("-xc S/USER:x -import I -execute", []),
        ("-module M -view V -execute -get:csv_sc x.csv", []),
        ("-list L -putItems:csv x.csv", []),
        ("-x:all -F -emd", []),
        ("-import 'Chef''s {x} 100%' -execute", [("import", "Chefs {{x}} 100%", {})]),
        ('-import "Chef\'s list" -execute', [("import", "Chef's list", {})]),
        ("-import 'a  b ' -execute", [("import", "a  b ", {})]),
    ],
)
def test_options_do_what_the_client_does(sh: Convert, line: str, steps: list[Any]) -> None:
    assert brief(options(sh, line)) == steps


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("-import I -execute -foo -action A -execute", "never read: -action -execute"),
        ("-import I", "never executed"),
        ("-output x -import I -execute", "no result before it"),
        ("-import I -execute -put", "has no value"),
        ("-xc S/USER:x -import I -execute", '"-xc"'),
        ("-list L -putItems:csv x.csv", "make an import"),
        ("-F", "anaplan-tui files"),
        ("-k x.jks -import I -execute", "ends the client with an error"),
    ],
)
def test_what_is_missing_is_said(sh: Convert, line: str, says: str) -> None:
    found = options(sh, line)
    assert not found.whole
    assert any(says in one for one in found.untranslated), found.untranslated


@pytest.mark.parametrize(
    ("operation", "call", "steps"),
    [
        (
            "Op=\"-import 'My Import' -execute\"",
            'sh -c "./AnaplanClient.sh $Op"',
            [("import", "My Import", {})],
        ),
        # Without a second parse, quotes are plain characters.
        ("Op=\"-import 'My Import' -execute\"", "./AnaplanClient.sh $Op", []),
        ("Op=\"-import 'My' -execute\"", "./AnaplanClient.sh $Op", [("import", "'My'", {})]),
        (
            'Op="-import \\"Chef\'s list\\" -execute"',
            'eval "./AnaplanClient.sh $Op"',
            [("import", "Chef's list", {})],
        ),
        ("Op=\"-import 'Chef'\\''s' -execute\"", 'eval "./AnaplanClient.sh $Op"', [("import", "Chef's", {})]),
        (
            "Op=\"-import 'P&L #1.csv' -execute # rest\"",
            'eval "./AnaplanClient.sh $Op"',
            [("import", "P&L #1.csv", {})],
        ),
        ("Op='-import a'; Op+=' -execute'", "./AnaplanClient.sh $Op", [("import", "a", {})]),
        ("Op=(-import 'a b' -execute)", './AnaplanClient.sh "${Op[@]}"', [("import", "a b", {})]),
        (
            "Op='-import a -execute'",
            "exec ./AnaplanClient.sh $Op\n./AnaplanClient.sh -action b -x",
            [("import", "a", {})],
        ),
        ('f() { ./AnaplanClient.sh -w W "$@"; }', "f -import 'a b' -x", [("import", "a b", {})]),
        (
            "D=$(date +%F)",
            "./AnaplanClient.sh -f F -p d_$D.csv",
            [("upload", "F", {"from": "d_{date:%F}.csv"})],
        ),
        ("D=${X:-a}; E=${D%a}b", "./AnaplanClient.sh -i $D$E -x", [("import", "ab", {})]),
        ("cd /data", "./AnaplanClient.sh -f F -p in/a.csv", [("upload", "F", {"from": "/data/in/a.csv"})]),
        (
            'cd "$(dirname "$0")/.."',
            "./AnaplanClient.sh -f F -p a.csv",
            [("upload", "F", {"from": "../a.csv"})],
        ),
        ("true", "./AnaplanClient.sh -i a -x || ./AnaplanClient.sh -i b -x", [("import", "a", {})]),
        (
            "true",
            "./AnaplanClient.sh -i a -x && ./AnaplanClient.sh -i b -x",
            [("import", "a", {}), ("import", "b", {})],
        ),
        ("true", "if [ -f y ]; then ./AnaplanClient.sh -i a -x; fi", []),
        ("[ -f y ] || { echo no; exit 1; }", "./AnaplanClient.sh -i a -x", [("import", "a", {})]),
        ("true", "for f in in/*.csv; do ./AnaplanClient.sh -f a -p $f; done", []),
        ("true", 'java -cp x com.anaplan.client.Program -i "a b" -x', [("import", "a b", {})]),
        ("true", "cat <<E\n'\nE\n./AnaplanClient.sh -i a -x >> log 2>&1 | tee y", [("import", "a", {})]),
        ("true", "./AnaplanClient.sh \\\n -i a \\\n -x", [("import", "a", {})]),
    ],
)
def test_sh_makes_these_arguments(sh: Convert, operation: str, call: str, steps: list[Any]) -> None:
    assert brief(sh(f"#!/bin/sh\n{operation}\n{call}\n")) == steps


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ('set X="a b"\ncall AnaplanClient.bat -i %x% -x', [("import", "a b", {})]),
        ('set "X=a b"\ncall AnaplanClient.bat -i "%X%" -x', [("import", "a b", {})]),
        ('set X=a \ncall AnaplanClient.bat -i "%X%" -x', [("import", "a ", {})]),
        ("call AnaplanClient.bat -i 'a b' -x", []),
        ('AnaplanClient.bat -i "Chef\'s 5%% x" -x', [("import", "Chef's 5% x", {})]),
        ("AnaplanClient.bat -i a -x\nAnaplanClient.bat -i b -x", [("import", "a", {})]),
        (
            "cmd /c AnaplanClient.bat -i a -x\ncall AnaplanClient.bat -i b -x",
            [("import", "a", {}), ("import", "b", {})],
        ),
        ("call AnaplanClient.bat -i a^&b -x", [("import", "a&b", {})]),
        ('AnaplanClient.bat -i "a^&b" -x', [("import", "a^&b", {})]),
        ("call AnaplanClient.bat ^\n -i a ^\n -x", [("import", "a", {})]),
        ("setlocal enabledelayedexpansion\ncall AnaplanClient.bat -i a!b -x", [("import", "ab", {})]),
        ("set Op=-i a -x\ncall AnaplanClient.bat %Op:a=b%", [("import", "b", {})]),
        ('call AnaplanClient.bat -f F -p "D:\\Data\\" -i a -x', [("upload", "F", {"from": "{F_path}"})]),
        ('call AnaplanClient.bat -f F -p "%~dp0in\\a.csv"', [("upload", "F", {"from": "in/a.csv"})]),
        (
            'for %%a in (x "y z") do call AnaplanClient.bat -i "L %%~a" -x',
            [("import", "L x", {}), ("import", "L y z", {})],
        ),
        ("call :s one\ngoto :eof\n:s\ncall AnaplanClient.bat -i %1 -x\nexit /b", [("import", "one", {})]),
        ("if exist x (call AnaplanClient.bat -i a -x)", []),
        (
            "call AnaplanClient.bat -i a -x\nif errorlevel 1 goto bad\ncall AnaplanClient.bat -i b -x\n:bad",
            [("import", "a", {}), ("import", "b", {})],
        ),
        ("if not exist x exit /b 1\ncall AnaplanClient.bat -i a -x", [("import", "a", {})]),
        ("rem call AnaplanClient.bat -i a -x\n:: AnaplanClient", []),
    ],
)
def test_cmd_makes_these_arguments(bat: Convert, text: str, steps: list[Any]) -> None:
    assert brief(bat(f"@echo off\n{text}\n")) == steps


DISPATCHER = """
if "%1"=="IMPORT" set Op=-import %2 -execute
if "%1"=="EXPORT" set Op=-export %2 -execute -get %3
call AnaplanClient.bat -w W -m M %Op%
"""


def test_a_branch_is_that_of_the_arguments(bat: Convert) -> None:
    assert brief(bat(DISPATCHER, "IMPORT", '"A b"')) == [("import", "A b", {})]
    assert brief(bat(DISPATCHER, "EXPORT", "E", "x.csv")) == [("export", "E", {"to": "x.csv"})]
    without = bat(DISPATCHER)
    assert (without.steps, without.whole) == ((), False)
    assert "IMPORT" in "".join(without.untranslated)


def test_an_argument_can_stay_open(sh: Convert) -> None:
    found = sh("./AnaplanClient.sh -f F -p in_$1.csv", "{Week}")
    assert brief(found) == [("upload", "F", {"from": "in_{Week}.csv"})]
    assert found.whole
    assert brief(sh("Week=$1\n./AnaplanClient.sh -f F -p in_$Week.csv")) == brief(found)


def test_a_missing_config_file_is_named(sh: Convert) -> None:
    found = sh('. ./conf.sh\n./AnaplanClient.sh -u "$User" -w $Ws -m M -i "$Name" -x\n')
    assert brief(found) == [("import", "{Name}", {})]
    assert not found.whole
    assert any('"conf.sh"' in line and "line 1" in line for line in found.untranslated)
    assert 'workspace = "{Ws}"' in found.text


def test_several_models_stand_in_their_steps(sh: Convert) -> None:
    found = sh("./AnaplanClient.sh -w W -m A -i a -x -m B -i b -x\n")
    assert brief(found) == [
        ("import", "a", {"workspace": "W", "model": "A"}),
        ("import", "b", {"workspace": "W", "model": "B"}),
    ]


def test_syntax_that_is_not_understood_is_reported_with_its_line(sh: Convert) -> None:
    found = sh("./AnaplanClient.sh -i a -x\n\nfoo 'bar\n./AnaplanClient.sh -i b -x\n")
    assert brief(found) == [("import", "a", {})]
    assert any("x.sh, line 3" in line and "single quote" in line for line in found.untranslated)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.sh", b"echo hello\n"),
        ("x.ps1", b"java com.anaplan.client.Program"),
        ("x.py", b"#!/usr/bin/env python\nimport anaplanclient"),
        ("x.bat", b"\x00AnaplanClient"),
        ("x.sh", b""),
    ],
)
def test_other_files_are_no_scripts(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NoScript):
        convert(path)
    with pytest.raises(NoScript):
        convert(tmp_path)
    with pytest.raises(NoScript):
        convert(tmp_path / "none.sh")


BAT = f"call AnaplanClient.bat {LOGIN} "


def sources(found: Conversion) -> list[tuple[str, str]]:
    """Return the server file and local path of each upload."""
    return [(target, said["from"]) for does, target, said in brief(found) if does == "upload"]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        # Two expressions in a line are two values; the same one twice is one.
        (r"C:\in\%DATE:~-4%-%DATE:~4,2%-%DATE:~-4%.csv", r"C:\in\{VALUE}-{VALUE_2}-{VALUE}.csv"),
        (r"C:\in\%DATE%_%TIME%.csv", r"C:\in\{VALUE}_{VALUE_2}.csv"),
        (r"C:\in\%1_%1.csv", r"C:\in\{ARG1}_{ARG1}.csv"),
        ("%~f1", "{ARG1}"),
        ("%~dp1x.csv", "{VALUE}x.csv"),
    ],
)
def test_what_a_batch_file_computes_is_a_placeholder_for_each_expression(
    bat: Convert, line: str, path: str
) -> None:
    assert sources(bat(f"{BAT} -file F -put {line} -import I -execute\n")) == [("F", path)]


def test_a_part_of_an_argument_is_not_the_argument(bat: Convert) -> None:
    line = f'{BAT} -file "%~nx1" -put "%~1" -import "%~n1" -execute\n'
    assert sources(bat(line)) == [("{VALUE}", "{ARG1}")]
    found = bat(line, r"C:\in\sales 27.csv")
    assert sources(found) == [("sales 27.csv", r"C:\in\sales 27.csv")]
    assert found.steps[1].target == "sales 27"


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("/in/$(hostname)-$(uname -r)-$(hostname).csv", "/in/{VALUE}-{VALUE_2}-{VALUE}.csv"),
        ("/in/$((RANDOM % 3))-$((RANDOM % 5)).csv", "/in/{VALUE}-{VALUE_2}.csv"),
        ("/in/${X%.*}_${X##*.}.csv", "/in/{VALUE}_{VALUE_2}.csv"),
        ("/in/$$-$!.csv", "/in/{VALUE}-{VALUE_2}.csv"),
    ],
)
def test_what_a_shell_computes_is_a_placeholder_for_each_expression(
    sh: Convert, path: str, read: str
) -> None:
    found = sh(f'X=$(hostname)\n./AnaplanClient.sh {LOGIN} -file F -put "{path}" -import I -execute\n')
    assert sources(found) == [("F", read)]
    assert not found.whole


def test_a_keystore_behind_a_user_names_the_user(sh: Convert) -> None:
    found = options(sh, "-k x.jks -import I -execute")
    assert any('"-k" behind "-u"' in one for one in found.untranslated), found.untranslated
