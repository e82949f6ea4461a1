"""Fixtures: certificates once per session, a World per test, closed whatever happens."""

import signal

import pytest

import tools
from certs import Certs
from guide import Guide
from world import World

# Who starts the tests may ignore signals (nohup does, and a shell's &), and every child would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_sessionstart(session):
    for program in (tools.THREATQ_SIM, tools.TIE_SIM, tools.EPO_SIM):
        if not program.exists():
            pytest.exit(f"{program} is not built; set TQ_BUILD to the build folder", 4)


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture
def world(certs):
    """Makes Worlds: world(fabrics={…}, config={…}, …)."""
    yield from worlds(certs, World)


@pytest.fixture(scope="module")
def guide_world(certs):
    """Makes Worlds of the guide's table, which many rows of a file share."""
    yield from worlds(certs, Guide)


def worlds(certs, kind):
    made = []

    def make(fabrics, config=None, **threatq):
        made.append(kind(certs, fabrics, config, **threatq))
        return made[-1]

    yield make
    for w in reversed(made):
        w.close()
