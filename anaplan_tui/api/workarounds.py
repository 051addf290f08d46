"""Every touch of another library's private parts, with its version and reason."""

from httpcore._async.http11 import AsyncHTTP11Connection

READ_BYTES = 256 * 1024


def read_bigger_blocks() -> None:
    """Let httpcore (1.0) ask the socket for 256 KB at a time instead of 64 KB.

    Downloads go from 0.59 to 0.74 of curl's speed; 1 MB brings 0.80 but blocks that hold up the event loop
    for longer (performance.md, "Tuning httpx"). There is no setting for it.
    """
    AsyncHTTP11Connection.READ_NUM_BYTES = READ_BYTES
