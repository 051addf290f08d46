"""The wheelhouse in a stock Debian with its own Python and without a network.

Not collected by ``make test``; ``make test-wheelhouse`` names the folder in ``WHEELHOUSE``.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundle.bare_root import HOME, NEEDS, Host, copy_of, debian

WHEELHOUSE = Path(os.environ.get("WHEELHOUSE", ""))
pytestmark = [
    *NEEDS,
    pytest.mark.skipif(
        sys.version_info[:2] != (3, 11), reason="the wheels are for this Python; Debian 12 has 3.11"
    ),
]


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    root = copy_of(debian("bookworm", "python3-venv"), tmp_path_factory.mktemp("stock") / "root")
    with Host(root) as host:
        host.empty_home()
        shutil.copytree(WHEELHOUSE, host.home / "wheelhouse")
        yield host
    shutil.rmtree(root)


def test_pip_installs_it_without_an_index_and_it_does_its_work(stock: Host) -> None:
    script = """
unset PYTHONHOME PYTHONPATH LD_LIBRARY_PATH
python3 -m venv app
app/bin/pip install --quiet --no-index --find-links wheelhouse 'anaplan-tui[demo]'
app/bin/anaplan-tui --demo run 'Nightly load' --dumps dumps"""
    done = stock.run(script)
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(list((stock.home / "dumps").rglob("*.csv"))) == 2
    assert (stock.home / "app" / "share" / "man" / "man1" / "anaplan-tui.1").is_file()
    assert f"{HOME}/app" not in done.stdout
