"""The optimizer's log as text: hostile bytes become symbols, lines stay lines."""

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef, TaskRef
from tests.support.raw_server import RawServer, Seen, http, talking_to

TASK = TaskRef(TargetRef(ModelRef("ws/1", "m?1"), Kind.PROCESS, "118"), "TASK/1")


async def test_lines_stay_and_what_a_terminal_would_obey_does_not() -> None:
    def respond(seen: Seen) -> bytes:
        asked.append((seen.path, seen.headers.get("accept", "")))
        return http(200, b"Explored 1 node\r\nname \x1b]0;x\x07\n\xe9 end\n")

    asked: list[tuple[str, str]] = []
    async with RawServer(respond) as server, talking_to(server) as client:
        log = await client.solution_log(TASK, "117/1")
    assert log.split("\n") == ["Explored 1 node", "name ␛]0;x␇", "\\xE9 end"]
    path = "/workspaces/ws%2F1/models/m%3F1/optimizeActions/117%2F1/tasks/TASK%2F1/solutionLogs"
    assert asked == [(f"/2/0{path}", "text/plain")]
