"""Validate and sort a chunk list: numbered 0 to n-1, without gaps or duplicates, in numeric order."""

from collections.abc import Sequence

from anaplan_tui.core.downloads.errors import DownloadFailed
from anaplan_tui.core.downloads.service import Chunk

_LONGEST_ID = 18


def in_order(doing: str, chunks: Sequence[Chunk]) -> list[str]:
    """Return the chunk ids in numeric order ("2" before "10"), whatever the order of the list.

    The list itself is counted: its paging numbers are known to be wrong (service.md §7.2). Raises
    :class:`DownloadFailed` when it is empty, or when the ids are not exactly 0 to n-1.
    """
    if not chunks:
        raise DownloadFailed(
            doing,
            "the service lists no chunks for it",
            "There may be nothing to fetch: look at the run's result.",
        )
    by_number: dict[int, str] = {}
    for chunk in chunks:
        number = _number(chunk.id)
        if number is None:
            raise _distrusted(doing, f"a chunk has the id {chunk.id[:40]!r}, which is no number")
        if number in by_number:
            raise _distrusted(doing, f"chunk {number} is listed twice")
        by_number[number] = chunk.id
    for number in range(len(by_number)):
        if number not in by_number:
            raise _distrusted(doing, f"chunk {number} is missing from the list of {len(by_number)}")
    return [by_number[number] for number in range(len(by_number))]


def _number(chunk_id: str) -> int | None:
    plain = chunk_id.isascii() and chunk_id.isdigit() and len(chunk_id) <= _LONGEST_ID
    return int(chunk_id) if plain else None


def _distrusted(doing: str, said: str) -> DownloadFailed:
    return DownloadFailed(
        doing, said, "Nothing was written, as the file would not be whole. Try again later."
    )
