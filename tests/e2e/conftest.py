"""Fixtures: certificates once per session, a World per test, closed whatever happens."""

import shutil
import signal
import subprocess

import pytest

import debianroot
import tools
from certs import Certs
from debianroot import DebianRoot
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


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The folder with the Debian package and its debugging symbols."""
    folder = tmp_path_factory.mktemp("package")
    done = subprocess.run([tools.ROOT / "scripts/package", "--output", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == sorted(str(path) for path in folder.iterdir())
    return folder


@pytest.fixture(scope="session")
def package(built):
    return next(built.glob("tq-trellix-tie_*.deb"))


@pytest.fixture
def bare(package, tmp_path, request):
    """A Debian system with what the package depends on (and what the test's module wants besides), and the package
    in /tmp."""
    depends = debianroot.run("dpkg-deb", "-f", package, "Depends")
    besides = getattr(request.module, "BESIDES", [])
    made = DebianRoot(tmp_path, [names[0] for names in debianroot.alternatives(depends)] + besides)
    shutil.copy(package, tmp_path / "tmp/package.deb")
    yield made
    made.close()


@pytest.fixture
def debian(bare):
    """With the package installed."""
    bare.command("dpkg", "-i", "/tmp/package.deb")
    return bare
