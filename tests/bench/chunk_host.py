"""A chunk server faster than any client: threads, raw sockets, one buffer; as slow as asked.

python -m tests.bench.chunk_host --chunks 100 --size 10000000 [--latency 0.15] [--rate 20e6] [--tls PEM]

Prints its URL. Every path that ends in ``/chunks`` is the list; in ``/chunks/N`` a chunk, its number in eight
digits and then the same text; in ``/tasks/ID`` a task that left it as a dump. Any login succeeds. Each
connection has a thread; the kernel does the copying.
"""

import argparse
import json
import socket
import ssl
import threading
import time

from tests.bench.figures import say

_SLICE = 256 * 1024
WORKSPACE, MODEL = "8a81b09d5e8c6f27015ece3402487d33", "3F2A9C41D0B84E6F8A57C21E94B3D60A"
PROCESS, OBJECT, TASK = "118000000001", "112000000007", "B7EA"
_MODEL = {
    "model": {
        "id": MODEL,
        "name": "Demand plan",
        "activeState": "UNLOCKED",
        "currentWorkspaceId": WORKSPACE,
        "currentWorkspaceName": "Supply Chain",
    }
}
_PROCESS = {
    "processMetadata": {
        "name": "Quarter load",
        "actions": [{"id": OBJECT, "name": "Load", "actionType": "IMPORT"}],
    }
}
_TOKEN = {"tokenInfo": {"expiresAt": 4102444800000, "tokenId": "1", "tokenValue": "t", "refreshTokenId": "2"}}
_TASK = {
    "task": {
        "taskId": TASK,
        "taskState": "COMPLETE",
        "progress": 1.0,
        "result": {
            "successful": False,
            "nestedResults": [
                {"objectId": OBJECT, "objectName": "Load", "successful": False, "failureDumpAvailable": True}
            ],
        },
    }
}
_ROW = b'"E","Zo\xc3\xab Ruiz","Sales, EMEA","E-0417","02/29/23","118","Invalid date: 02/29/23"\r\n'


def text_of(size: int) -> bytes:
    """Return the part that all chunks share; it ends a line, as dumps do."""
    return (_ROW * (size // len(_ROW) + 1))[: size - 10] + b"\r\n"


def chunk_head(number: int) -> bytes:
    """Return the first eight bytes of a chunk."""
    return b"%08d" % number


class Host:
    """The content served, and how slowly."""

    def __init__(self, chunks: int, size: int, latency: float, rate: float) -> None:
        self.chunks, self.size, self.latency, self.rate = chunks, size, latency, rate
        self._text = memoryview(text_of(size))
        rows = [{"id": str(n), "name": f"Chunk {n}"} for n in range(chunks)]
        paging = {"currentPageSize": chunks, "offset": 0, "totalSize": chunks}
        self._list = json.dumps({"meta": {"paging": paging}, "chunks": rows}).encode()
        named = {"authenticate": _TOKEN, TASK: _TASK, MODEL: _MODEL, PROCESS: _PROCESS}
        self._documents = {last.encode(): json.dumps(document).encode() for last, document in named.items()}

    def serve(self, connection: socket.socket) -> None:
        """Answer requests until the client leaves."""
        with connection:
            pending = b""
            while True:
                while b"\r\n\r\n" not in pending:
                    try:
                        block = connection.recv(65536)
                    except OSError:
                        return
                    if not block:
                        return
                    pending += block
                head, _, pending = pending.partition(b"\r\n\r\n")
                try:
                    self._answer(connection, head.split(b" ")[1].partition(b"?")[0])
                except OSError:
                    return

    def _answer(self, connection: socket.socket, path: bytes) -> None:
        time.sleep(self.latency)
        last = path.rsplit(b"/", 1)[-1]
        is_chunk = b"/chunks/" in path
        document = None if is_chunk else self._documents.get(last, self._list)
        size = self.size if document is None else len(document)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: text/plain\r\n\r\n" % size
        if document is not None:
            connection.sendall(head + document)
            return
        connection.sendall(head + chunk_head(int(last)))
        began = time.monotonic()
        for at in range(0, len(self._text), _SLICE):
            if self.rate and (wait := at / self.rate - (time.monotonic() - began)) > 0:
                time.sleep(wait)
            connection.sendall(self._text[at : at + _SLICE])


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100)
    parser.add_argument("--size", type=int, default=10_000_000)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--tls", help="PEM file with certificate and key")
    options = parser.parse_args()
    host = Host(options.chunks, options.size, options.latency, options.rate)
    context = None
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.tls)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    scheme = "https" if context else "http"
    say(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_welcome, args=(host, connection, context), daemon=True).start()


def _welcome(host: Host, connection: socket.socket, context: ssl.SSLContext | None) -> None:
    try:
        host.serve(context.wrap_socket(connection, server_side=True) if context else connection)
    except OSError:
        connection.close()


if __name__ == "__main__":
    run()
