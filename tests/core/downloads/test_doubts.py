"""A page in place of a chunk is told from a chunk that begins like a page, over real connections."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from anaplan_tui.core.downloads import DownloadFailed
from anaplan_tui.core.downloads.doubts import Pages, is_document
from tests.support.downloads import files_in
from tests.support.downloads import get as engine_get
from tests.support.downloads_server import ChunkServer, client_of

NOTES = b"<html><p>a note</p></html>,x\r\n" + b'"E","<html>","2","Invalid"\r\n' * 400
JSON_PAGE = b'{"status": {"code": 200, "message": "Success"}}'


class TypedServer(ChunkServer):
    """Says what its answers are; ``answers`` gives body and type for each time that a chunk is asked for."""

    def __init__(self, chunks: list[bytes], answer: Callable[[int, int], tuple[bytes, str]]) -> None:
        super().__init__(chunks)
        self._answer_of = answer
        self._times: dict[int, int] = {}

    async def _answer_chunk(self, number: int, writer: asyncio.StreamWriter) -> None:
        self._times[number] = self._times.get(number, 0) + 1
        body, kind = self._answer_of(number, self._times[number])
        kind_line = f"Content-Type: {kind}\r\n" if kind else ""
        head = f"HTTP/1.1 200 OK\r\n{kind_line}Content-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()


async def get(server: TypedServer, folder: Path) -> bytes:
    async with server, client_of(server.url) as client:
        return (await engine_get(server, client, folder)).path.read_bytes()


def pieces(last: bytes) -> list[bytes]:
    head = b'"_Status_","Note","_Line_","_Error_1_"\r\n"E","'
    return [head.ljust(len(last), b"x"), last]


@pytest.mark.parametrize(
    "kind", ["", "application/octet-stream", "text/plain", "text/csv", "application/json"]
)
async def test_a_chunk_that_begins_in_a_note_of_html_is_fetched(tmp_path: Path, kind: str) -> None:
    chunks = pieces(NOTES)
    assert await get(TypedServer(chunks, lambda n, _: (chunks[n], kind)), tmp_path) == b"".join(chunks)


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (b"<html><body>log in</body></html>", ""),
        (b"<html><body>log in</body></html>", "text/html; charset=utf-8"),
        (b"<html><body>" + b"no end " * 100, "text/html"),
        (JSON_PAGE, "application/json"),
        (JSON_PAGE, "application/octet-stream"),
        (b'{"error": "busy"}', ""),
    ],
)
@pytest.mark.parametrize("times", [1, 99])
async def test_a_page_is_never_part_of_a_dump(tmp_path: Path, page: bytes, kind: str, times: int) -> None:
    chunks = pieces(b'"E","x","2","Invalid"\r\n')

    def answer(number: int, time: int) -> tuple[bytes, str]:
        is_page = number == 1 and time <= times
        return (page, kind) if is_page else (chunks[number], "application/octet-stream")

    if times == 1:
        assert await get(TypedServer(chunks, answer), tmp_path) == b"".join(chunks)
        return
    with pytest.raises(DownloadFailed, match="a page came instead of the chunk"):
        await get(TypedServer(chunks, answer), tmp_path)
    assert "dump.csv" not in files_in(tmp_path)


def test_whole_documents_are_known() -> None:
    assert is_document(JSON_PAGE)
    assert is_document(b'\xef\xbb\xbf {"error": "x"}\n')
    assert is_document(b"<!DOCTYPE html><html>log in</html>\n")
    assert not is_document(NOTES)
    assert not is_document(b'{"status": {"code": 1}} and more of a row\r\n')
    assert not is_document(b'"E","x"\r\n')
    assert not is_document(b"{" * 100_000)


def test_what_repeats_is_a_chunk_unless_it_says_that_it_is_a_page() -> None:
    pages = Pages()
    assert pages.is_one(0, NOTES, length=len(NOTES), media_type="")
    assert not pages.is_one(0, NOTES[:900], length=len(NOTES), media_type="")
    assert pages.is_one(1, NOTES, length=len(NOTES), media_type="text/plain")
    assert pages.is_one(1, NOTES, length=7_000, media_type="text/plain"), "another answer"
    for _ in range(3):
        assert pages.is_one(2, NOTES, length=len(NOTES), media_type="text/html")
        assert pages.is_one(3, JSON_PAGE, length=len(JSON_PAGE), media_type="application/octet-stream")
    assert not pages.is_one(4, b'"E","x"\r\n', length=9, media_type="text/html"), "a type alone says little"
    assert pages.is_one(5, b'{"big": [', length=9_000_000, media_type="application/json")
