"""kill -9 in the middle of an announcement: each account says it once."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from runpy import run_path

import pytest
from sqlalchemy import create_engine, make_url, text

from scskit import open_desk
from scskit.testing import START, FakeClock

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9"),
]

SCRIPT = Path(__file__).parent / "announcing.py"
MOMENTS = [f"{number}-{when}" for number in range(1, 5) for when in ("before", "after")]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Make an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/desk.db"
        return
    server = make_url(request.getfixturevalue("postgres_server_url"))
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"scskit_announcing_{secrets.token_hex(4)}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.mark.parametrize("moment", MOMENTS)
def test_who_is_killed_in_an_announcement_ends_it_without_saying_anything_twice(
    url, tmp_path, moment
):
    """Killed before or after any of four posts and started again: each stands there once."""
    wall = tmp_path / "wall"
    command = [sys.executable, str(SCRIPT), url, str(wall), moment]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    later = FakeClock(START + timedelta(hours=1))
    script = run_path(str(SCRIPT))
    outcomes = script["announce"](url, wall, "", later)
    assert outcomes == dict.fromkeys(script["ACCOUNTS"], "sent")
    posted = wall.read_text().split()
    assert len(posted) == len(set(posted)) == len(outcomes)
    with open_desk(url, script["POLICY"], discover=False) as desk:
        assert len(desk.publishing.latest()) == 1
        assert desk._services.store.verify().problems == []  # noqa: SLF001  as scskit verify does
