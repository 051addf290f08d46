"""The HTTP server of the tenant on loopback: in a thread for tests, in a child process for the app."""

import asyncio
import contextlib
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from anaplan_tui.children import environment, python_module
from anaplan_tui.demo.clock import Clock
from anaplan_tui.demo.connections import Connections, protocol_with
from anaplan_tui.demo.faults import FaultPlan
from anaplan_tui.demo.request_log import LoggedRequest, RequestLog
from anaplan_tui.demo.routes import app_for
from anaplan_tui.demo.scenarios import Scenario, load
from anaplan_tui.demo.tenant import Tenant
from anaplan_tui.demo.wire import Wire

_START_TIMEOUT = 30.0


class _Server(uvicorn.Server):
    """A uvicorn server that reports when it listens and can be stopped at once from another thread."""

    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._connections = connections
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        # Connections that arrived while the listener was still open and are in the middle of a request.
        self._drop()
        await asyncio.sleep(0)

    def end(self) -> None:
        """Drop every connection and stop. Safe from any thread, and after it has stopped."""
        self.should_exit = self.force_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the server has stopped
                self._loop.call_soon_threadsafe(self._drop)

    def _drop(self) -> None:
        for connection in list(self._connections.values()):
            connection.reset()


class DemoServer:
    """A tenant served by a thread of this process. A context manager.

    After `stop`, `start` resumes the same port, tenant, tokens and tasks, as after an outage.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        scenario: str | Scenario = "company",
        speed: float | None = None,
        state_dir: Path | None = None,
        latency: float | None = None,
        ssl_certfile: Path | None = None,
        ssl_keyfile: Path | None = None,
    ) -> None:
        """`scenario` is a Scenario, a name or a file; `speed` and `latency` (seconds) override its own.

        Raises BadScenario.
        """
        found = scenario if isinstance(scenario, Scenario) else load(scenario)
        self.tenant = Tenant(found.company, Clock(found.speed if speed is None else speed), state_dir)
        self.tenant.habits.set(found.habits)
        self.faults = FaultPlan(
            latency=found.latency if latency is None else latency, per_minute=found.per_minute
        )
        self.faults.add(*found.faults)
        self.log = RequestLog()
        self.port = port
        self._tls = (ssl_certfile, ssl_keyfile)
        self._connections: Connections = {}
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL of all three services: API (`/2/0`), token service and OAuth."""
        return f"{'https' if self._tls[0] else 'http'}://127.0.0.1:{self.port}"

    @property
    def clock(self) -> Clock:
        """The tenant's clock."""
        return self.tenant.clock

    def start(self) -> str:
        """Listen, on the previous port if there was one. Return the URL."""
        listener = self._listen()
        server = self._server = _Server(self._config(), self._connections)
        self._thread = threading.Thread(
            target=server.run, args=([listener],), daemon=True, name="demo tenant"
        )
        self._thread.start()
        if not server.ready.wait(_START_TIMEOUT):
            raise RuntimeError("the demo tenant did not start")
        return self.url

    def stop(self) -> None:
        """Drop every connection and stop listening; tasks continue by the clock."""
        if self._server is not None and self._thread is not None:
            self._server.end()
            self._thread.join()
            self._server = self._thread = None

    def serve(self, when_listening: Callable[[str], None]) -> None:
        """Serve in this thread until `end` or a signal. Calls `when_listening` with the URL first."""
        self.log = RequestLog(limit=1)  # nobody reads it, and this may go on for days
        listener = self._listen()
        self._server = _Server(self._config(), self._connections)
        when_listening(self.url)
        self._server.run([listener])

    def end(self) -> None:
        """Make `serve` return."""
        if self._server is not None:
            self._server.end()

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self.tenant.close()

    def token(self, email: str = "demo@example.com") -> str:
        """Return a live token without signing in."""
        return self.tenant.tokens.token_for(email)

    def wait_for(
        self, method: str, pattern: str, n: int = 1, timeout: float = 60.0, answered: bool = False
    ) -> LoggedRequest:
        """Block until the n-th matching request arrives, or is answered. Raises TimeoutError."""
        return self.log.wait_for(method, pattern, n, timeout, answered)

    async def wait_for_async(
        self, method: str, pattern: str, n: int = 1, timeout: float = 60.0, answered: bool = False
    ) -> LoggedRequest:
        """`wait_for` without blocking the event loop."""
        return await asyncio.to_thread(self.wait_for, method, pattern, n, timeout, answered)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _listen(self) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        return listener

    def _config(self) -> uvicorn.Config:
        tenant = self.tenant
        wire = Wire(app_for(tenant), tenant.clock, tenant.tokens, self.faults, self.log, self._connections)
        certificate, key = self._tls
        return uvicorn.Config(
            wire,
            interface="asgi3",
            loop="asyncio",
            http=protocol_with(self._connections),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )


class DemoProcess:
    """The same server in a child process, so that serving never blocks the caller's interpreter.

    The child has its own session, so that keys pressed in the terminal do not reach it. It exits when its
    standard input closes: together with its parent, however that ends.
    """

    def __init__(
        self,
        *,
        scenario: str = "company",
        speed: float | None = None,
        state_dir: Path | None = None,
        latency: float | None = None,
        port: int = 0,
    ) -> None:
        self._arguments = ["--port", str(port), "--scenario", scenario, "--until-stdin-ends"]
        for option, value in (("--speed", speed), ("--state-dir", state_dir), ("--latency", latency)):
            if value is not None:
                self._arguments += [option, str(value)]
        self._child: subprocess.Popen[bytes] | None = None
        self.url = ""

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._child.pid if self._child else None

    def start(self) -> str:
        """Start the child and return its URL once it listens. RuntimeError with its output if it fails to."""
        child = self._child = subprocess.Popen(
            python_module("anaplan_tui.demo", *self._arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment(),
        )
        stdout = child.stdout
        line = stdout.readline().decode(errors="replace") if stdout else ""
        if not line.startswith("http"):
            rest = stdout.read().decode(errors="replace") if stdout else ""
            self.stop()
            raise RuntimeError(f"the demo tenant did not start: {(line + rest).strip()}")
        self.url = line.split()[0]
        return self.url

    def stop(self) -> None:
        """End the child and wait for it."""
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        child.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
