"""Every touch of another library's private parts, with its version and reason."""

from httpcore._sync.http11 import HTTP11Connection

READ_BYTES = 1024 * 1024


def read_bigger_blocks() -> None:
    """Let httpcore (1.0) ask the socket for 1 MB at a time instead of 64 KB, in threads.

    Each block costs the same work in Python whatever its size. There is no setting for it.
    """
    HTTP11Connection.READ_NUM_BYTES = READ_BYTES
