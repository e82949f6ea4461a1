"""The simulated TIE server of one fabric: its process, the sets it got, what it knows, its faults."""

import json
import re
from collections import namedtuple

import tools
from admin import Admin
from process import Process
from waiting import wait_until

Set = namedtuple("Set", "type value level answer mono_ns")


class TieSim:
    def __init__(self, folder, dxl_config):
        self.log = folder / "sets.jsonl"
        self.process = Process("tie-sim", [tools.TIE_SIM, "--config", dxl_config, "--log", self.log],
                               folder / "tie-sim.out")
        ready = self.process.line_with("ready")
        self.admin = Admin(int(re.search(r"\badmin=(\d+)", ready).group(1)))
        self.wait_ready()

    def wait_ready(self):
        """Waits until it is connected to its broker and has registered its service."""

        def look():
            stats = self.stats()
            return stats["connected"] and stats["registered"]

        wait_until(look, "tie-sim to register at its broker")

    def close(self):
        self.process.close()

    def sets(self):
        """All requests to set a reputation, in the order in which they came."""
        count = self.set_count()

        def look():
            lines = self.log.read_bytes().splitlines(keepends=True)
            lines = [line for line in lines if line.endswith(b"\n")]
            return lines if len(lines) >= count else None

        rows = map(json.loads, wait_until(look, f"tie-sim to log {count} sets")) if count else []
        return [Set(r["type"], r["hash"], r["level"], r["answer"], r["mono_ns"]) for r in rows]

    def stats(self):
        return self.admin.get("/stats")

    def set_count(self):
        return self.stats()["sets"]

    def distinct_count(self):
        """Different hashes that were set."""
        return self.stats()["hashes"]

    def get_count(self):
        return self.stats()["gets"]

    def reputation(self, value):
        """What it knows of a hash: {enterprise, gti, atd, prevalent, detection_count, enterprise_count}."""
        return self.admin.get("/reputation", hash=value)

    def fault(self, **faults):
        """drop_set, drop_get, error_set, error_get, garbage, duplicate …: every Nth, 0 is off."""
        self.admin.post("/faults", **faults)
