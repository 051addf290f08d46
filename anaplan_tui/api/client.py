"""The API client: one method per endpoint of the service (paths: service.md §1.5).

Every method raises only subclasses of :class:`~anaplan_tui.api.errors.AnaplanError`. ``retry`` says which
requests are repeated after a failure, and which never.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from anaplan_tui.api.answers import W, checked, malformed_chunk_list, payload, require_numbers, started_id
from anaplan_tui.api.auth import SessionAuth
from anaplan_tui.api.clean import clean
from anaplan_tui.api.clock import http_date
from anaplan_tui.api.errors import NotAuthenticated, Refused, Unreadable
from anaplan_tui.api.exchange import Consumer, Exchange
from anaplan_tui.api.failures import unreadable
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.options import TransportOptions
from anaplan_tui.api.paging import pages
from anaplan_tui.api.quota import Quota
from anaplan_tui.api.refs import (
    Chunked,
    FileRef,
    Kind,
    ModelRef,
    TargetRef,
    TaskRef,
    chunk_path,
    model_path,
    solution_log_path,
    workspace_models_path,
)
from anaplan_tui.api.retry import Repeat
from anaplan_tui.api.schemas import (
    Chunk,
    FileInfo,
    ImportDetail,
    ListedTask,
    Model,
    ModelStatus,
    ProcessDetail,
    Target,
    Task,
    User,
    Workspace,
)
from anaplan_tui.api.transport import Call, Transport

T = TypeVar("T")

_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class TaskList:
    """The tasks of a target that the service still keeps: all users', newest first (service.md §5.1)."""

    items: tuple[ListedTask, ...]
    server_time: datetime | None
    """The service's clock when it answered (``Date`` header)."""
    requests: int = 1
    """How many pages were fetched."""


class ChunkStream:
    """The body of one chunk as it arrives; a blocking thread reads it (:mod:`~anaplan_tui.api.exchange`)."""

    def __init__(self, response: httpx.Response, exchange: Exchange) -> None:
        self._exchange = exchange
        length = response.headers.get("content-length", "")
        self.length = int(length) if length.isascii() and length.isdigit() else None
        """Bytes to come; ``None`` if the service does not say, or compresses the transfer."""
        self.media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        """The answer's content type; empty if it gives none."""

    @property
    def first(self) -> bytes:
        """The first block, decoded, of whatever size the network brought; empty if nothing comes.

        If the body begins like a page, it is long enough to tell whether it is one.
        """
        return self._exchange.first

    async def drain(self, consumer: Consumer[T]) -> T:
        """Pass all blocks, the first included, to ``consumer`` in the thread, and return its result.

        Call it at most once. Cancelling breaks the transfer off, and returns when the consumer has ended.
        """
        return await self._exchange.drain(consumer)


