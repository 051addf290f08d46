"""Uploads that imports really read, and files that exports write (service.md §8.2, §8.3)."""

import csv
import gzip
import io
from typing import Any

import pytest

from anaplan_tui.demo.rows import TAKEN_CODES
from tests.support.tenants import (
    EXPORT_TARGETS,
    LOAD_REGIONS,
    LOAD_SALES,
    LOAD_TARGETS,
    MODEL,
    NIGHTLY_LOAD,
    OCTETS,
    REGIONAL_TARGETS_LOAD,
    REGIONS_CSV,
    SALES_CSV,
    TARGETS_CSV,
    WEEKLY_CSV,
    WEEKLY_TARGETS_LOAD,
    PlainClient,
)

GOOD = "Region,Target\r\nNorth,10\r\nÜberlingen,12.5\r\n".encode()
FILE = f"{MODEL}/files/{WEEKLY_CSV}"


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_an_upload_cures_the_missing_file(client: PlainClient) -> None:
    assert client.run(WEEKLY_TARGETS_LOAD)["successful"] is False
    client.upload(WEEKLY_CSV, GOOD[:20], GOOD[20:])
    result = client.run(WEEKLY_TARGETS_LOAD)
    assert result["successful"] is True
    (said,) = result["nestedResults"][0]["details"]
    assert (said["type"], said["localMessageText"]) == ("lineItemRowsProcessed", "Target cells: 2")


def test_rejected_rows_are_corrected_and_accepted(client: PlainClient) -> None:
    path = client.start(REGIONAL_TARGETS_LOAD)
    entry = client.finish(path)["result"]["nestedResults"][0]
    assert (entry["successful"], entry["failureDumpAvailable"]) == (False, True)
    head, row = rows_of(client.joined(f"{path}/dumps/{LOAD_TARGETS}"))
    assert head == ["Region", "Month", "Target", "_Line_", "_Error_1_"]
    assert row == ["Uberlingen", "Jan 26", "400", "4", "Item not located in Region list"]
    corrected = io.StringIO(newline="")
    csv.writer(corrected).writerows([head[:3], ["Überlingen", *row[1:3]]])
    client.upload(TARGETS_CSV, corrected.getvalue().encode())
    assert client.run(REGIONAL_TARGETS_LOAD)["successful"] is True
    client.get(f"{path}/dumps/{LOAD_TARGETS}/chunks", 404)


def test_a_row_may_be_wrong_twice(client: PlainClient) -> None:
    client.upload(TARGETS_CSV, "Region,Month,Target\nSüd,Nay 26,-\nNorth,Jan 26,1\n\n".encode())
    path = client.start(REGIONAL_TARGETS_LOAD)
    details = client.finish(path)["result"]["nestedResults"][0]["details"]
    assert [d["localMessageText"] for d in details] == [
        "Target cells: 1 (1 failed)",
        "Item not located in calendar for period type Month",
        "Invalid number",
    ]
    head, row = rows_of(client.joined(f"{path}/dumps/{LOAD_TARGETS}"))
    assert head[-2:] == ["_Error_1_", "_Error_2_"]
    assert row[-3:] == [
        "2",
        "Item not located in calendar for period type Month",
        "Invalid number: -",
    ]


def test_a_file_with_other_columns_is_not_read(client: PlainClient) -> None:
    client.upload(TARGETS_CSV, b"Name,Age\nNorth,1\n")
    result = client.run(REGIONAL_TARGETS_LOAD)
    assert result["nestedResults"][0]["details"][0]["type"] == "missingFields"


def test_a_file_with_another_separator_has_one_column_for_the_import(client: PlainClient) -> None:
    client.upload(TARGETS_CSV, b"Region;Month;Target\nNorth;Jan 26;1\n")
    result = client.run(REGIONAL_TARGETS_LOAD)
    (said,) = result["nestedResults"][0]["details"]
    assert (result["successful"], said["type"]) == (False, "missingFields")
    assert said["localMessageText"] == (
        "Warning: Import is incomplete as the following fields are unavailable: Region, Month, Target"
    )


