"""Hosts in every spelling, and times in every format that a header has."""

from datetime import UTC, datetime

import pytest

from anaplan_tui.api.clock import ServerClock, http_date, retry_after_s
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.refs import DumpRef, FileRef, Kind, ModelRef, TargetRef, TaskRef, chunk_path, model_path

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOON_TEXT = "Sun, 22 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize("given", ["https://h:8", "https://h:8/", "https://h:8/2/0", " https://h:8/2/0/ "])
def test_a_host_is_understood_in_every_form(given: str) -> None:
    hosts = Hosts(given, given, given)
    assert hosts == Hosts("https://h:8", "https://h:8", "https://h:8")
    assert (hosts.api_url, hosts.auth_url, hosts.oauth_url) == (
        "https://h:8/2/0",
        "https://h:8",
        "https://h:8",
    )


WRONG = [
    "",
    "h",
    "ftp://h",
    "https://",
    "https://me:s3cret@h",
    "https://h/other",
    "https://h?s3cret",
    "https://[h",
]


@pytest.mark.parametrize("given", WRONG)
def test_what_is_no_host_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(ValueError) as caught:
        Hosts(given, "https://h")
    assert "s3cret" not in str(caught.value)


def test_paths_quote_what_they_are_given() -> None:
    target = TargetRef(ModelRef("W/1", "M 2"), Kind.IMPORT, "1?2")
    task = TaskRef(target, "T#")
    assert task.path == "/workspaces/W%2F1/models/M%202/imports/1%3F2/tasks/T%23"
    assert DumpRef(task, "5").chunks_path == f"{task.path}/dump/chunks"
    assert chunk_path(FileRef(target.model, "116").chunks_path, "0/1").endswith("/files/116/chunks/0%2F1")
    assert model_path("M/1") == "/models/M%2F1"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 12 "}, 12),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT", "date": "Sun, 22 Nov 2026 12:00:20 GMT"}, 10),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, now=NOON) == seconds


@pytest.mark.parametrize("text", [None, "", "x", "99 Foo 9999", "Sun, 22 Nov 99999999 12:00:00 GMT"])
def test_what_is_no_date(text: str | None) -> None:
    assert http_date(text) is None


@pytest.mark.parametrize("zone", ["12:00:00 GMT", "12:00:00 -0000", "13:00:00 +0100"])
def test_dates_are_aware(zone: str) -> None:
    assert http_date(f"Sun, 22 Nov 2026 {zone}") == NOON


def test_a_slow_answer_does_not_set_the_clock_when_a_quick_one_did() -> None:
    clock, noon = ServerClock(), NOON.timestamp()
    clock.note({"date": NOON_TEXT}, sent_at=noon - 200, received_at=noon)
    assert clock.offset_s == 100.5
    clock.note({"date": NOON_TEXT}, sent_at=noon + 9.5, received_at=noon + 10.5)
    assert clock.offset_s == -9.5
    clock.note({"date": NOON_TEXT}, sent_at=noon - 200, received_at=noon)
    clock.note({}, sent_at=noon, received_at=noon)
    assert clock.offset_s == -9.5
