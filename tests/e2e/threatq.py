"""The simulated ThreatQ: its process, and what a test asks of it behind the API's back."""

import datetime
import json
import re
import time
from dataclasses import dataclass, field

import configfile
import oracle
import tools
from admin import Admin
from process import Process


def epoch(date):
    """Seconds since 1970 of ThreatQ's "YYYY-MM-DD HH:MM:SS", UTC."""
    parsed = datetime.datetime.strptime(date, "%Y-%m-%d %H:%M:%S")
    return int(parsed.replace(tzinfo=datetime.timezone.utc).timestamp())


@dataclass(frozen=True)
class Indicator:
    id: int
    type: str
    value: str
    status: str
    score: float
    created_at: int
    attributes: tuple = field(default=())  # (name, value), sorted

    @classmethod
    def of(cls, row):
        return cls(row["id"], row["type"], row["value"], row["status"], row["score"] or 0, epoch(row["created_at"]),
                   tuple(sorted((a["name"], a["value"]) for a in row["attributes"])))


class ThreatqSim:
    """`options` are those of threatq-sim with _ for -; True is an option without a value, a list is one
    given several times."""

    def __init__(self, folder, certs, **options):
        settings = {
            "seed": 1, "user": "connector@example.com", "password": configfile.SECRET, "client-id": "e2e-client",
            "oauth-id": "e2e-oauth", "oauth-secret": "s3cr3t-e2e", "cert": certs.crt("server"), "key": certs.key("server"),
            "log": folder / "threatq.log",
        }
        settings.update({name.replace("_", "-"): value for name, value in options.items()})
        args = []
        for name, value in settings.items():
            for one in value if isinstance(value, list) else [value]:
                if one is not False:
                    args.append(f"--{name}" if one is True else f"--{name}={one}")
        self.log = folder / "threatq.log"
        self.process = Process("threatq-sim", [tools.THREATQ_SIM, *args], folder / "threatq-sim.out")
        ready = self.process.line_with("ready")
        self.port = int(re.search(r"\bport=(\d+)", ready).group(1))
        self.admin = Admin(int(re.search(r"\badmin=(\d+)", ready).group(1)))
        self.url = f"https://127.0.0.1:{self.port}"

    @property
    def now(self):
        return int(time.time())

    def close(self):
        self.process.close()

    # What is in the library.

    def indicators(self):
        return [Indicator.of(json.loads(line)) for line in self.admin.raw("/export").splitlines()]

    def valid_hashes(self):
        return [i for i in self.indicators() if i.type in oracle.HEX_DIGITS
                and re.fullmatch(f"[0-9a-fA-F]{{{oracle.HEX_DIGITS[i.type]}}}", i.value)]

    def plain_hashes(self):
        """Valid hashes that carry no override."""
        return [i for i in self.valid_hashes() if not any(n.startswith("Reputation Override") for n, _ in i.attributes)]

    # What an analyst does.

    def change(self, *operations):
        return self.admin.post("/mutate", {"do": list(operations)})["ids"]

    def change_after_page(self, page, *operations):
        """The operations happen when so many more pages have been served."""
        self.admin.post("/mutate", {"do": list(operations), "after_page": page})

    def add_attribute(self, indicator, name, value, sources=("analyst@example.org",)):
        self.change({"op": "attribute", "ids": [indicator], "name": name, "value": value,
                     "sources": [{"name": s} for s in sources]})

    def delete_attributes(self, indicator, name):
        self.change({"op": "remove-attribute", "ids": [indicator], "name": name})

    def set_score(self, indicator, score):
        """The manual score."""
        self.change({"op": "manual", "ids": [indicator], "manual": score})

    def delete(self, ids):
        self.change({"op": "delete", "ids": list(ids)})

    def connectors(self, *rows):
        """The rows of its connectors, as an administrator left them."""
        self.admin.post("/connectors", {"rows": list(rows)})

    def saved_searches(self, *searches):
        """Its Data Collections: (name, api_query) each."""
        self.admin.post("/saved", {"rows": [{"name": name, "json": {"ui_query": {}, "api_query": query}}
                                            for name, query in searches]})

    # How it behaves and what it counted.

    def fault(self, kind, **settings):
        self.admin.post("/fault", {"kind": kind, **settings})

    def clear_faults(self):
        self.admin.post("/clear")

    def revoke_tokens(self):
        self.admin.post("/tokens", {"revoke": True, "refresh": True})

    def stats(self):
        return self.admin.get("/stats")

    def queries(self):
        """Pages of indicators served."""
        return self.stats()["pages"]

    def fault_hits(self):
        return self.stats()["faults"]

    def tokens_issued(self):
        return self.stats()["tokens"]

    def write_count(self):
        """Writes of attributes, those that changed nothing included."""
        stats = self.stats()
        return sum(stats[f"attributes_{what}"] for what in ("added", "repeated", "changed", "deleted"))
