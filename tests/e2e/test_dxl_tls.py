"""TLS of the fabric: old and new brokers, keys with a passphrase, names, and each failure in plain words."""

import re
import subprocess

import pytest
import tools
from broker import Broker, broker_line, write_dxl_config
from certs import CLIENT_EXT, SERVER_EXT, Certs, openssl
from checks import assert_told_exactly
from product import command

ONE = {"emea": {"daily_limit": 100000}}
IMPATIENT = {"connector": {"patience": "4s"}}
OLD = {"tls": "tls_version tlsv1.2\nciphers AES128-SHA256", "max_tls": "TLSv1.2"}
TWO = {"tls": "tls_version tlsv1.2", "max_tls": "TLSv1.2"}
THREE = {"tls": "tls_version tlsv1.3"}


@pytest.fixture
def own(tmp_path):
    """Certificates of one test, which it may spoil."""
    return Certs(tmp_path / "own")


def closing(w, broker):
    w.closers.append(broker.stop)
    return broker


def reach(w, broker, name="client", ca=None, host="127.0.0.1"):
    path = w.fabrics["emea"].dxl_config
    write_dxl_config(path, w.certs, name, {"Brokers": [broker_line("{x}", broker.port, host, "")]}, ca)
    return path


def run_error(w, code=1):
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config, timeout=90)
    assert result.code == code, result.stderr[-3000:]
    return result.json["fabrics"]["emea"]["last_error"] if code == 1 else result.stderr


def expire(certs, name, ext, ca="ca"):
    """Signs the certificate of that name anew, over since yesterday."""
    ext_file = certs.folder / "expired.ext"
    ext_file.write_text(ext)
    config = certs.folder / "ca.conf"
    (certs.folder / "index.txt").write_text("")
    (certs.folder / "serial").write_text("77\n")
    config.write_text(f"""
[ca]
default_ca = own
[own]
database = {certs.folder}/index.txt
serial = {certs.folder}/serial
new_certs_dir = {certs.folder}
certificate = {certs.crt(ca)}
private_key = {certs.key(ca)}
default_md = sha256
policy = any
unique_subject = no
default_crl_days = 30
[any]
commonName = supplied
""")
    openssl("ca", "-batch", "-config", config, "-extfile", ext_file, "-startdate", "20200101000000Z",
            "-enddate", "20200201000000Z", "-in", certs.folder / f"{name}.csr", "-out", certs.crt(name), "-notext")


def log_of(broker):
    return (broker.folder / "mosquitto.log").read_text()


@pytest.mark.parametrize("tls", [OLD, THREE], ids=["old-cipher", "tls1.3"])
def test_old_and_new(world, tls):
    w = world(ONE, count=300, other_types=0)
    hub = w.fabrics["emea"].broker
    broker = closing(w, Broker(w.folder / "b", w.certs, **tls, bridge=hub))
    reach(w, broker)
    assert_told_exactly(w, "emea", w.run_once())
    # The broker takes nothing else.
    other = "-tls1_3" if tls == OLD else "-tls1_2"
    probe = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{broker.port}", other,
                            "-cert", w.certs.crt("client"), "-key", w.certs.key("client")],
                           input="", capture_output=True, text=True, timeout=20)
    assert probe.returncode != 0


def test_bundle_of_several_certificates(world, own, tmp_path):
    w = world(ONE, count=20)
    bundle = tmp_path / "bundle.crt"
    bundle.write_text("# of two fabrics\n" + own.crt("ca").read_text() + "\n" + w.certs.crt("ca").read_text())
    reach(w, w.fabrics["emea"].broker, ca=bundle)
    assert_told_exactly(w, "emea", w.run_once())


