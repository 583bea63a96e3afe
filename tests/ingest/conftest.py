"""What every test of ingest is given: tries that follow at once, and a server that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from tests.ingest.rude_server import Rude, serving


@pytest.fixture(autouse=True)
def no_backoff() -> Iterator[None]:
    """Try again at once: the pauses between tries are not what is tested."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def rude() -> Iterator[Rude]:
    """Return a server on this machine that answers as it is told to."""
    with serving() as server:
        yield server
