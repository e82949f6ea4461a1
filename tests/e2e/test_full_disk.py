"""A disk that is full when a publisher starts, or when the quota is reset: it is said once, and goes on when there is room."""

import os
import subprocess

import pytest

import tools
from process import Process
from waiting import wait_until

FULL = "is full; nothing is lost"


def may_mount():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True,
                                                check=False).returncode == 0


pytestmark = pytest.mark.skipif(not may_mount(), reason="mounts a small disk")

# The state folder on a disk of its own that nobody else sees, filled to the last byte but for what `keep` spares.
SCRIPT = """
set -e
mount --make-rprivate /
mkdir "$1.copy"
cp -a "$1/." "$1.copy"
mount -t tmpfs -o size=1m none "$1"
cp -a "$1.copy/." "$1"
: > "$1/ballast"
chmod 600 "$1/ballast"
dd if=/dev/zero of="$1/ballast" bs=4k 2>/dev/null || true
shift
exec "$@"
"""


class Publisher:
    def __init__(self, w):
        self.state = w.folder / "state"
        (self.state / "publisher-emea.lock").write_text("1\n")  # there since its first start
        self.process = Process("publisher", ["unshare", "-m", "sh", "-c", SCRIPT, "sh", self.state, tools.PUBLISHER, "-c", w.config,
                                             "--fabric", "emea", "-v2"], w.folder / "publisher.log")
        w.closers.append(self.process.close)

    def says(self, words):
        return self.process.output().count(words)

    def wait(self, words):
        wait_until(lambda: self.says(words) or not self.process.alive(), f"the publisher to say {words!r}")
        assert self.process.alive(), self.process.output()

    def inside(self, *command):
        subprocess.run(["nsenter", "-t", str(self.process.pid), "-m", "-r", *command], check=True)

    def make_room(self):
        self.inside("rm", self.state / "ballast")


def test_a_publisher_that_starts_on_a_full_disk_waits_for_room(world):
    w = world({"emea": {"enrichment": False}}, count=20)
    publisher = Publisher(w)
    publisher.wait(FULL)
    publisher.make_room()
    publisher.wait("ready")
    assert publisher.says(FULL) == 1
    assert publisher.process.terminate() == 0


def test_it_ends_when_it_is_asked_to_while_it_waits(world):
    w = world({"emea": {"enrichment": False}}, count=20)
    publisher = Publisher(w)
    publisher.wait(FULL)
    assert publisher.process.terminate() == 0
    assert not publisher.says("ready")
