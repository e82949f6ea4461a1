"""The service under a real systemd: the installed package in a Debian system of its own. As root."""

import json
import urllib.request

import pytest
import yaml

import debianroot
import systemd
from broker import free_port
from checks import assert_told_all
from debianroot import move_in
from waiting import wait_until

BESIDES = ["systemd", "procps"]
USER = "tq-trellix-tie"
STAGES = ["tie-fetcher.service", "tie-mapper@1.service", "tie-publisher@emea.service", "tie-enricher@1.service"]
CONFIG = "/etc/tq_labs/tq-trellix-tie.yaml"

pytestmark = [
    pytest.mark.xdist_group("package"),
    debianroot.NEEDS_ROOT,
    pytest.mark.skipif(systemd.cgroup2() is None, reason="no cgroup2 here that systemd could use"),
]


class Service:
    """The World's connector, installed at its usual places and started by systemd."""

    def __init__(self, debian, world, folder):
        self.world = world
        move_in(debian, world, USER)
        self.config = debian.folder / CONFIG[1:]
        self.configure({})
        debian.command("chown", f"{USER}:", CONFIG)
        self.systemd = systemd.Systemd(debian, folder / "systemd.log")

    def configure(self, over):
        settings = {**self.world.settings, **over}
        settings["connector"] = {**settings["connector"], "state_dir": "/var/lib/tq_labs", "run_dir": "/run/tq_labs"}
        self.config.write_text(yaml.safe_dump(settings))
        self.config.chmod(0o600)

    def drop_in(self, unit, text):
        folder = self.systemd.root.folder / f"etc/systemd/system/{unit}.d"
        folder.mkdir()
        (folder / "own.conf").write_text(text)
        self.systemd.systemctl("daemon-reload")

    def pid(self, unit):
        return self.systemd.show(unit, "MainPID")

    def state(self, unit):
        return self.systemd.show(unit, "ActiveState")

    def wait(self, unit, state="active"):
        wait_until(lambda: self.state(unit) == state, f"{unit} to be {state}", 30)

    def status(self):
        return json.loads(self.systemd.command("tq-trellix-tie", "status", "--json", check=False).stdout.splitlines()[-1])

    def wait_through(self):
        """A sweep, all of it told and written back."""
        def through():
            report = self.status()
            fabric = report["fabrics"]["emea"]
            return (report["sweep"]["state"] == "idle" and fabric["shared"] and not fabric["queued"]
                    and not fabric["in_flight"] and not fabric["outbox"] and report)
        return wait_until(through, "the sweep to be through", 60, 0.2)


def answer_of(url):
    """None while there is none, or it is that all begins."""
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.read()
    except OSError:
        return None


@pytest.fixture
def service(debian, world, tmp_path_factory):
    w = world({"emea": {"daily_limit": 100000}}, {"connector": {"interval": "24h"}}, count=2000)
    made = Service(debian, w, tmp_path_factory.mktemp("systemd"))
    yield made
    made.systemd.close()


def test_from_the_package_to_a_service(service):
    run = service.systemd
    run.systemctl("enable", "--now", "tie.target", "tie-publisher@emea")
    for unit in STAGES:
        service.wait(unit)
        assert run.show(unit, "User") == USER
        assert run.command("ps", "-o", "user:32=", "-p", service.pid(unit)).stdout.strip() == USER
    assert len(assert_told_all(service.world, "emea", service.wait_through())) > 1000

    # A run by root asks the service to sweep, and is told what it did.
    assert json.loads(run.command("tq-trellix-tie", "--json").stdout.splitlines()[-1])["sweep"]["number"] == 2

    # Page and metrics, when they are wished; here at another address.
    port = free_port()
    service.drop_in("tie-serve.service", f"[Service]\nExecStart=\nExecStart=/usr/bin/tq-trellix-tie serve --listen 127.0.0.1:{port}\n")
    run.systemctl("enable", "--now", "tie-serve")
    service.wait("tie-serve.service")
    assert wait_until(lambda: answer_of(f"http://127.0.0.1:{port}/readyz"), "serve to be ready") == b"fine\n"

    # What is killed comes back, and the others do not notice.
    before = {unit: service.pid(unit) for unit in STAGES}
    run.command("kill", "-KILL", before["tie-publisher@emea.service"])
    wait_until(lambda: service.pid("tie-publisher@emea.service") not in ("0", before["tie-publisher@emea.service"]),
               "the publisher to be started again")
    assert [unit for unit in STAGES if service.pid(unit) != before[unit]] == ["tie-publisher@emea.service"]

    # SIGHUP by `reload`; a second mapper.
    run.systemctl("reload", "tie-*")
    run.systemctl("start", "tie-mapper@2")
    service.wait("tie-mapper@2.service")

    # A configuration that is wrong stays wrong: no loop.
    service.configure({"selection": {"days": 400}})
    run.command("systemctl", "restart", "tie-enricher@1", check=False)
    service.wait("tie-enricher@1.service", "failed")
    assert run.show("tie-enricher@1.service", "ExecMainStatus") == "2"
    service.configure({})
    run.systemctl("start", "tie-enricher@1")
    service.wait("tie-enricher@1.service")

    # An upgrade restarts what runs, and nothing else.
    before = {unit: service.pid(unit) for unit in STAGES}
    run.command("dpkg", "-i", "/tmp/package.deb")
    for unit in STAGES:
        wait_until(lambda: service.pid(unit) not in ("0", before[unit]), f"{unit} to be restarted")
    service.wait_through()

    # A stop is one that the stages call good; a removal stops them too.
    run.systemctl("stop", "tie.target")
    for unit in STAGES:
        assert (service.state(unit), run.show(unit, "Result"), run.show(unit, "ExecMainStatus")) == ("inactive", "success", "0")
    run.systemctl("start", "tie.target")
    for unit in STAGES:
        service.wait(unit)
    run.command("dpkg", "-r", "tq-trellix-tie")
    assert run.command("pgrep", "tie-", check=False).stdout == ""


def test_an_upgrade_starts_nothing_that_was_stopped(service):
    run = service.systemd
    run.systemctl("stop", "tie.target")
    run.command("dpkg", "-i", "/tmp/package.deb")
    assert [service.state(unit) for unit in STAGES] == ["inactive"] * 4
