"""Hosts of their own on one machine: network namespaces, each with a cable to one switch (a bridge in
the test's own namespace). Nothing of it is seen outside, and it goes when its processes have gone.

    10.77.0.1 the outside world (ThreatQ, brokers)    10.77.0.10, .11 … the hosts
"""

import os
import signal
import subprocess

import configfile
import tools
from process import Process
from waiting import wait_until

OUTSIDE = "10.77.0.1"


def ip(*args, host=None):
    enter = ["nsenter", "-t", str(host.pid), "-n", "--"] if host else []
    subprocess.run([*enter, "ip", *args], check=True, capture_output=True, text=True)


def lay_switch():
    ip("link", "set", "lo", "up")
    ip("link", "add", "switch", "type", "bridge")
    ip("addr", "add", f"{OUTSIDE}/24", "dev", "switch")
    ip("link", "set", "switch", "up")


class Host:
    """A host with `number`; its stages are its children, by name."""

    def __init__(self, folder, number, config, key):
        self.number = number
        self.address = f"10.77.0.{10 + number}"
        self.cable = f"cable{number}"
        self.folder = folder / f"host{number}"
        self.folder.mkdir(exist_ok=True)
        self.running = {}
        self.holder = Process("host", ["unshare", "-n", "sleep", "infinity"], self.folder / "host.log")
        wait_until(lambda: self.namespace() != os.readlink("/proc/self/ns/net"), "the namespace of a host")
        ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", str(self.pid))
        ip("link", "set", self.cable, "master", "switch", "up")
        ip("link", "set", "lo", "up", host=self)
        ip("addr", "add", f"{self.address}/24", "dev", "eth0", host=self)
        ip("link", "set", "eth0", "up", host=self)
        if config:
            self.configure(config, key)

    @property
    def pid(self):
        return self.holder.pid

    def namespace(self):
        return os.readlink(f"/proc/{self.pid}/ns/net")

    def configure(self, config, key):
        own = {"connector": {"state_dir": str(self.folder / "state"), "run_dir": str(self.folder / "run")},
               "links": {"key_file": str(key)}}
        self.config = configfile.write_config(self.folder / "tq-trellix-tie.yaml", configfile.merged(config, own))

    def command(self, *args):
        return ["nsenter", "-t", str(self.pid), "-n", "--", *map(str, args)]

    def start(self, name, program, *args):
        self.running[name] = Process(name, self.command(program, "-c", self.config, *args), self.folder / f"{name}.log")

    def log(self):
        return "".join(p.output() for p in self.running.values())

    def status(self):
        return subprocess.run(self.command(tools.CONSOLE, "status", "-c", self.config), capture_output=True, text=True,
                              timeout=30)

    def cut(self):
        ip("link", "set", self.cable, "down")

    def mend(self):
        ip("link", "set", self.cable, "up")

    def kill(self):
        """All of its processes at once, and nobody hears of it: the cable is cut first."""
        self.cut()
        for process in self.running.values():
            process.signal(signal.SIGKILL)
        for process in self.running.values():
            process.wait()
            process.close()
        self.running.clear()

    def close(self):
        for process in self.running.values():
            process.signal(signal.SIGTERM)
        for process in [*self.running.values(), self.holder]:
            process.close()
