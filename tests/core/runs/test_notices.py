"""Notices: a command that is started, fed and limited, and a sequence that nothing can break out of."""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.runs.notices import Notices, osc_notice, run_notify_command, words_for
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict

RUN = RunSnapshot(
    "r",
    TargetRef(ModelRef("8a8b8c8d8e8f8a8b", "F1111111C11111111B11111F1111E11F"), Kind.PROCESS, "118"),
    "Nightly löad",
    phase=Phase.ENDED,
    task_id="T1",
    state="COMPLETE",
    verdict=Verdict.FAILED,
    reason="1 of 5 actions failed",
)


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


async def test_the_command_gets_the_document_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_PASSWORD", "s3cret")
    monkeypatch.setenv("ANAPLAN_TUI_TOKEN", "s3cret")
    monkeypatch.setenv("ANAPLAN_TUI_STATE_DIR", "/elsewhere")
    out = tmp_path / "out; touch nothing $(x)"
    code = (
        "import json, os, sys; told = [json.load(sys.stdin), dict(os.environ)];"
        "open(sys.argv[1], 'w').write(json.dumps(told))"
    )
    with caplog.at_level(logging.DEBUG):
        assert await run_notify_command(python(code, str(out)), RUN)
    document, environment = json.loads(out.read_text())
    assert (document["name"], document["verdict"], document["task_id"]) == ("Nightly löad", "failed", "T1")
    assert "s3cret" not in environment.values()
    assert environment["ANAPLAN_TUI_STATE_DIR"] == "/elsewhere"
    assert [entry.name for entry in os.scandir(tmp_path)] == [out.name]
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/no/such/program"], "was not started: [Errno 2]"),
        (["\0"], "was not started: embedded null byte"),
        (python("import sys; sys.exit('no \\x1b[31mmail today')"), "ended with 1: no ␛[31mmail today"),
        (python("import os; os._exit(3)"), "ended with 3: it said nothing"),
        (python("import os, signal; os.kill(os.getpid(), signal.SIGTERM)"), "ended with -15"),
    ],
)
async def test_a_failure_goes_to_the_log_only(
    command: list[str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert not await run_notify_command(command, RUN)
    assert said in caplog.text


async def test_a_command_that_does_not_read_is_fine() -> None:
    big = RunSnapshot("r", RUN.target, "n" * 500_000)
    assert await run_notify_command(python("import os; os.close(0)"), big)


async def test_one_that_hangs_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    assert not await run_notify_command(python("import time; time.sleep(600)"), RUN, timeout_s=0.2)
    assert "took longer than 0.2 s and was ended" in caplog.text


async def test_leaving_ends_the_command_and_its_children(tmp_path: Path) -> None:
    pipe = tmp_path / "alive"
    os.mkfifo(pipe)
    # The grandchild holds the pipe's other end open as long as it lives.
    shell = 'exec 3> "$0"; echo >&3; sleep 600'
    code = f"import subprocess, sys; subprocess.run(['sh', '-c', {shell!r}, sys.argv[1]])"
    work = asyncio.create_task(run_notify_command(python(code, str(pipe)), RUN))
    reader = await asyncio.to_thread(os.open, pipe, os.O_RDONLY)
    try:
        assert await asyncio.to_thread(os.read, reader, 1) == b"\n"
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert await asyncio.to_thread(os.read, reader, 1) == b""
    finally:
        os.close(reader)


async def test_each_run_that_ends_is_told_before_the_end(tmp_path: Path) -> None:
    out = tmp_path / "told"
    code = "import json, sys; open(sys.argv[1], 'a').write(json.load(sys.stdin)['name'] + chr(10))"
    notices = Notices(python(code, str(out)))
    notices.run_ended(RUN)
    notices.run_ended(RUN)
    await notices.aclose()
    assert out.read_text() == f"{RUN.name}\n" * 2


async def test_without_a_command_nobody_is_told() -> None:
    notices = Notices(None)
    notices.run_ended(RUN)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await notices.aclose()


def test_what_a_notice_says() -> None:
    assert words_for(RUN) == ("Nightly löad: failed", "1 of 5 actions failed")


@pytest.mark.parametrize(
    ("kind", "title", "body", "sequence"),
    [
        ("9", "Load: failed", "2 of 5", "\x1b]9;Load: failed: 2 of 5\x1b\\"),
        ("9", "Load: failed", "", "\x1b]9;Load: failed\x1b\\"),
        ("9", "4;1;50", "", "\x1b]9;4,1,50\x1b\\"),
        ("777", "A;B", "c;d", "\x1b]777;notify;A,B;c,d\x1b\\"),
        ("777", "A", "\x1b\\\x07\x9c\n", "\x1b]777;notify;A;␛\\␇\ufffd␊\x1b\\"),
    ],
)
def test_a_notice_is_one_sequence_that_its_words_cannot_end(
    kind: Literal["9", "777"], title: str, body: str, sequence: str
) -> None:
    assert osc_notice(kind, title, body) == sequence


def test_inside_tmux_every_escape_is_doubled() -> None:
    assert osc_notice("9", "A", "", tmux=True) == "\x1bPtmux;\x1b\x1b]9;A\x1b\x1b\\\x1b\\"


@given(st.sampled_from(["9", "777"]), st.text(), st.text(max_size=5_000))
def test_no_text_breaks_out(kind: Literal["9", "777"], title: str, body: str) -> None:
    sequence = osc_notice(kind, title, body)
    inner = sequence.removeprefix("\x1b]").removesuffix("\x1b\\")
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in inner)
    assert inner.count(";") == (1 if kind == "9" else 3)
    assert len(sequence) < 320
    sequence.encode()