def test_key_with_a_passphrase(world, tmp_path):
    w = world(ONE, count=20)
    path = reach(w, w.fabrics["emea"].broker)
    locked, secret = tmp_path / "locked.key", tmp_path / "passphrase"
    openssl("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", w.certs.key("client"), "-passout", "pass:open sesame",
            "-out", locked)
    locked.chmod(0o600)
    path.write_text(path.read_text().replace(str(w.certs.key("client")), str(locked)))
    secret.write_text("open sesame\n")
    secret.chmod(0o600)

    error = run_error(w, 2)
    assert str(locked) in error and "key_passphrase_file" in error
    w.fabrics["emea"].settings["key_passphrase_file"] = str(secret)
    w.configure({})
    secret.chmod(0o644)
    error = run_error(w, 2)
    assert str(secret) in error and "chmod 600" in error
    secret.chmod(0o600)
    secret.write_text("wrong\n")
    error = run_error(w, 2)
    assert str(locked) in error and "wrong" not in error.replace("is wrong", "")
    secret.write_text("open sesame\n")
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config)
    assert result.code == 0
    assert_told_exactly(w, "emea", result.json)
    assert "sesame" not in result.stdout + result.stderr


def test_a_key_that_others_can_read(world, own, tmp_path):
    w = world(ONE, count=5)
    path = reach(w, w.fabrics["emea"].broker)
    key = tmp_path / "open.key"
    key.write_bytes(w.certs.key("client").read_bytes())
    path.write_text(path.read_text().replace(str(w.certs.key("client")), str(key)))
    for mode in (0o644, 0o640):
        key.chmod(mode)
        error = run_error(w, 2)
        assert f"chmod 600 {key}" in error


def test_names_are_compared_on_request(world):
    w = world(ONE, count=20)
    w.certs.issue("nameless", SERVER_EXT.replace("DNS:localhost,IP:127.0.0.1", "DNS:other.example.com"))
    broker = closing(w, Broker(w.folder / "b", w.certs, server="nameless", bridge=w.fabrics["emea"].broker))
    reach(w, broker)
    assert_told_exactly(w, "emea", w.run_once())
    w.fabrics["emea"].settings["verify_hostname"] = True
    w.configure(IMPATIENT)
    stages = w.stages().start("publisher-emea")
    stages.wait_report("publisher-emea", lambda r: "does not hold the name 127.0.0.1" in r["last_error"],
                       "the name to be refused")
    for host in ("localhost", "127.0.0.1"):
        reach(w, w.fabrics["emea"].broker, host=host)
        stages.restart("publisher-emea")
        stages.wait_report("publisher-emea", lambda r: r["connected"], f"the certificate to hold {host}")


def test_wrong_ca(world, own):
    w = world(ONE, IMPATIENT, count=5)
    reach(w, w.fabrics["emea"].broker, ca=own.crt("ca"))
    error = run_error(w)
    assert f"does not come from a CA in {own.crt('ca')}" in error


def test_no_client_certificate(world, tmp_path):
    w = world(ONE, IMPATIENT, count=5)
    path = reach(w, w.fabrics["emea"].broker)
    config = path.read_text()
    gone, empty = tmp_path / "gone.crt", tmp_path / "empty.crt"
    empty.write_text("")
    for crt, words in ((gone, "cannot read"), (empty, "holds no PEM certificate")):
        path.write_text(config.replace(str(w.certs.crt("client")), str(crt)))
        error = run_error(w, 2)
        assert str(crt) in error and words in error and "CertFile" in error
    path.write_text("\n".join(line for line in config.splitlines() if not line.startswith("CertFile")))
    error = run_error(w, 2)
    assert "CertFile is missing" in error and str(path) in error


