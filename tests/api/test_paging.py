"""Lists end and are complete, whatever the paging numbers say."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.api.errors import Unreadable
from anaplan_tui.api.paging import pages

TOTALS = st.none() | st.integers(-2, 60) | st.text(max_size=3) | st.just(True)


class Service:
    """A list served in pages of its own size, with any paging numbers."""

    def __init__(self, rows: list[Any], size: int, total: object, deaf: bool = False) -> None:
        self.rows, self.size, self.total, self.deaf = rows, size, total, deaf
        self.asked: list[int] = []

    async def __call__(self, offset: int, limit: int) -> Mapping[str, Any]:
        self.asked.append(offset)
        start = 0 if self.deaf else offset
        found = self.rows[start : start + min(self.size, limit)]
        meta = {"paging": {"totalSize": self.total, "next": "https://elsewhere/?offset=0"}}
        return {"meta": meta, "items": found} if found else {"meta": meta}


async def collect(service: Service) -> list[str]:
    return [row["id"] async for page in pages(service, ["items"], doing="list") for row in page]


@given(st.integers(0, 40), st.integers(1, 50))
async def test_a_true_total_needs_no_request_more_than_pages(count: int, size: int) -> None:
    service = Service([{"id": str(n)} for n in range(count)], size, count)
    assert await collect(service) == [str(n) for n in range(count)]
    assert len(service.asked) == max(-(-count // size), 1)


@given(st.integers(0, 40), st.integers(1, 50), TOTALS, st.booleans())
async def test_it_always_ends_and_repeats_nothing(count: int, size: int, total: object, deaf: bool) -> None:
    service = Service([{"id": str(n)} for n in range(count)], size, total, deaf)
    found = await collect(service)
    assert len(found) == len(set(found))
    assert len(service.asked) <= count + 2
    assert found == [str(n) for n in range(len(found))]


@given(st.integers(0, 40), st.integers(1, 50), st.none() | st.integers(41, 99) | st.just("x"))
async def test_a_total_that_is_missing_or_too_high_loses_nothing(
    count: int, size: int, total: object
) -> None:
    service = Service([{"id": str(n)} for n in range(count)], size, total)
    assert len(await collect(service)) == count


async def test_more_rows_than_the_total_are_kept() -> None:
    """The official sample counts 3 and lists 4 (service.md §7.2)."""
    service = Service([{"id": str(n)} for n in range(4)], 4, 3)
    assert await collect(service) == ["0", "1", "2", "3"]


async def test_rows_that_are_of_no_use_are_left_out_but_counted() -> None:
    service = Service([{"id": "1"}, {"name": "x"}, None, {"id": "\x1b"}, {"id": "2"}], 2, None)
    assert await collect(service) == ["1", "2"]


@pytest.mark.parametrize("row", [{"name": "x"}, None])
async def test_a_list_without_end_is_given_up(row: object) -> None:
    async def endless(offset: int, limit: int) -> Mapping[str, Any]:
        return {"items": [row, {"id": str(offset)}]}

    with pytest.raises(Unreadable, match="more than 1000 pages"):
        _ = [page async for page in pages(endless, ["items"], doing="list")]


@pytest.mark.parametrize("document", ["text", 5, None, {}, {"other": []}, {"items": 5}, {"items": "text"}])
async def test_no_list_at_all(document: object) -> None:
    async def answer(offset: int, limit: int) -> object:
        return document

    with pytest.raises(Unreadable, match="no list"):
        _ = [page async for page in pages(answer, ["items"], doing="list")]


@pytest.mark.parametrize("document", [[{"id": "1"}], {"items": {"id": "1"}}, {"item": [{"id": "1"}]}])
async def test_bare_and_single_shapes(document: object) -> None:
    async def answer(offset: int, limit: int) -> object:
        return document

    found = [page async for page in pages(answer, ["items", "item"], doing="list")]
    assert found == [[{"id": "1"}]]
