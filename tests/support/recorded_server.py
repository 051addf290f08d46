"""A service on loopback that answers with recorded results, independent of the demo tenant."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORKSPACE, MODEL = "8a81b09d5e8c6f27015ece3402487d33", "9C4E0B6A2D1F48F3A7B5C6D7E8F90A1B"
DUMP = b'"Product","_Line_","_Error_1_"\r\n"P-1","2","Invalid name: P-1"\r\n'
_PLURALS = {"process": "processes", "import": "imports", "export": "exports", "action": "actions"}
_LOGIN = {"tokenInfo": {"tokenValue": "t" * 40, "tokenId": "t", "expiresAt": 4_000_000_000_000}}


class Recorded:
    """Everything the service holds: one target, its plan, and the task that every start of it makes."""

    def __init__(self, told: Mapping[str, Any], lists: Mapping[str, list[dict[str, Any]]]) -> None:
        """``lists`` has further rows of the model's lists, by path segment."""
        self.task_id: str = told["task"]["taskId"]
        target, plural = told["target"], _PLURALS[told["kind"]]
        model = f"/2/0/workspaces/{WORKSPACE}/models/{MODEL}"
        tasks = f"{model}/{plural}/{target['id']}/tasks"
        task = {"task": told["task"]}
        listed = {"id": MODEL, "name": "Demand plan", "currentWorkspaceId": WORKSPACE}
        self.answers: dict[str, Any] = {
            "POST /token/authenticate": _LOGIN,
            "GET /2/0/users/me": {"user": {"id": "u", "email": "demo@example.com"}},
            "GET /2/0/workspaces": {"workspaces": [{"id": WORKSPACE, "name": "Supply Chain"}]},
            "GET /2/0/models": {"models": [listed]},
            f"GET /2/0/workspaces/{WORKSPACE}/models": {"models": [listed]},
            f"GET {model}/{plural}/{target['id']}": {
                "processMetadata": {"name": target["name"], "actions": told["plan"]}
            },
            f"GET {tasks}": {"tasks": []},
            f"POST {tasks}": {"task": {"taskId": self.task_id}},
            f"GET {tasks}/{self.task_id}": task,
        }
        for segment in _PLURALS.values():
            rows = [*lists.get(segment, ()), *([target] if segment == plural else ())]
            self.answers[f"GET {model}/{segment}"] = {segment: rows}

    def answer(self, method: str, path: str) -> bytes | None:
        """Return the body; ``None`` for 404."""
        if re.search(r"/dumps?(?:/\d+)?/chunks$", path):
            return json.dumps({"chunks": [{"id": "0", "name": "Chunk 0"}]}).encode()
        if re.search(r"/dumps?(?:/\d+)?/chunks/0$", path):
            return DUMP
        found = self.answers.get(f"{method} {path.rstrip('/')}")
        return None if found is None else json.dumps(found).encode()


@contextmanager
def serving(told: Mapping[str, Any], **lists: list[dict[str, Any]]) -> Iterator[str]:
    """Serve while the block runs; yields the base address."""
    held = Recorded(told, lists)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = held.answer(self.command, self.path.partition("?")[0])
            self.send_response_only(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def do_POST(self) -> None:
            self.do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
