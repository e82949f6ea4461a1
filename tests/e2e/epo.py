"""The simulated ePO: its process, its brokers, its faults."""

import re

import tools
from admin import Admin
from process import Process

USER = "admin"
PASSWORD = "epo-pass-word-e2e"


class EpoSim:
    """Signs with the test's CA; `brokers` are lines "guid=guid;port;host;ip"."""

    def __init__(self, folder, certs, brokers=(), *args):
        self.folder = folder
        lines = [f"--broker={line}" for line in brokers]
        self.process = Process("epo-sim", [
            tools.EPO_SIM, f"--user={USER}", f"--password={PASSWORD}", f"--cert={certs.crt('server')}",
            f"--key={certs.key('server')}", f"--ca={certs.crt('ca')}", f"--ca-key={certs.key('ca')}", *lines, *args,
        ], folder / "epo-sim.out")
        ready = self.process.line_with("ready")
        self.port = int(re.search(r"\bport=(\d+)", ready).group(1))
        self.admin = Admin(int(re.search(r"\badmin=(\d+)", ready).group(1)))

    def stats(self):
        return self.admin.get("/stats")

    def fault(self, name):
        self.admin.post("/fault", name=name)

    def brokers(self, brokers, websockets=()):
        self.admin.post("/brokers", {"brokers": list(brokers), "websockets": list(websockets)})

    def close(self):
        self.process.close()
