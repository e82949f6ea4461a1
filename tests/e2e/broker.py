"""A DXL fabric's broker: mosquitto with TLS that requires client certificates."""

import signal
import socket

from process import Process
from waiting import wait_until

GUID = "{8a5d9a26-9f2b-4c49-8f0a-3a4b0c1d2e3f}"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Broker:
    """One mosquitto on a free loopback port; the port stays the same over restarts."""

    def __init__(self, folder, certs):
        self.acl = folder / "acl"
        self.folder = folder
        self.certs = certs
        folder.mkdir(parents=True, exist_ok=True)
        self.acl.write_text("topic readwrite #\n")
        self.port = free_port()
        self.process = None
        self.start()

    def start(self):
        conf = self.folder / "mosquitto.conf"
        for _ in range(20):
            conf.write_text(f"""
listener {self.port} 127.0.0.1
cafile {self.certs.crt('ca')}
certfile {self.certs.crt('server')}
keyfile {self.certs.key('server')}
require_certificate true
allow_anonymous true
set_tcp_nodelay true
max_queued_messages 100000
persistence false
acl_file {self.acl}
user root
""")
            self.process = Process("mosquitto", ["mosquitto", "-c", conf], self.folder / "mosquitto.log")
            wait_until(lambda: " running" in self.process.output() or not self.process.alive(), "mosquitto to run")
            if self.process.alive():
                return
            self.port = free_port()
        raise AssertionError("mosquitto does not start: " + self.process.output())

    def deny(self, *topics):
        """From now on messages to these topics are dropped without a word, as by a DXL broker's topic
        authorization; none: all go through again. Connections stay."""
        lines = self.process.output().count("Reloading config")
        self.acl.write_text("topic readwrite #\n" + "".join(f"topic deny {t}\n" for t in topics))
        self.process.signal(signal.SIGHUP)
        wait_until(lambda: self.process.output().count("Reloading config") > lines, "mosquitto to read its ACL")

    def stop(self):
        self.process.close()

    def write_client_config(self, name="client"):
        """An OpenDXL configuration for this broker with the certificate of that name; its path."""
        path = self.folder / f"{name}.dxlclient.config"
        path.write_text(f"""[Certs]
BrokerCertChain = {self.certs.crt('ca')}
CertFile = {self.certs.crt(name)}
PrivateKey = {self.certs.key(name)}

[Brokers]
{GUID}={GUID};{self.port};127.0.0.1;127.0.0.1
""")
        return path
