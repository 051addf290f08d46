"""Names of the demo tenant's objects, and a minimal client for it."""

from dataclasses import dataclass
from typing import Any, Self

import httpx

from anaplan_tui.demo.company import DEMAND_PLAN, SUPPLY_CHAIN
from anaplan_tui.demo.server import DemoServer

MODEL = f"/2/0/workspaces/{SUPPLY_CHAIN}/models/{DEMAND_PLAN}"
MODEL_ONLY = f"/2/0/models/{DEMAND_PLAN}"
STANDARD_USER = "jo.smith@example.com"
FX_REFRESH = "118000000003"
NIGHTLY_LOAD = "118000000042"
WEEKLY_TARGETS_LOAD = "118000000009"
REGIONAL_TARGETS_LOAD = "118000000010"
MONTH_END = "118000000018"
QUARTER_END = "118000000020"
FORECAST_REBUILD = "118000000021"
LOAD_SALES = "112000000102"
LOAD_REGIONS = "112000000103"
LOAD_TARGETS = "112000000108"
LOAD_WEEKLY = "112000000109"
EXPORT_SALES = "116000000001"
EXPORT_TARGETS = "116000000004"
SALES_CSV = "113000000002"
REGIONS_CSV = "113000000003"
TARGETS_CSV = "113000000006"
WEEKLY_CSV = "113000000008"
OCTETS = {"content-type": "application/octet-stream"}


@dataclass
class PlainClient:
    """A user signed in to a tenant through an HTTP client that shares no code with ours."""

    server: DemoServer
    http: httpx.Client
    email: str = "demo@example.com"

    def __enter__(self) -> Self:
        self.http.__enter__()
        return self

    def __exit__(self, *trouble: object) -> None:
        self.http.close()

    def get(self, path: str, expect: int = 200, **query: Any) -> Any:
        """Return the body of a GET below the main model."""
        answer = self.http.get(MODEL + path, params=query)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def start(self, target: str, kind: str = "processes", **body: Any) -> str:
        """Start a task; return its path below the model."""
        answer = self.http.post(f"{MODEL}/{kind}/{target}/tasks", json={"localeName": "en_US", **body})
        assert answer.status_code == 200, answer.text
        return f"/{kind}/{target}/tasks/{answer.json()['task']['taskId']}"

    def later(self, seconds: float) -> None:
        """Advance the clock and sign in again: tokens live for 35 minutes."""
        self.server.clock.advance(seconds)
        self.http.headers["authorization"] = f"AnaplanAuthToken {self.server.token(self.email)}"

    def task(self, path: str, **query: str) -> Any:
        """Return a task's document."""
        return self.get(path, 200, **query)["task"]

    def finish(self, path: str) -> Any:
        """Move the clock past the end of a task; return its document."""
        self.server.clock.advance(300)
        task = self.task(path)
        assert task["taskState"] in ("COMPLETE", "CANCELLED")
        return task

    def run(self, target: str, kind: str = "processes", **body: Any) -> Any:
        """Start, finish, and return the result."""
        return self.finish(self.start(target, kind, **body))["result"]

    def joined(self, path: str) -> bytes:
        """Return all chunks below a path, joined."""
        chunks = self.get(f"{path}/chunks")["chunks"]
        return b"".join(self.http.get(f"{MODEL}{path}/chunks/{chunk['id']}").content for chunk in chunks)

    def upload(self, file: str, *chunks: bytes) -> None:
        """Upload a file in chunks."""
        declared = self.http.post(f"{MODEL}/files/{file}", json={"chunkCount": len(chunks)})
        assert declared.status_code == 200
        for number, data in enumerate(chunks):
            put = self.http.put(f"{MODEL}/files/{file}/chunks/{number}", content=data, headers=OCTETS)
            assert put.status_code == 204


def sign_in(server: DemoServer, email: str = "demo@example.com") -> PlainClient:
    """Return a client with a token of that user."""
    headers = {"authorization": f"AnaplanAuthToken {server.token(email)}"}
    return PlainClient(server, httpx.Client(base_url=server.url, headers=headers, timeout=20), email)