class AnaplanClient:
    """A tenant as one user sees it. Use as ``async with AnaplanClient(hosts, auth) as client``.

    Leaving the block closes the connections; only :meth:`logout` ends the session.
    """

    def __init__(self, hosts: Hosts, auth: httpx.Auth, *, options: TransportOptions | None = None) -> None:
        self.hosts = hosts
        self._auth = auth
        self._transport = Transport(hosts.api_url, auth, options or TransportOptions())
        self._status_verb = "GET"
        self._asks_details = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections. The session stays valid, and whatever was started keeps running."""
        await self._transport.aclose()

    def keep_to(self, quota: Quota) -> None:
        """Make every request from now on wait for its place in ``quota``, login requests included."""
        self._transport.quota = quota

    @property
    def server_offset_s(self) -> float | None:
        """The tenant's clock minus ours in seconds; ``None`` before the first answer."""
        return self._transport.clock.offset_s

    def allow_login(self) -> None:
        """Let the next request try to log in although an earlier login was refused: somebody asked for it.

        Otherwise a refused login is remembered, because a password sent again and again locks an account.
        """
        if isinstance(self._auth, SessionAuth):
            self._auth.forget_refusal()

    def look_for_another_secret(self) -> None:
        """Let the next request fetch the secret anew; the one that was refused is not sent again."""
        if isinstance(self._auth, SessionAuth):
            self._auth.look_for_another_secret()

    async def knock(self, url: str, method: str = "GET", *, named: bool = True) -> int:
        """Send a request without a login to ``url`` and return the answer's status, success or not.

        ``named=False`` leaves our ``User-Agent`` out. Never retried. Raises :class:`Unreachable`.
        """
        return await self._transport.knock(method, url, named=named)

    # --- finding things (service.md §3)

    async def me(self) -> User:
        """The user who is logged in."""
        return await self._one(User, "read who is logged in", "/users/me", "user", quick=True)

    async def workspaces(self) -> list[Workspace]:
        """Every workspace that this user can see."""
        return await self._all(Workspace, "list the workspaces", "/workspaces", "workspaces")

    async def models(self, workspace_id: str | None = None) -> list[Model]:
        """The models of a workspace, or of the whole tenant."""
        if workspace_id is None:
            return await self._all(Model, "list the models", "/models", "models")
        path = workspace_models_path(workspace_id)
        found = await self._all(Model, "list the models", path, "models")
        return [
            model if model.workspace_id else model.model_copy(update={"workspace_id": workspace_id})
            for model in found
        ]

    async def model(self, model_id: str) -> Model:
        """One model."""
        return await self._one(Model, "read the model", model_path(model_id), "model")

    async def model_status(self, model: ModelRef, *, within_s: float | None = None) -> ModelStatus:
        """Whether the model is at work; ``within_s`` is :attr:`Call.within_s`.

        A model that is being loaded delays its answers for minutes (service.md §9.2). GET and POST are both
        documented (service.md §8.4): after a 405 the other one is used from then on.
        """
        path = f"{model.path}/status"
        try:
            return await self._status(path, within_s)
        except Refused as error:
            if error.status != 405:
                raise
        self._status_verb = "POST" if self._status_verb == "GET" else "GET"
        return await self._status(path, within_s)

    async def _status(self, path: str, within_s: float | None) -> ModelStatus:
        doing = "read the model's status"
        call = Call(doing, self._status_verb, path, within_s=within_s)
        found = payload(doing, await self._document(call), ("requestStatus",), ModelStatus)
        return checked(ModelStatus.model_validate, doing, found)

    async def open_model(self, model: ModelRef) -> None:
        """Ask the service to load a closed model, which takes a while; harmless if it is open.

        For Workspace Administrators only; others get :class:`NotFound` (service.md §8.4).
        """
        call = Call("open the model", "POST", f"{model.path}/open", repeat=Repeat.FREELY)
        await self._transport.fetch(call)

    async def target_pages(self, model: ModelRef, kind: Kind) -> AsyncIterator[list[Target]]:
        """The processes, imports, exports or other actions of a model, in the service's order.

        They come page by page, so that of thousands the caller keeps only what it shows.
        """
        doing = f"list the {kind.plural}"
        async for page in self._pages(Target, doing, f"{model.path}/{kind.plural}", kind.plural):
            yield page

    async def process(self, target: TargetRef) -> ProcessDetail:
        """A process and its actions, in their order of execution."""
        keys = ("processMetadata", "process")
        return await self._one(ProcessDetail, "read the process's actions", target.path, *keys)

    async def import_detail(self, target: TargetRef) -> ImportDetail:
        """What an import expects of its source file."""
        doing = "read what the import expects"
        document = await self._document(Call(doing, "GET", target.path))
        found = payload(doing, document, ("importMetadata", "import"), ImportDetail)
        return checked(ImportDetail.of, doing, found)

    async def files(self, model: ModelRef) -> list[FileInfo]:
        """The files of a model: sources of imports and output of exports."""
        return await self._all(FileInfo, "list the files", f"{model.path}/files", "files")

    # --- running things (service.md §4, §5, §6)

    async def start(
        self,
        target: TargetRef,
        *,
        locale: str = "en_US",
        parameters: Sequence[tuple[str, str]] = (),
        of_imports: Sequence[tuple[str, str, str]] = (),
    ) -> str:
        """Start a target and return the task's id.

        ``parameters`` are pairs of dimension and item; ``of_imports`` has an import's id before each, for
        values meant for one import of a process only.

        Sent once; repeated only if the service certainly did not take it. If an error's ``outcome_unknown``
        is true, the task may be running anyway: check :meth:`tasks` before anything else (service.md §10).

        Source: service.md §4.
        """
        body: dict[str, Any] = {"localeName": locale}
        if parameters or of_imports:
            body["mappingParameters"] = [
                *({"entityType": dimension, "entityName": item} for dimension, item in parameters),
                *(
                    {"entityType": dimension, "entityName": item, "importId": import_id}
                    for import_id, dimension, item in of_imports
                ),
            ]
        doing = f"start the {target.kind.value}"
        call = Call(doing, "POST", target.tasks_path, repeat=Repeat.ONLY_IF_NOT_TAKEN, body=body)
        task_id = started_id(await self._document(call))
        if task_id is None:
            raise unreadable(doing, "an answer without a task id")
        return task_id

    async def tasks(self, target: TargetRef, *, once: bool = False) -> TaskList:
        """The tasks of a target, other users' included; sorted here, because the service's order varies.

        ``once``: no second try, for a poll that others follow anyway. An empty list may also mean that the
        target does not exist or that this user has no access to the model (service.md §3.1).
        """
        doing = "list the tasks"
        repeat = Repeat.NEVER if once else Repeat.FREELY
        dates: list[datetime | None] = []

        async def fetch(offset: int, limit: int) -> Any:
            call = _page_call(doing, target.tasks_path, offset, limit, quick=True, repeat=repeat)
            answer = await self._transport.fetch(call)
            dates.append(http_date(answer.headers.get("date")))
            return await answer.document()

        found = pages(fetch, ("tasks", "task"), doing=doing, id_key="taskId")
        items = [checked(ListedTask.of, doing, row) async for page in found for row in page]
        items.sort(key=lambda task: task.created_at or _EPOCH, reverse=True)
        return TaskList(tuple(items), dates[0], len(dates))

    async def task(self, ref: TaskRef, *, details: bool = True, once: bool = False) -> Task:
        """A task's present state; ``details`` asks for the time that each action took (service.md §8.1).

        ``once``: no second try, for a poll that others follow anyway. A service that refuses ``details`` is
        not asked for them again. ``Task.raw`` is the answer as received. A 404 on a known task means that
        its result is unknown, not that it failed (service.md §5.1).
        """
        doing = "read the task"
        params = {"includeProcessDetails": "true"} if details and self._asks_details else {}
        repeat = Repeat.NEVER if once else Repeat.FREELY
        call = Call(doing, "GET", ref.path, params=params, quick=True, repeat=repeat)
        try:
            document = await self._document(call)
        except Refused as error:
            if error.status != 400 or not params:
                raise
            document = await self._document(Call(doing, "GET", ref.path, quick=True, repeat=repeat))
            self._asks_details = False
        found = payload(doing, document, ("task",), Task)
        return checked(Task.of, doing, {**found, "taskId": found.get("taskId") or ref.task_id})

    async def solution_log(self, ref: TaskRef, action_id: str) -> str:
        """The optimizer's log of an action of this task, line by line; for Workspace Administrators.

        ``action_id`` is that of the optimizer action, even if the task is that of its process.

        Source: service.md §8.5.
        """
        call = Call("read the optimizer's log", "GET", solution_log_path(ref, action_id), accept="text/plain")
        answer = await self._transport.fetch(call)
        lines = answer.body.decode("utf-8", "surrogateescape").splitlines()
        return "\n".join(clean(line) for line in lines)

    async def cancel(self, ref: TaskRef) -> None:
        """Ask the service to cancel the task. It may complete anyway: keep watching it.

        Source: service.md §6.
        """
        await self._transport.fetch(Call("cancel the task", "DELETE", ref.path, quick=True))

    # --- moving bytes (service.md §7, §8)

    async def chunks(self, ref: Chunked) -> list[Chunk]:
        """The chunks of a dump or file, sorted by number; empty if there is nothing to fetch.

        Also reads the malformed list of the official pages (service.md §7.2). Raises :class:`Unreadable` for
        a chunk without a number: no file can be joined from that.
        """
        doing, path = "list the chunks", ref.chunks_path

        async def fetch(offset: int, limit: int) -> Any:
            answer = await self._transport.fetch(_page_call(doing, path, offset, limit, quick=True))
            if answer.status == 204:
                return []
            try:
                document = await answer.document()
            except Unreadable:
                document = malformed_chunk_list(answer.body)
                if document is None:
                    raise
            require_numbers(doing, document)
            return document

        rows = [row async for page in pages(fetch, ("chunks",), doing=doing) for row in page]
        return sorted((checked(Chunk.model_validate, doing, row) for row in rows), key=lambda c: int(c.id))

    def stream_chunk(self, ref: Chunked, chunk_id: str) -> AbstractAsyncContextManager[ChunkStream]:
        """One chunk as it arrives, for ``async with`` and then ``await stream.drain(...)``.

        Sent once, except after a renewed login: the code that joins the chunks decides on further tries.
        The ``with`` block raises the errors; for 429 and 503 they carry ``retry_after_s``.
        """
        path = chunk_path(ref.chunks_path, chunk_id)
        return self._streamed(Call("download the chunk", "GET", path, accept="*/*", quick=True))

    @asynccontextmanager
    async def _streamed(self, call: Call) -> AsyncIterator[ChunkStream]:
        async with self._transport.stream(call) as (response, exchange):
            yield ChunkStream(response, exchange)

    async def announce_upload(self, file: FileRef, chunk_count: int) -> None:
        """Tell the service how many chunks will come, or -1 if that is not known yet (service.md §8.2)."""
        call = Call("announce the upload", "POST", file.path, body={"chunkCount": chunk_count})
        await self._transport.fetch(call)

    async def put_chunk(self, file: FileRef, number: int, data: bytes, *, gzipped: bool = False) -> None:
        """Send chunk ``number``, counted from 0; the content type says whether it is compressed.

        Source: service.md §1.2.
        """
        kind = "application/x-gzip" if gzipped else "application/octet-stream"
        path = chunk_path(file.chunks_path, str(number))
        call = Call(f"upload chunk {number}", "PUT", path, content=data, content_type=kind, accept="*/*")
        await self._transport.fetch(call)

    async def complete_upload(self, file: FileRef) -> None:
        """Tell the service that all chunks were sent. Never repeated: the file list shows how it went.

        Source: service.md §8.2.
        """
        call = Call(
            "complete the upload",
            "POST",
            f"{file.path}/complete",
            body={"id": file.file_id},
            repeat=Repeat.NEVER,
        )
        await self._transport.fetch(call)

    async def logout(self) -> None:
        """End the session, if it is our own; its token is dead at once (service.md §2.3)."""
        request = self._auth.logout_request() if isinstance(self._auth, SessionAuth) else None
        if request is not None:
            with suppress(NotAuthenticated):  # it had ended already
                await self._transport.send_plain("log out", request)

    async def end_token(self, token: str) -> bool:
        """End the session of ``token`` at once, whoever started it; ``False`` if it had already ended.

        Source: service.md §2.3.
        """
        url = f"{self.hosts.auth_url.rstrip('/')}/token/logout"
        headers = {"Authorization": f"AnaplanAuthToken {token}", "Accept": "application/json"}
        try:
            await self._transport.send_plain("log out", httpx.Request("POST", url, headers=headers))
        except NotAuthenticated:
            return False
        return True

    async def access_token(self) -> str:
        """The token that requests carry; sends a request first, so that it is a valid one.

        Raises:
            AnaplanError: the service cannot be reached or the login is refused.
        """
        await self.me()
        return self._auth.token if isinstance(self._auth, SessionAuth) else ""

    # --- reading answers

    async def _document(self, call: Call) -> Any:
        return await (await self._transport.fetch(call)).document()

    async def _one(self, kind: type[W], doing: str, path: str, *keys: str, quick: bool = False) -> W:
        document = await self._document(Call(doing, "GET", path, quick=quick))
        return checked(kind.model_validate, doing, payload(doing, document, keys, kind))

    async def _all(self, kind: type[W], doing: str, path: str, key: str) -> list[W]:
        found = self._pages(kind, doing, path, key)
        return [item async for page in found for item in page]

    async def _pages(self, kind: type[W], doing: str, path: str, key: str) -> AsyncIterator[list[W]]:
        async def fetch(offset: int, limit: int) -> Any:
            return await self._document(_page_call(doing, path, offset, limit))

        async for rows in pages(fetch, (key,), doing=doing):
            yield [checked(kind.model_validate, doing, row) for row in rows]


def _page_call(
    doing: str,
    path: str,
    offset: int,
    limit: int,
    *,
    quick: bool = False,
    repeat: Repeat = Repeat.FREELY,
) -> Call:
    paging = {"offset": str(offset), "limit": str(limit)}
    return Call(doing, "GET", path, params=paging, quick=quick, repeat=repeat)
