"""Everything one test needs around the product: ThreatQ, and per fabric a broker and a TIE server."""

import shutil
import tempfile
from pathlib import Path

import configfile
import oracle
import product
from broker import Broker
from threatq import ThreatqSim
from tie import TieSim


class Fabric:
    def __init__(self, folder, certs, name, settings):
        self.name = name
        self.settings = settings  # of the configuration: daily_limit, selection, reputation, …
        self.folder = folder / name
        self.broker = Broker(self.folder, certs)
        self.dxl_config = self.broker.write_client_config("client")
        self.tie = TieSim(self.folder, self.broker.write_client_config("tie"))

    def close(self):
        self.tie.close()
        self.broker.stop()


class World:
    """`fabrics`: name → settings of that fabric in the configuration; `config`: laid over the defaults
    of configfile.py; all else goes to threatq-sim."""

    def __init__(self, certs, fabrics, config=None, **threatq):
        # Not pytest's tmp_path: a Unix socket's path has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="tq-"))
        self.certs = certs
        self.closers = [lambda: shutil.rmtree(self.folder, ignore_errors=True)]
        self.fabrics = {}
        try:
            self.threatq = ThreatqSim(self.folder, certs, **threatq)
            self.closers.append(self.threatq.close)
            for name, settings in fabrics.items():
                self.fabrics[name] = Fabric(self.folder, certs, name, settings)
                self.closers.append(self.fabrics[name].close)
            self.configure(config or {})
        except BaseException:
            self.close()
            raise

    def configure(self, over):
        """Writes the configuration anew."""
        base = {
            "threatq": {"host": self.threatq.url, "ca_file": str(self.certs.crt("ca"))},
            "connector": {"state_dir": str(self.folder / "state"), "run_dir": str(self.folder / "run")},
            "fabrics": [
                {"name": f.name, "dxl_config": str(f.dxl_config), **f.settings} for f in self.fabrics.values()
            ],
        }
        (self.folder / "state").mkdir(exist_ok=True)
        (self.folder / "run").mkdir(exist_ok=True)
        self.settings = configfile.merged(configfile.merged(configfile.DEFAULTS, base), over)
        self.config = configfile.write_config(self.folder / "tq-trellix-tie.yaml", self.settings)

    def run_once(self, *args, **kwargs):
        return product.run_once(self.config, *args, **kwargs)

    def stages(self, *fetcher_args):
        stages = product.Stages(self.config, list(self.fabrics), self.folder / "logs", *fetcher_args)
        self.closers.append(stages.close)
        return stages

    def selection(self, fabric):
        return self.fabrics[fabric].settings.get("selection", self.settings.get("selection"))

    def reputation(self, fabric):
        return self.fabrics[fabric].settings.get("reputation", self.settings.get("reputation"))

    def asked_for(self):
        """What a full sweep fetches."""
        return oracle.asked_for(self.threatq.indicators(), [self.selection(f) for f in self.fabrics], self.threatq.now)

    def expected(self, fabric, indicators=None):
        """All pushes for this fabric in order, by the oracle; without regard to the quota."""
        seen = self.asked_for() if indicators is None else indicators
        return oracle.pushes(seen, fabric, self.selection(fabric), self.reputation(fabric), self.threatq.now)

    def close(self):
        while self.closers:
            self.closers.pop()()
