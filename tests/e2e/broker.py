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
    """One mosquitto on a free loopback port; the port stays the same over restarts.

    tls: more lines of its listener (tls_version, ciphers, crlfile …); extra: of the whole; server: the name of its certificate;
    websockets: MQTT over WebSockets at its port; bridge: another Broker, with which it shares all topics; max_tls: "TLSv1.2"."""

    def __init__(self, folder, certs, tls="", extra="allow_anonymous true", server="server", websockets=False, bridge=None, guid=GUID,
                 max_tls=None):
        self.acl = folder / "acl"
        self.folder = folder
        self.certs = certs
        self.guid = guid
        self.websockets = websockets
        self.extra = extra
        self.listener = f"""
{"protocol websockets" if websockets else ""}
cafile {certs.crt('ca')}
certfile {certs.crt(server)}
keyfile {certs.key(server)}
require_certificate true
{tls}
"""
        self.bridge = f"""
connection hub-{folder.name}
address 127.0.0.1:{bridge.port}
topic # both 0
bridge_cafile {certs.crt('ca')}
bridge_certfile {certs.crt('client')}
bridge_keyfile {certs.key('client')}
try_private true
notifications false
restart_timeout 1
""" if bridge else ""
        folder.mkdir(parents=True, exist_ok=True)
        self.acl.write_text("topic readwrite #\n")
        self.env = self.limit_tls(max_tls) if max_tls else None
        self.port = free_port()
        self.process = None
        self.start()

    def limit_tls(self, newest):
        """mosquitto's tls_version names the oldest; the newest is OpenSSL's to limit."""
        conf = self.folder / "openssl.cnf"
        conf.write_text(f"openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMaxProtocol = {newest}\n")
        return {"OPENSSL_CONF": str(conf)}

    def start(self):
        conf = self.folder / "mosquitto.conf"
        for _ in range(20):
            # mosquitto 2.0 does not start with listeners for WebSockets only.
            spare = f"listener {free_port()} 127.0.0.1" if self.websockets else ""
            conf.write_text(f"""
{spare}
listener {self.port} 127.0.0.1
{self.listener}
{self.extra}
set_tcp_nodelay true
max_queued_messages 100000
persistence false
acl_file {self.acl}
user root
{self.bridge}
""")
            self.process = Process("mosquitto", ["mosquitto", "-c", conf], self.folder / "mosquitto.log", env=self.env)
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

    def line(self, host="127.0.0.1", ip="127.0.0.1"):
        return broker_line(self.guid, self.port, host, ip)

    def write_client_config(self, name="client"):
        """An OpenDXL configuration for this broker with the certificate of that name; its path."""
        section = "BrokersWebSockets" if self.websockets else "Brokers"
        return write_dxl_config(self.folder / f"{name}.dxlclient.config", self.certs, name, {section: [self.line()]})


def broker_line(guid, port, host="127.0.0.1", ip="127.0.0.1"):
    return f"{guid}={guid};{port};{host};{ip}"


def write_dxl_config(path, certs, name, sections, ca=None):
    """dxlclient.config with the client certificate of that name; sections: name → lines."""
    lines = ["[Certs]", f"BrokerCertChain = {ca or certs.crt('ca')}", f"CertFile = {certs.crt(name)}",
             f"PrivateKey = {certs.key(name)}"]
    for section, rows in sections.items():
        lines += ["", f"[{section}]", *rows]
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)
    return path