@pytest.mark.parametrize("tls", [TWO, THREE], ids=["tls1.2", "tls1.3"])
class TestRefusedByTheBroker:
    """With TLS 1.3 the refusal comes only after the handshake."""

    def broker(self, w, own, tls):
        return closing(w, Broker(w.folder / "b", own, **tls))

    def test_unknown_client(self, world, own, tls):
        w = world(ONE, IMPATIENT, count=5)
        reach(w, self.broker(w, own, tls), ca=own.crt("ca"))
        assert f"client certificate {w.certs.crt('client')}: the broker does not know the CA" in run_error(w)

    def test_expired_client(self, world, own, tls):
        w = world(ONE, IMPATIENT, count=5)
        expire(own, "client", CLIENT_EXT)
        broker = self.broker(w, own, tls)
        w.certs = own
        reach(w, broker)
        error = run_error(w)
        assert str(own.crt("client")) in error and "has expired on 2020-02-01" in error

    def test_revoked_client(self, world, own, tls):
        w = world(ONE, IMPATIENT, count=5)
        expire(own, "tie", CLIENT_EXT)  # writes ca.conf
        openssl("ca", "-config", own.folder / "ca.conf", "-revoke", own.crt("client"))
        openssl("ca", "-config", own.folder / "ca.conf", "-gencrl", "-out", own.folder / "crl.pem")
        broker = self.broker(w, own, {**tls, "tls": f"{tls['tls']}\ncrlfile {own.folder}/crl.pem"})
        w.certs = own
        reach(w, broker)
        error = run_error(w)
        assert f"client certificate {own.crt('client')}: it is revoked" in error

    def test_expired_broker(self, world, own, tls):
        w = world(ONE, IMPATIENT, count=5)
        expire(own, "server", SERVER_EXT)
        broker = self.broker(w, own, tls)
        reach(w, broker, ca=own.crt("ca"))
        error = run_error(w)
        assert "the broker's certificate" in error and "has expired" in error and f"127.0.0.1:{broker.port}" in error


def test_no_cipher_in_common(world):
    w = world(ONE, IMPATIENT, count=5)
    broker = closing(w, Broker(w.folder / "b", w.certs,
                               tls="tls_version tlsv1.2\nciphers NULL-SHA256:@SECLEVEL=0", max_tls="TLSv1.2"))
    reach(w, broker)
    assert "no cipher in common" in run_error(w)


def certificates(w):
    result = command(tools.CONSOLE, "status", "--json", "-c", w.config, timeout=30)
    return result.json["fabrics"]["emea"]["certificates"]


def test_days_until_they_expire(world, own):
    w = world(ONE, count=5)
    own.issue("soon", CLIENT_EXT)
    ext = own.folder / "soon.ext"
    openssl("x509", "-req", "-days", "12", "-in", own.folder / "soon.csr", "-CA", own.crt("ca"),
            "-CAkey", own.key("ca"), "-CAcreateserial", "-extfile", ext, "-out", own.crt("soon"))
    broker = closing(w, Broker(w.folder / "b", own))
    w.certs = own
    reach(w, broker, name="soon")
    stages = w.stages().start("publisher-emea")
    stages.wait_report("publisher-emea", lambda r: r["connected"], "the connection")
    found = certificates(w)
    assert (found["client"]["state"], found["client"]["days"]) in (("warning", 11), ("warning", 12))
    assert found["ca"]["state"] == found["broker"]["state"] == "ok"
    assert 363 <= found["ca"]["days"] <= 365 and 363 <= found["broker"]["days"] <= 365
    end = subprocess.run(["openssl", "x509", "-in", own.crt("soon"), "-noout", "-enddate", "-dateopt", "iso_8601"],
                         capture_output=True, text=True, check=True).stdout
    assert end.strip().split("=")[1].replace(" ", "T") == found["client"]["expires_at"]
    table = command(tools.CONSOLE, "status", "-c", w.config, timeout=30).stdout
    assert re.search(r"Client certificate +1[12] days left!", table), table
    log = stages["publisher-emea"].output()
    assert "the client certificate expires in" in log and str(own.crt("soon")) in log
    assert "CA" not in log and "the broker's certificate expires" not in log
    check = command(tools.PUBLISHER, "-c", w.config, "--fabric", "emea", "--check", timeout=60).stdout
    for name, level in (("client", "warning"), ("ca", "ok"), ("broker", "ok")):
        line = next(x for x in check.splitlines() if f'"{name}-certificate"' in x)
        assert f'"level":"{level}"' in line.replace(": ", ":"), line
