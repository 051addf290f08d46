"""Endpoints of files: uploads for imports, and the output of exports (service.md §8.2, §8.3)."""

import zlib
from collections.abc import Callable

from starlette.responses import Response

from anaplan_tui.demo.answers import ApiError, FileResponse, envelope
from anaplan_tui.demo.calls import Call, page
from anaplan_tui.demo.content import Content, whole
from anaplan_tui.demo.routes_catalog import file_row
from anaplan_tui.demo.routes_tasks import chunk_rows, one_chunk
from anaplan_tui.demo.uploads import BadUpload, Slot

Handler = Callable[[Call], Response]

LARGEST_CHUNK = 50_000_000
LARGEST_SINGLE = 1_000_000
_OCTETS = "application/octet-stream"


def declare(call: Call) -> Response:
    """POST …/files/{f}: declare the number of chunks, -1 if unknown."""
    slot, count = _slot(call), call.json().get("chunkCount")
    if not isinstance(count, int) or isinstance(count, bool):
        raise ApiError(400, "chunkCount must be a number")
    _checked(lambda: call.tenant.uploads.declare(slot, count))
    return _described(call)


def put_chunk(call: Call) -> Response:
    """PUT …/files/{f}/chunks/{n}."""
    slot, number = _slot(call), call.part("chunk")
    if not number.isascii() or not number.isdigit():
        raise ApiError(404)
    data = _unpacked(call)
    _checked(lambda: call.tenant.uploads.put(slot, int(number), data))
    return Response(status_code=204)


def complete(call: Call) -> Response:
    """POST …/files/{f}/complete."""
    slot = _slot(call)
    _checked(lambda: call.tenant.uploads.complete(slot))
    return _described(call)


def put_whole(call: Call) -> Response:
    """PUT …/files/{f}: a small file in one request, uncompressed."""
    slot = _slot(call)
    if len(call.body) > LARGEST_SINGLE:
        raise ApiError(413, "The file is too large to be uploaded at once; use chunks")
    call.tenant.uploads.declare(slot, 1)
    call.tenant.uploads.put(slot, 0, call.body)
    return Response(status_code=204)


def remove(call: Call) -> Response:
    """DELETE …/files/{f}: remove the user's own copy."""
    call.tenant.uploads.remove(_slot(call))
    return Response(status_code=204)


def read(call: Call) -> Response:
    """GET …/files/{f}: its content, never its metadata; 404 without content (service.md §8.3)."""
    content = _content(call)
    if content is None or not content.size:
        raise ApiError(404)
    return FileResponse(*whole(content), _OCTETS)


def chunks(call: Call) -> Response:
    """GET …/files/{f}/chunks: 200 without `chunks` if the file is empty or has no content.

    Source: service.md §7.2.
    """
    schema = f"models/{call.part('model')}/objects/chunk"
    content = _content(call)
    return page(call, schema, "chunks", [] if content is None else chunk_rows(content))


def read_chunk(call: Call) -> Response:
    """GET …/files/{f}/chunks/{n}."""
    content = _content(call)
    if content is None:
        raise ApiError(404)
    return one_chunk(call, content, _OCTETS)


def _slot(call: Call) -> Slot:
    if call.part("file") not in call.model.files:
        raise ApiError(404)
    return call.user.email, call.model.id, call.part("file")


def _content(call: Call) -> Content | None:
    """Return this user's view of the file's content; ApiError 404 if there is no such file."""
    content = call.tenant.file(call.user, call.model, call.part("file"))
    if content is None and call.part("file") not in call.model.files:
        raise ApiError(404)
    return content


def _described(call: Call) -> Response:
    file = call.model.files[call.part("file")]
    schema = f"models/{call.part('model')}/objects/file"
    return envelope(call.request, schema, {"file": file_row(call, file)})


def _unpacked(call: Call) -> bytes:
    """Return the chunk's bytes, decompressed; x-gzip is a content type, not an encoding (service.md §1.2)."""
    declared = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in (_OCTETS, "application/x-gzip"):
        raise ApiError(415)
    if len(call.body) > LARGEST_CHUNK:
        raise ApiError(413, "The chunk is too large")
    if declared == _OCTETS:
        return call.body
    inflater = zlib.decompressobj(wbits=31)
    try:
        data = inflater.decompress(call.body, LARGEST_CHUNK)
    except zlib.error:
        raise ApiError(400, "The chunk is not gzip") from None
    if not inflater.eof:
        raise ApiError(400, "The chunk is incomplete or too large")
    return data


def _checked(work: Callable[[], None]) -> None:
    try:
        work()
    except BadUpload as refusal:
        raise ApiError(400, str(refusal)) from None


FILE_CALLS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/files/{file}", read),
    ("POST", "/files/{file}", declare),
    ("PUT", "/files/{file}", put_whole),
    ("DELETE", "/files/{file}", remove),
    ("POST", "/files/{file}/complete", complete),
    ("GET", "/files/{file}/chunks", chunks),
    ("GET", "/files/{file}/chunks/{chunk}", read_chunk),
    ("PUT", "/files/{file}/chunks/{chunk}", put_chunk),
)
