"""What four hosts have to stand: run by test_hosts.py, each in a network namespace of its own."""

import json
import signal
import socket
import subprocess

import hosts
import links
import pytest
import tools
from certs import SERVER_EXT
from checks import ENRICHMENT, SHARED, assert_told_all, expected, share_status, told, values
from hosts import Host
from network import Line
from waiting import wait_until

TWO = {"emea": {"daily_limit": 100000}, "apac": {"daily_limit": 300}}
COUNT = 1500
PORT = 7400
LIMIT = TWO["apac"]["daily_limit"]


class Lab:
    """ThreatQ and the brokers outside; fetcher, two mappers, two publishers, enricher on a host each."""

    def __init__(self, world, certs):
        hosts.lay_switch()
        certs.issue("outside", SERVER_EXT.replace("127.0.0.1", hosts.OUTSIDE))
        self.world = world(TWO, count=COUNT, other_types=0, cert=certs.crt("outside"), key=certs.key("outside"))
        folder = self.world.folder
        self.lines = [Line(self.world.threatq.port, address=hosts.OUTSIDE)]
        self.world.threatq.url = f"https://{hosts.OUTSIDE}:{self.lines[0].port}"
        for fabric in self.world.fabrics.values():
            fabric.tie.fault(delay_ms=50)  # so that there is something on its way when a cable is cut
            self.lines.append(Line(fabric.broker.port, address=hosts.OUTSIDE))
            text = fabric.dxl_config.read_text()
            fabric.dxl_config.write_text(text.replace(fabric.broker.line(), fabric.broker.line(
                hosts.OUTSIDE, hosts.OUTSIDE).replace(f";{fabric.broker.port};", f";{self.lines[-1].port};")))
        self.keys = {name: links.keygen(folder / "keys" / name) for name in ("fetcher", "mappers", "publishers", "enricher",
                                                                             "stranger")}
        at = {"fetcher": "10.77.0.10", "emea": "10.77.0.12", "apac": "10.77.0.12"}
        owner = {"fetcher": "fetcher", "emea": "publishers", "apac": "publishers"}
        self.world.threatq.fault("slow", path="/api/indicators/query", delay_ms=200, count=0)
        self.world.configure({"threatq": {"page_size": 100}, "publisher": {"window": 32, "request_timeout": "3s"}, "links": links.block(
            TWO, at, PORT, {stage: self.keys[host] for stage, host in owner.items()},
            allow=[self.keys["mappers"], self.keys["enricher"]])})
        names = ["fetcher", "mappers", "publishers", "enricher"]
        self.hosts = {name: Host(folder, n, self.world.settings, folder / "keys" / name / "link.key")
                      for n, name in enumerate(names)}

    def __getitem__(self, name):
        return self.hosts[name]

    def start(self, *names):
        for name in names or self.hosts:
            host = self.hosts[name]
            if name == "fetcher":
                host.start("fetcher", tools.FETCHER)
            elif name == "mappers":
                host.start("mapper-1", tools.MAPPER)
                host.start("mapper-2", tools.MAPPER)
            elif name == "publishers":
                for fabric in TWO:
                    host.start(fabric, tools.PUBLISHER, "--fabric", fabric)
            else:
                host.start("enricher", tools.ENRICHER)

    def told(self, fabric):
        return self.world.fabrics[fabric].tie.distinct_count()

    def report(self, host, program, *args):
        done = subprocess.run(self.hosts[host].command(program, "-c", self.hosts[host].config, "--report", *args),
                              capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def wait_midst(self, name):
        """Until that host is in the midst of its work."""
        if name == "mappers":
            wait_until(lambda: self.report("fetcher", tools.FETCHER)["sweep"]["fetched"] >= 300, "some pages to be fetched")
        else:
            wait_until(lambda: self.told("emea") > 100, "the push to begin")

    def is_midst(self, name):
        """Whether there is work for that host left."""
        if name == "mappers":
            return self.report("fetcher", tools.FETCHER)["sweep"]["state"] == "running"
        if name == "enricher":
            return self.report("publishers", tools.PUBLISHER, "--fabric", "emea")["outbox"] > 0
        return self.told("emea") < len(self.world.expected("emea"))

    def wait_done(self):
        """Until ThreatQ has all results; the sweep as a summary for checks.py."""
        def idle(fabric):
            report = self.report("publishers", tools.PUBLISHER, "--fabric", fabric)
            return report["idle"] and not report["outbox"] and not report["sweep_open"]

        def swept():
            sweep = self.report("fetcher", tools.FETCHER)["sweep"]
            return sweep["number"] > 0 and sweep["state"] == "idle"  # idle it is before the first one, too

        wait_until(swept, "the sweep to end", 150, 0.2)
        wait_until(lambda: all(idle(f) for f in TWO), "the publishers to be idle", 150, 0.2)
        return {"sweep": self.report("fetcher", tools.FETCHER)["sweep"]}

    def assert_nothing_lost(self, summary):
        want = assert_told_all(self.world, "emea", summary)
        order = [p.told for p in expected(self.world, "apac", summary)]
        sets = told(self.world.fabrics["apac"].tie)
        assert len(sets) <= LIMIT, "the quota holds"
        assert set(sets) == set(order[:len(set(sets))]), "the best ones, none skipped"
        ids = {p.told: p.id for p in expected(self.world, "emea", summary)}
        after = {i.id: i for i in self.world.threatq.indicators()}
        assert all(share_status(after[ids[t]], "emea") == [SHARED] for t in want)
        for i in after.values():
            assert all(len(values(i, name)) <= 1 for name in ENRICHMENT), f"an attribute twice: {i}"
        return sets

    def close(self):
        for host in self.hosts.values():
            host.close()
        for line in self.lines:
            line.close()


@pytest.fixture
def lab(world, certs):
    made = Lab(world, certs)
    yield made
    made.close()


def test_all_is_well(lab):
    lab.start()
    sets = lab.assert_nothing_lost(lab.wait_done())
    assert len(sets) == len(set(sets)) == LIMIT
    for host in lab.hosts.values():
        assert host.status().returncode == 0, host.status().stdout


@pytest.mark.parametrize("name", ["mappers", "publishers", "enricher"])
def test_a_cable_is_cut(lab, name):
    lab.start()
    lab.wait_midst(name)
    lab[name].cut()
    wait_until(lambda: "the link to another host is lost" in lab[name].log(), "the cut to be noticed")
    wait_until(lambda: lab.is_midst(name), "work that is left for it")
    lab[name].mend()
    lab.assert_nothing_lost(lab.wait_done())
    wait_until(lambda: "the link to another host is up" in lab[name].log(), "the link to be seen up")


@pytest.mark.parametrize("name", ["mappers", "publishers", "enricher"])
def test_a_host_vanishes(lab, name):
    lab.start()
    lab.wait_midst(name)
    lab[name].kill()
    others = [h for n, h in lab.hosts.items() if n != name]
    if name == "publishers":  # mappers and enrichers connect to others, nobody connects to them
        wait_until(lambda: all("the link to another host is lost" in lab[n].log() for n in ("mappers", "enricher")),
                   "the others to notice")
    wait_until(lambda: lab.is_midst(name), "work that is left for it")
    lab[name].mend()
    lab.start(name)
    lab.assert_nothing_lost(lab.wait_done())
    assert all(p.alive() for h in others for p in h.running.values()), "nobody else was disturbed"


def greet_without_key(address, port):
    """A ZeroMQ peer that speaks plain text (ZMTP 3.0, mechanism NULL); what it gets after the greeting."""
    with socket.create_connection((address, port), 10) as peer:
        peer.settimeout(20)
        peer.sendall(b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
        got = b""
        try:
            while chunk := peer.recv(4096):
                got += chunk
        except ConnectionResetError:
            pass
        return got


def test_strangers_are_refused(lab):
    settings = lab.world.settings
    stranger = Host(lab.world.folder, 9, settings, lab.world.folder / "keys" / "stranger" / "link.key")
    try:
        lab.start("fetcher", "publishers")
        # A mapper of somebody else, with a key of its own: it is there before ours.
        stranger.start("mapper", tools.MAPPER)
        wait_until(lambda: lab.keys["stranger"] in lab["fetcher"].log(), "the fetcher to refuse the stranger")
        wait_until(lambda: lab.keys["stranger"] in lab["publishers"].log(), "a publisher to refuse the stranger")
        for address, port in (("10.77.0.10", PORT), ("10.77.0.10", PORT + 1), ("10.77.0.12", PORT + 2)):
            assert len(greet_without_key(address, port)) <= 64, "a greeting, and nothing else"
        wait_until(lambda: "it shows no key, or is no stage" in lab["fetcher"].log(), "the plain text to be refused")
        lab.start("mappers", "enricher")
        sets = lab.assert_nothing_lost(lab.wait_done())
        assert len(sets) == len(set(sets)) == LIMIT, "nothing was disturbed"
        wait_until(lambda: "turns us away" in stranger.log(), "the stranger to be told")
        assert " pages=0 " in stranger_counters(stranger), "it has seen no page"
    finally:
        stranger.close()


def test_a_key_is_added_later(lab):
    """All mapping is done by a host that was refused at first: libzmq must not have given up."""
    settings = lab.world.settings
    keys = lab.world.folder / "keys"
    late = Host(lab.world.folder, 9, settings, keys / "stranger" / "link.key")
    try:
        lab.start("fetcher", "publishers", "enricher")
        late.start("mapper", tools.MAPPER)
        wait_until(lambda: "turns us away" in late.log(), "the host to be refused")
        settings["links"]["allow"].append(lab.keys["stranger"])
        for name in ("fetcher", "publishers"):
            lab[name].configure(settings, keys / name / "link.key")
            for process in lab[name].running.values():
                process.signal(signal.SIGHUP)
        sets = lab.assert_nothing_lost(lab.wait_done())
        assert len(sets) == len(set(sets)) == LIMIT
        assert " pages=0 " not in stranger_counters(late)
    finally:
        late.close()


def stranger_counters(stranger):
    process = stranger.running["mapper"]
    assert process.terminate() == 0
    return next(line for line in process.output().splitlines() if " counters " in line)
