"""A page in place of a chunk is distinguished from a chunk that begins like one, over real connections."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from anaplan_tui.core.downloads import DownloadFailed
from anaplan_tui.core.downloads.doubts import Pages, is_object, is_web_page
from tests.support.downloads import files_in
from tests.support.downloads import get as engine_get
from tests.support.downloads_server import ChunkServer, client_of

NOTES = b"<html><p>a note</p></html>,x\r\n" + b'"E","<html>","2","Invalid"\r\n' * 400
UNQUOTED = b"<html>a note</html>\r\n" + b"E,2,<html>x</html>\r\n" * 40
XML_PAGE = b'<?xml version="1.0"?><Error><Code>Denied</Code></Error>'
JSON_PAGE = b'{"status": {"code": 200, "message": "Success"}}'


class TypedServer(ChunkServer):
    """Sends content types; ``answers`` gives body and type for each request of a chunk."""

    def __init__(self, chunks: list[bytes], answer: Callable[[int, int], tuple[bytes, str]]) -> None:
        super().__init__(chunks)
        self._answer_of = answer
        self._times: dict[int, int] = {}
        self.drop = 1 << 20
        """Bytes sent before a pause; the rest follows."""

    async def _answer_chunk(self, number: int, writer: asyncio.StreamWriter) -> None:
        self._times[number] = self._times.get(number, 0) + 1
        body, kind = self._answer_of(number, self._times[number])
        kind_line = f"Content-Type: {kind}\r\n" if kind else ""
        head = f"HTTP/1.1 200 OK\r\n{kind_line}Content-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode())
        writer.write(body[: self.drop])
        await writer.drain()
        await asyncio.sleep(0.1 if self.drop < len(body) else 0)
        writer.write(body[self.drop :])
        await writer.drain()


async def get(server: TypedServer, folder: Path, *, window: int = 4) -> bytes:
    async with server, client_of(server.url) as client:
        return (await engine_get(server, client, folder, window=window)).path.read_bytes()


def pieces(last: bytes) -> list[bytes]:
    head = b'"_Status_","Note","_Line_","_Error_1_"\r\n"E","'
    return [head.ljust(len(last), b"x"), last]


@pytest.mark.parametrize(
    "kind", ["", "application/octet-stream", "text/plain", "text/csv", "application/json"]
)
@pytest.mark.parametrize("notes", [NOTES, UNQUOTED])
async def test_a_chunk_that_begins_in_a_note_of_html_is_fetched(
    tmp_path: Path, notes: bytes, kind: str
) -> None:
    chunks = pieces(notes)
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
        (XML_PAGE, "application/xml"),
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


@pytest.mark.parametrize("kind", ["application/octet-stream", "text/plain", "text/csv"])
@pytest.mark.parametrize("row", [b"<html>a note</html>\r\n", b'<?xml version="1.0"?><note/>,x\r\n'])
async def test_a_document_that_is_said_to_be_data_and_repeats_is_a_chunk(
    tmp_path: Path, row: bytes, kind: str
) -> None:
    chunks = pieces(row)
    assert await get(TypedServer(chunks, lambda n, _: (chunks[n], kind)), tmp_path) == b"".join(chunks)


@pytest.mark.parametrize(
    ("row", "kind"),
    [(b'{"a": 1},x\r\n', "application/json"), (b"<b>a note</b>,x\r\n", "text/html"), (NOTES, "text/html")],
)
async def test_what_every_chunk_is_said_to_be_tells_of_none(tmp_path: Path, row: bytes, kind: str) -> None:
    chunks = pieces(row)
    server = TypedServer(chunks, lambda n, _: (chunks[n], kind))
    # In order: without pauses the second chunk could be tried to the end before the first one is seen.
    assert await get(server, tmp_path, window=1) == b"".join(chunks)


@pytest.mark.parametrize("page", [b"<html><body>log in</body></html>\n", JSON_PAGE + b"\n"])
async def test_a_page_whose_first_byte_comes_alone_is_a_page(tmp_path: Path, page: bytes) -> None:
    chunks = pieces(b'"E","x","2","Invalid"\r\n')

    def answer(number: int, time: int) -> tuple[bytes, str]:
        return (page if number == 1 and time == 1 else chunks[number]), ""

    server = TypedServer(chunks, answer)
    server.drop = 1
    assert await get(server, tmp_path) == b"".join(chunks)


def test_whole_documents_are_known() -> None:
    assert is_object(JSON_PAGE)
    assert is_object(b'\xef\xbb\xbf {"error": "x"}\n')
    assert not is_object(b'{"status": {"code": 1}} and more of a row\r\n')
    assert not is_object(b'"E","x"\r\n')
    assert not is_object(b"{" * 100_000)
    assert is_web_page(b"<!DOCTYPE html><html>log in</html>\n")
    assert not is_web_page(NOTES)
    assert not is_web_page(UNQUOTED)


def test_what_repeats_is_a_chunk_unless_it_says_that_it_is_a_page() -> None:
    pages = Pages()
    assert pages.is_one(0, NOTES, length=len(NOTES), media_type="")
    assert not pages.is_one(0, NOTES[:900], length=len(NOTES), media_type="")
    assert pages.is_one(1, NOTES, length=len(NOTES), media_type="text/plain")
    assert pages.is_one(1, NOTES, length=7_000, media_type="text/plain"), "another answer"
    for _ in range(3):
        assert pages.is_one(2, NOTES, length=len(NOTES), media_type="text/html")
        assert pages.is_one(3, JSON_PAGE, length=len(JSON_PAGE), media_type="application/octet-stream")
    assert not pages.is_one(4, b'"E","x"\r\n', length=9, media_type="text/html"), "the type alone says little"
    assert pages.is_one(5, b'{"big": [', length=9_000_000, media_type="application/json")