def test_a_quote_that_nothing_closes_fails_the_import_and_not_the_tenant(client: PlainClient) -> None:
    client.upload(TARGETS_CSV, b'Region,Month,Target\n"North,Jan 26,1\n' + b"East,Jan 26,1\n" * 20_000)
    result = client.run(REGIONAL_TARGETS_LOAD)
    assert result["nestedResults"][0]["details"][0]["type"] == "unmatchedTextDelimiter"


def errors_of(dump: bytes, columns: int) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return the header of a dump, and the errors of each of its rows."""
    head, *rows = rows_of(dump)
    return head, [tuple(error for error in row[columns + 1 :] if error) for row in rows]


@pytest.mark.parametrize(
    ("load", "file", "lead", "cures"),
    [
        (
            LOAD_REGIONS,
            REGIONS_CSV,
            1,
            {"Retired ,,": "Retired", 'The "old" north': "EMEA", "EMEA ": "EMEA", "02/30/26": "02/28/26"},
        ),
        (LOAD_SALES, SALES_CSV, 0, {"Uberlingen": "Überlingen", "Sud": "Süd", "n/a": "0", "12,5€": "12.5"}),
    ],
    ids=["regions", "sales"],
)
def test_the_showpiece_is_cured_by_what_was_corrected_and_only_by_that(
    client: PlainClient, load: str, file: str, lead: int, cures: dict[str, str]
) -> None:
    path = client.start(NIGHTLY_LOAD)
    client.finish(path)
    scripted = client.joined(f"{path}/dumps/{load}")
    head, *rejected = rows_of(scripted)
    source = head.index("_Line_")

    def again(rows: list[list[str]]) -> dict[str, Any]:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([head[lead:source], *(row[lead:source] for row in rows)])
        client.upload(file, text.getvalue().encode())
        results = client.run(NIGHTLY_LOAD)["nestedResults"]
        return next(entry for entry in results if entry["objectId"] == load)

    # uploaded unchanged, the same rows are rejected for the same reasons
    assert again(rejected)["successful"] is False
    path = next(f"/processes/{NIGHTLY_LOAD}/tasks/{t['taskId']}" for t in reversed(tasks(client)))
    assert errors_of(client.joined(f"{path}/dumps/{load}"), source) == errors_of(scripted, source)

    corrected = [[cures.get(cell, cell) for cell in row] for row in rejected if row[lead] != "Region"]
    for at, row in enumerate(corrected):
        if row[source - 2] in TAKEN_CODES:
            row[source - 2] = f"N-{at}"
    cured = again(corrected)
    assert (cured["successful"], cured["failureDumpAvailable"]) == (True, False)
    values = cured["details"][0]["values"]
    count = "successRowCount" if lead else "rowCount"
    assert values[values.index(count) + 1] == str(len(corrected))


def tasks(client: PlainClient) -> list[dict[str, Any]]:
    """Return the tasks of Nightly load, oldest first."""
    found: list[dict[str, Any]] = client.get(f"/processes/{NIGHTLY_LOAD}/tasks")["tasks"]
    return sorted(found, key=lambda task: task["creationTime"])


def test_an_upload_is_private_and_gone_after_48_hours(client: PlainClient, other: PlainClient) -> None:
    client.upload(WEEKLY_CSV, GOOD)
    assert client.http.get(FILE).content == GOOD
    assert other.http.get(FILE).status_code == 404
    assert other.run(WEEKLY_TARGETS_LOAD)["successful"] is False
    client.later(49 * 3600)
    assert client.http.get(FILE).status_code == 404
    assert client.run(WEEKLY_TARGETS_LOAD)["successful"] is False


def test_a_queued_run_reads_the_file_as_it_is_when_its_turn_comes(client: PlainClient) -> None:
    client.start("118000000042")
    queued = client.start(WEEKLY_TARGETS_LOAD)
    client.upload(WEEKLY_CSV, GOOD)
    assert client.finish(queued)["result"]["successful"] is True


def test_an_upload_of_unknown_length_ends_with_complete(client: PlainClient) -> None:
    assert client.http.post(FILE, json={"chunkCount": -1}).status_code == 200
    half = gzip.compress(GOOD[20:])
    kind = {"content-type": "application/x-gzip"}
    assert client.http.put(f"{FILE}/chunks/1", content=half, headers=kind).status_code == 204
    assert client.http.post(f"{FILE}/complete").status_code == 400
    assert client.http.put(f"{FILE}/chunks/0", content=GOOD[:20], headers=OCTETS).status_code == 204
    assert client.http.get(FILE).status_code == 404
    done = client.http.post(f"{FILE}/complete")
    assert done.json()["file"]["chunkCount"] == 2
    assert client.http.get(FILE).content == GOOD
    assert client.joined(f"/files/{WEEKLY_CSV}") == GOOD


def test_a_small_file_at_once_and_its_removal(client: PlainClient) -> None:
    assert client.http.put(FILE, content=GOOD, headers=OCTETS).status_code == 204
    assert client.http.get(FILE).content == GOOD
    assert client.http.delete(FILE).status_code == 204
    assert client.http.get(FILE).status_code == 404
    assert client.http.put(FILE, content=bytes(1_000_001), headers=OCTETS).status_code == 413


@pytest.mark.parametrize("count", [0, -2, 1001, "2", True, None])
def test_a_chunk_count_that_makes_no_sense(client: PlainClient, count: object) -> None:
    assert client.http.post(FILE, json={"chunkCount": count}).status_code == 400


def test_chunks_that_do_not_fit(client: PlainClient) -> None:
    def put(number: str, content: bytes, kind: str = "application/octet-stream") -> int:
        headers = {"content-type": kind}
        return client.http.put(f"{FILE}/chunks/{number}", content=content, headers=headers).status_code

    assert put("0", b"x") == 400
    client.http.post(FILE, json={"chunkCount": 2})
    assert put("2", b"x") == 400
    assert put("one", b"x") == 404
    assert put("0", b"x", "text/csv") == 415
    assert put("0", b"not gzip", "application/x-gzip") == 400
    assert put("0", gzip.compress(b"x" * 100)[:-5], "application/x-gzip") == 400
    assert put("0", b"x") == 204
    assert client.http.post(f"{FILE}/complete").status_code == 400
    assert client.http.post(f"{MODEL}/files/113999999999", json={"chunkCount": 1}).status_code == 404


@pytest.mark.parametrize("file", [WEEKLY_CSV, "116000000006"])
def test_a_file_without_content_has_an_empty_list_of_chunks(client: PlainClient, file: str) -> None:
    """One file that nobody uploaded, and one that an export left empty."""
    if file.startswith("116"):
        client.run(file, "exports")
    listed = next(row for row in client.get("/files")["files"] if row["id"] == file)
    assert listed["chunkCount"] == 0
    chunks = client.get(f"/files/{file}/chunks")
    assert "chunks" not in chunks
    assert chunks["meta"]["paging"]["totalSize"] == 0
    client.get(f"/files/{file}", 404)
    client.get(f"/files/{file}/chunks/0", 404)


def test_an_export_has_a_file_once_it_ran(client: PlainClient, other: PlainClient) -> None:
    chunks = f"/files/{EXPORT_TARGETS}/chunks"
    client.get(chunks)
    other.get("/files/116000000006/chunks", 404)
    result = client.run("116000000003", "exports")
    size = int(result["details"][0]["values"][1])
    whole = client.http.get(f"{MODEL}/files/116000000003")
    assert len(whole.content) == size
    assert whole.headers["content-type"] == "application/octet-stream"
    assert client.joined("/files/116000000003") == whole.content
    assert "116000000003" in [f["id"] for f in client.get("/files")["files"]]
