"""Many fabrics on one machine: what each publisher costs, at rest and at work."""

import statistics
import time

import procstat
from broker import Broker
from product import Stages, status
from tie import TieSim
from waiting import wait_until
from world import World

BROKERS = 2


class Site:
    """A broker with its TIE server, shared by many fabrics of the configuration."""

    def __init__(self, folder, certs):
        self.broker = Broker(folder, certs)
        self.dxl_config = self.broker.write_client_config("client")
        self.tie = TieSim(folder, self.broker.write_client_config("tie"))

    def close(self):
        self.tie.close()
        self.broker.stop()


class Fabric:
    """One entry of `fabrics`, as World.configure wants it."""

    def __init__(self, name, site):
        self.name, self.dxl_config = name, site.dxl_config
        self.settings = {"daily_limit": 100000, "enrichment": False}


class Fabrics:
    def __init__(self, certs, args):
        self.args = args
        self.world = World(certs, {}, count=args.fabric_indicators, other_types=0, invalid=0)
        self.sites = []
        try:
            for n in range(BROKERS):
                self.sites.append(Site(self.world.folder / f"site-{n}", certs))
                self.world.closers.append(self.sites[-1].close)
            for n in range(args.fabrics):
                name = f"fabric-{n + 1:02}"
                self.world.fabrics[name] = Fabric(name, self.sites[n % BROKERS])
            self.world.configure({"connector": {"interval": "24h"}})
        except BaseException:
            self.world.close()
            raise

    def sets(self):
        return sum(site.tie.set_count() for site in self.sites)

    def all_connected(self):
        return all(f["connected"] for f in status(self.world.config)["fabrics"].values())

    def all_through(self):
        report = status(self.world.config)
        return report["sweep"]["state"] == "idle" and all(
            f["shared"] and not f["queued"] and not f["in_flight"] and not f["outbox"]
            for f in report["fabrics"].values())

    def at_rest(self, stages):
        """CPU seconds a minute by stage, while nothing is to be done."""
        before = {n: procstat.cpu_seconds(p.pid) for n, p in stages.running.items()}
        began = time.monotonic()
        time.sleep(self.args.rest)  # the time itself is what is measured
        minutes = (time.monotonic() - began) / 60
        return {n: (procstat.cpu_seconds(p.pid) - before[n]) / minutes for n, p in stages.running.items()}

    def measure(self):
        """{stage: {anon, hwm (MiB), rest (CPU s a minute), work (CPU s of the sweep)}}, sets, seconds."""
        stages = Stages(self.world.config, list(self.world.fabrics), self.world.folder / "logs")
        publishers = [n for n in stages.commands if n.startswith("publisher-")]
        try:
            stages.start("mapper", "enricher", *publishers)
            wait_until(self.all_connected, "all publishers to connect", 120, 0.5)
            rest = self.at_rest(stages)
            before = {n: procstat.cpu_seconds(p.pid) for n, p in stages.running.items()}
            stages.start("fetcher")
            began = time.monotonic()
            # TIE is cheap to ask; twenty publishers are not, and would have less to work with
            all_sets = self.args.fabrics * self.args.fabric_indicators
            wait_until(lambda: self.sets() >= all_sets, "all indicators to be pushed to all fabrics", 900, 0.1)
            seconds = time.monotonic() - began
            wait_until(self.all_through, "all outcomes to be written to ThreatQ", 900, 2)
            found = {}
            for name, process in stages.running.items():
                hwm, anon = procstat.memory(process.pid)
                found[name] = {"anon": anon, "hwm": hwm, "rest": rest.get(name),
                               "work": procstat.cpu_seconds(process.pid) - before.get(name, 0)}
        finally:
            stages.close()
        return found, self.sets(), seconds

    def close(self):
        self.world.close()


def row(label, values, digits):
    print(f"  {label:<34}" + "".join(f"{f(values):>12,.{digits}f}" for f in (min, statistics.median, max, sum)))


def bench_fabrics(certs, args):
    bench = Fabrics(certs, args)
    try:
        found, sets, seconds = bench.measure()
    finally:
        bench.close()
    publishers = [v for n, v in found.items() if n.startswith("publisher-")]
    each = sets / len(publishers)
    print(f"\n{len(publishers)} fabrics on {BROKERS} brokers, {args.fabric_indicators:,} indicators to each: {sets:,} "
          f"sets in {seconds:.1f} s, {sets / seconds:,.0f}/s")
    print("  each publisher".ljust(36) + "".join(w.rjust(12) for w in ("least", "median", "most", "all")))
    row("private memory, MiB", [v["anon"] for v in publishers], 1)
    row("peak with files mapped, MiB", [v["hwm"] for v in publishers], 1)
    row("CPU at rest, s a minute", [v["rest"] for v in publishers], 2)
    row("CPU at work, s", [v["work"] for v in publishers], 2)
    print(f"  CPU at work, us a set {statistics.median(v['work'] for v in publishers) / each * 1e6:>20.0f}")
    for name, v in found.items():
        if not name.startswith("publisher-"):
            print(f"  {name}: private {v['anon']:.1f} MiB, peak {v['hwm']:.1f} MiB, CPU at work {v['work']:.2f} s")
    return {"sets": sets, "seconds": seconds, "stages": found}
