"""tq-trellix-tie-prov against the simulated ePO, over real HTTPS."""

import configparser
import os
import pty
import random
import re
import shutil
import signal
import stat
import subprocess
import termios
import time

import pytest

import tools
from broker import free_port
from epo import PASSWORD, USER, EpoSim
from product import command
from waiting import wait_until

GUID = "{8a5d9a26-9f2b-4c49-8f0a-3a4b0c1d2e3f}"
OTHER = "{0e2b6f10-7f51-41e7-8ebf-0800271cfa58}"
KILLS = 16
FILES = ["ca-bundle.crt", "client.crt", "client.csr", "client.key", "dxlclient.config"]


def line(guid, port=8883, host="broker.example.com", ip="10.0.0.5"):
    return f"{guid}={guid};{port};{host};{ip}"


@pytest.fixture
def epo(tmp_path, certs):
    sim = EpoSim(tmp_path, certs, [line(GUID), line(OTHER)])
    yield sim
    sim.close()


def arguments(epo, base, certs, *more):
    """As a script gives them; the password comes in the environment."""
    return [tools.PROV, "--epo-ip", "127.0.0.1", "--epo-port", epo.port, "--epo-login", USER, "--truststore",
            certs.crt("ca"), "-dc", base, *more]


def provision(epo, base, certs, *more, code=0, password=PASSWORD, timeout=60):
    env = {**os.environ, "TQ_EPO_PASSWORD": password}
    result = command(*arguments(epo, base, certs, *more), env=env, timeout=timeout)
    assert result.code == code, f"exit {result.code}\n{result.stdout}{result.stderr}"
    return result


def openssl(*args):
    return subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, text=True).stdout


def ini(path):
    parser = configparser.ConfigParser(delimiters="=", interpolation=None)
    parser.optionxform = str
    parser.read(path)
    return parser


def picture(folder):
    """Everything about a folder that must not change."""
    if not folder.exists():
        return None
    rows = []
    for path in [folder, *sorted(folder.rglob("*"))]:
        st = path.lstat()
        rows.append((str(path), st.st_mode, st.st_ino, st.st_mtime_ns,
                     path.read_bytes() if stat.S_ISREG(st.st_mode) else None))
    return rows


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


def check_set(folder, prefix="client"):
    """The files are whole, plain and fit each other."""
    key, crt, csr = (folder / f"{prefix}.{end}" for end in ("key", "crt", "csr"))
    assert {p.name: mode(p) for p in (key, crt, csr, folder / "ca-bundle.crt", folder / "dxlclient.config")} == {
        key.name: 0o600, crt.name: 0o644, csr.name: 0o644, "ca-bundle.crt": 0o644, "dxlclient.config": 0o644}
    assert mode(folder) == 0o700
    assert all(stat.S_ISREG(p.lstat().st_mode) for p in folder.iterdir())
    check_fit(folder, prefix)


def check_fit(folder, prefix="client"):
    key, crt, csr = (folder / f"{prefix}.{end}" for end in ("key", "crt", "csr"))
    of_key = openssl("pkey", "-in", key, "-pubout")
    assert of_key == openssl("x509", "-in", crt, "-noout", "-pubkey")
    assert of_key == openssl("req", "-in", csr, "-noout", "-pubkey")
    openssl("verify", "-CAfile", folder / "ca-bundle.crt", crt)


# From nothing.

def test_from_nothing_to_a_connected_publisher(world, tmp_path, certs):
    w = world({"emea": {}}, count=60)
    broker = w.fabrics["emea"].broker
    epo = EpoSim(tmp_path, certs, [line(GUID, broker.port, "127.0.0.1", "127.0.0.1")])
    try:
        provision(epo, tmp_path / "certs", certs, "-cn", "emea")
    finally:
        epo.close()
    check_set(tmp_path / "certs" / "emea")
    # The client certificate of the fixtures is out of the way.
    w.configure({"fabrics": [{"name": "emea", "dxl_config": str(tmp_path / "certs" / "emea" / "dxlclient.config")}]})
    w.run_once()
    assert w.fabrics["emea"].tie.set_count() == len(w.expected("emea")) > 0


def test_files_and_request(epo, tmp_path, certs):
    folder = tmp_path / "certs" / "emea"
    result = provision(epo, tmp_path / "certs", certs, "-cn", "emea", "--country", "DE", "--state-or-province", "Bayern",
                       "--locality", "München", "--organization", "Acme, Inc.", "--organizational-unit", "SOC",
                       "--email-address", "soc@example.com", "-s", "a.example.com,b.example.com", "--san", "c.example.com")
    check_set(folder)
    assert sorted(p.name for p in folder.iterdir()) == FILES
    text = openssl("req", "-in", folder / "client.csr", "-noout", "-text", "-verify", "-nameopt", "RFC2253,show_type,utf8,-esc_msb")
    assert "Version: 1 (0x0)" in text and "Public-Key: (2048 bit)" in text
    assert "Signature Algorithm: sha256WithRSAEncryption" in text
    subject = openssl("req", "-in", folder / "client.csr", "-noout", "-subject", "-nameopt", "multiline,show_type,utf8,-esc_msb")
    assert [" ".join(row.split()) for row in subject.splitlines()[1:]] == [
        "countryName = PRINTABLESTRING:DE", "stateOrProvinceName = UTF8STRING:Bayern",
        "localityName = UTF8STRING:München", "organizationName = UTF8STRING:Acme, Inc.",
        "organizationalUnitName = UTF8STRING:SOC", "commonName = UTF8STRING:threatq-emea",
        "emailAddress = IA5STRING:soc@example.com"]
    for wanted in ("X509v3 Basic Constraints: \n                    CA:FALSE",
                   "X509v3 Key Usage: critical\n                    Digital Signature, Key Encipherment",
                   "X509v3 Extended Key Usage: \n                    TLS Web Client Authentication",
                   "DNS:a.example.com, DNS:b.example.com, DNS:c.example.com"):
        assert wanted in text, text
    assert (folder / "client.key").read_text().startswith("-----BEGIN PRIVATE KEY-----\n")
    config = ini(folder / "dxlclient.config")
    assert dict(config["Certs"]) == {"BrokerCertChain": "ca-bundle.crt", "CertFile": "client.crt", "PrivateKey": "client.key"}
    assert dict(config["Brokers"]) == {g: f"{g};8883;broker.example.com;10.0.0.5" for g in (GUID, OTHER)}
    assert dict(config["BrokersWebSockets"]) == {}
    assert "#UseWebSockets = False" in (folder / "dxlclient.config").read_text()
    assert (folder / "ca-bundle.crt").read_bytes() == certs.crt("ca").read_bytes()
    thumbprint = openssl("x509", "-in", folder / "client.crt", "-noout", "-fingerprint", "-sha1").split("=")[1]
    assert thumbprint.strip().replace(":", "").lower() in result.stdout
    assert "CN=threatq-emea" in epo.stats()["subject"]


def test_without_a_name(epo, tmp_path, certs):
    epo.brokers([line(GUID)], [line(GUID, 443)])
    provision(epo, tmp_path / "certs", certs, "--file-prefix", "tq")
    check_set(tmp_path / "certs", "tq")
    assert epo.stats()["subject"] == "CN=threatq"
    config = ini(tmp_path / "certs" / "dxlclient.config")
    assert config["BrokersWebSockets"][GUID] == f"{GUID};443;broker.example.com;10.0.0.5"
    assert config["Certs"]["PrivateKey"] == "tq.key"


def test_once_more_replaces_all(epo, tmp_path, certs):
    """Longer old files leave no tail, a lax mode does not stay, other files and folders do."""
    folder = tmp_path / "certs" / "emea"
    folder.mkdir(parents=True, mode=0o755)
    for name in FILES:
        (folder / name).write_text("old\n" * 5000)
        (folder / name).chmod(0o666)
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("kept")
    provision(epo, tmp_path / "certs", certs, "-cn", "emea")
    assert (folder / "notes" / "mine.txt").read_text() == "kept"
    (folder / "notes" / "mine.txt").unlink()
    (folder / "notes").rmdir()
    check_set(folder)
    assert sorted(p.name for p in folder.iterdir()) == FILES
    first = (folder / "client.key").read_bytes()
    provision(epo, tmp_path / "certs", certs, "-cn", "emea")
    check_set(folder)
    assert (folder / "client.key").read_bytes() != first


def test_once_more_keeps_what_people_wrote(epo, tmp_path, certs):
    """By a new prefix and another broker; the proxy's password stays for its owner alone."""
    folder = tmp_path / "certs" / "emea"
    epo.brokers([line(OTHER)], [line(OTHER, 443)])
    provision(epo, tmp_path / "certs", certs, "-cn", "emea")
    config = folder / "dxlclient.config"
    text = config.read_text().replace("[General]\n", "\ufeff[General]\n# ours\nClientId = {our-own}\n", 1)
    text = text.replace("#UseWebSockets = False", "UseWebSockets = True")
    config.write_text(text + "\n[Proxy]\nAddress = proxy.example.com\nPort = 3128\nPassword = pr0xy\n", encoding="utf-8")
    config.chmod(0o600)
    epo.brokers([line(GUID)], [line(GUID, 444)])
    provision(epo, tmp_path / "certs", certs, "-cn", "emea", "-f", "tq")
    after = config.read_text(encoding="utf-8-sig")
    assert mode(config) == 0o600
    assert after.startswith("[General]\n# ours\nClientId = {our-own}\nUseWebSockets = True\n"), after
    assert OTHER not in after
    parser = configparser.ConfigParser(delimiters="=", interpolation=None)
    parser.optionxform = str
    parser.read_string(after)
    assert dict(parser["Proxy"]) == {"Address": "proxy.example.com", "Port": "3128", "Password": "pr0xy"}
    assert dict(parser["Certs"]) == {"BrokerCertChain": "ca-bundle.crt", "CertFile": "tq.crt", "PrivateKey": "tq.key"}
    assert dict(parser["BrokersWebSockets"]) == {GUID: f"{GUID};444;broker.example.com;10.0.0.5"}
    provision(epo, tmp_path / "certs", certs, "-cn", "emea", "updateconfig")
    assert mode(config) == 0o600 and config.read_text(encoding="utf-8-sig") == after


# What goes wrong.

FAULTS = {
    "unauthorized": "refuses the log-in of \"admin\" (HTTP 401)",
    "forbidden": "(HTTP 403)",
    "not-found": "(HTTP 404)",
    "server-error": "ePO failed (HTTP 500)",
    "redirect": "redirects to another address (HTTP 302)",
    "error3": "ePO refused the request: \"Error 3\", \"The user may not run this command\"",
    "no-colon": "no status with a colon",
    "html": "is a web page",
    "bad-json": "is no string of JSON",
    "json-object": "is no string of JSON: \"{",
    "short": "is short: it has 2 parts",
    "wrong-guid": "by two guids",
    "no-guid": "without a guid",
    "two-equals": "not one \"guid=value\"",
    "empty-line": "an empty line",
    "no-broker": "names no broker",
    "bad-pem": "is a block that is no certificate",
    "no-cert": "no certificate for the client certificate",
    "other-key": "for another key",
    "huge": "longer than 4 MiB",
    "truncated": "broke its answer off",
    "reset": "broke its answer off",
    "hang": "did not answer in time",
}


@pytest.mark.parametrize("there", [False, True], ids=["new", "there"])
def test_every_fault_has_its_message_and_changes_nothing(epo, tmp_path, certs, there):
    base = tmp_path / "certs"
    if there:
        provision(epo, base, certs, "-cn", "emea")
        (base / "emea" / "client.key").chmod(0o640)
        os.utime(base / "emea" / "client.crt", (1, 1))
    said = set()
    before = picture(base)
    for fault, words in FAULTS.items():
        epo.fault(fault)
        patience = ["--timeout", "1"] if fault == "hang" else []
        result = provision(epo, base, certs, "-cn", "emea", *patience, code=1)
        assert words in result.stderr, f"{fault}: {result.stderr}"
        assert result.stderr.count("\n") == 1 and result.stdout == "", f"{fault}: {result.stderr}"
        said.add(re.sub(r"\d+", "", result.stderr))
        assert picture(base) == before, fault
    epo.fault("none")
    for words, other in (("cannot reach ePO", ["--epo-port", free_port()]),
                         ("no trusted TLS connection to ePO", ["--truststore", certs.crt("client")])):
        result = provision(epo, base, certs, "-cn", "emea", *other, code=1)
        assert words in result.stderr and result.stdout == "", result.stderr
        assert picture(base) == before, words
    assert len(said) >= len(FAULTS) - 2  # two breaks, and two that are no string of JSON, may sound alike


def test_wrong_password(epo, tmp_path, certs):
    result = provision(epo, tmp_path / "certs", certs, code=1, password="wrong")
    assert "refuses the log-in" in result.stderr and not (tmp_path / "certs").exists()


def test_certificate_of_epo_is_verified(epo, tmp_path, certs):
    args = [a for a in arguments(epo, tmp_path / "certs", certs) if a not in ("--truststore", certs.crt("ca"))]
    env = {**os.environ, "TQ_EPO_PASSWORD": PASSWORD}
    refused = command(*args, env=env)
    assert refused.code == 1 and "--truststore FILE" in refused.stderr
    assert epo.stats()["requests"] == 0 and not (tmp_path / "certs").exists()
    taken = command(*args, "--insecure", env=env)
    assert taken.code == 0 and "warning" in taken.stderr, taken.stderr
    both = command(*args, "--insecure", "--truststore", certs.crt("ca"), env=env)
    assert both.code == 2


def test_nobody_there(tmp_path, certs, epo):
    port = epo.port
    epo.close()
    epo.port = port
    assert "cannot reach ePO" in provision(epo, tmp_path / "certs", certs, code=1).stderr
    assert not (tmp_path / "certs").exists()


def test_folder_that_cannot_be_written_is_seen_before_epo_is_asked(epo, tmp_path, certs):
    (tmp_path / "certs").write_text("a file")
    assert "is no folder" in provision(epo, tmp_path / "certs", certs, code=1).stderr
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "client.key").symlink_to("/elsewhere.key")
    assert "is no plain file" in provision(epo, tmp_path / "other", certs, code=1).stderr
    assert epo.stats()["requests"] == 0


# Killed.

def find_whole_set(folder):
    """What the names in the folder lead to: nothing (False), or one set that fits together."""
    found = [name for name in FILES if (folder / name).exists()]
    assert found in ([], FILES), f"a part of a set: {found}"
    if found:
        check_fit(folder)
        assert stat.S_IMODE((folder / "client.key").stat().st_mode) == 0o600
    return found == FILES


def kill_at_random(rng, args, folder, took):
    """At any time of the `took` seconds that a run takes, or, as likely, while the files are replaced. Whether it was
    killed before its end."""
    process = subprocess.Popen([str(a) for a in args], env={**os.environ, "TQ_EPO_PASSWORD": PASSWORD},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stage = folder / ".provisioning"
    if rng.random() < 0.5:
        time.sleep(rng.uniform(0, took))
    else:
        while process.poll() is None and not os.path.lexists(stage):
            pass
        for _ in range(rng.randrange(30)):
            os.path.lexists(stage)
    process.kill()
    return process.wait(30) == -signal.SIGKILL


def test_killed_at_any_moment(epo, tmp_path, certs):
    rng = random.Random(20261124)
    base, folder = tmp_path / "certs", tmp_path / "certs" / "emea"
    args = arguments(epo, base, certs, "-cn", "emea")
    took = 1.0
    killed = halfway = 0
    for n in range(KILLS):
        before = (folder / "client.key").read_bytes() if find_whole_set(folder) else None
        killed += kill_at_random(rng, args, folder, took)
        halfway += os.path.lexists(folder / ".provisioning")
        assert find_whole_set(folder) or before is None, "the old set is gone"
        if n % 2:
            # The next run carries on, or takes back, and tidies up.
            begin = time.monotonic()
            provision(epo, base, certs, "-cn", "emea")
            took = min(took, time.monotonic() - begin)
            check_set(folder)
            assert sorted(p.name for p in folder.iterdir()) == FILES
        if n % 4 == 3:
            shutil.rmtree(base)
    assert killed > 0
    print(f"killed {killed} of {KILLS}, {halfway} while files were replaced")


# Secrets.

def test_password_leaves_the_argument_list(epo, tmp_path, certs):
    epo.fault("hang")
    args = [str(a) for a in arguments(epo, tmp_path / "certs", certs, "--epo-pass", PASSWORD, "--passphrase=open-sesame")]
    process = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: epo.stats()["hanging"] == 1, "the request at ePO")
        with open(f"/proc/{process.pid}/cmdline", "rb") as f:
            shown = f.read()
        assert b"--epo-pass" in shown and PASSWORD.encode() not in shown and b"open-sesame" not in shown
        epo.fault("none")
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()
    said = command(tools.PROV, "--help").stdout
    assert "seen by every user" in said and "--epo-pass-file" in said and "TQ_EPO_PASSWORD" in said


def test_password_file(epo, tmp_path, certs):
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    args = arguments(epo, tmp_path / "certs", certs, "--epo-pass-file", secret)
    assert command(*args).code == 0
    check_set(tmp_path / "certs")
    secret.chmod(0o644)
    assert "chmod 600" in command(*args).stderr


def test_missing_password_without_a_terminal(epo, tmp_path, certs):
    result = command(*arguments(epo, tmp_path / "certs", certs))
    assert result.code == 1 and "--epo-pass-file" in result.stderr


class Terminal:
    """A program at a pseudo-terminal of its own."""

    def __init__(self, args):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(args[0], args)
        self.text = ""

    def echo(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def read_until(self, words):
        while words not in self.text:
            try:
                piece = os.read(self.fd, 4096)
            except OSError:
                piece = b""
            assert piece, f"it ended before {words!r}: {self.text}"
            self.text += piece.decode()
        before, _, self.text = self.text.partition(words)
        return before + words

    def type(self, line):
        os.write(self.fd, line.encode() + b"\n")

    def end(self):
        """What is still written, and how it ended."""
        while True:
            try:
                piece = os.read(self.fd, 4096)
            except OSError:
                break
            if not piece:
                break
            self.text += piece.decode()
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return self.text, os.waitstatus_to_exitcode(status)


def test_prompts(epo, tmp_path, certs):
    args = [str(a) for a in arguments(epo, tmp_path / "certs", certs, "-P") if a not in ("--epo-login", USER)]
    t = Terminal(args)
    shown = t.read_until("ePO user: ")
    assert t.echo()
    t.type(USER)
    shown += t.read_until("ePO password: ")
    assert not t.echo()
    t.type(PASSWORD)
    shown += t.read_until("Passphrase for the key: ")
    t.type("open-sesame")
    shown += t.read_until("The passphrase again: ")
    t.type("another")
    shown += t.read_until("not the same")
    shown += t.read_until("Passphrase for the key: ")
    assert not t.echo()
    t.type("open-sesame")
    shown += t.read_until("The passphrase again: ")
    t.type("open-sesame")
    rest, code = t.end()
    assert code == 0, rest
    assert USER in shown and PASSWORD not in shown + rest and "open-sesame" not in shown + rest
    key = tmp_path / "certs" / "client.key"
    assert key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n") and mode(key) == 0o600
    assert openssl("pkey", "-in", key, "-passin", "pass:open-sesame", "-pubout") == openssl(
        "x509", "-in", tmp_path / "certs" / "client.crt", "-noout", "-pubkey")
    parsed = openssl("asn1parse", "-in", key)
    for wanted in ("PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc"):
        assert wanted in parsed
    rounds = [int(n, 16) for n in re.findall(r"INTEGER\s+:([0-9A-F]+)", parsed)]
    assert 550000 in rounds


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_interrupted_prompt_gives_the_echo_back(epo, tmp_path, certs, how):
    t = Terminal([str(a) for a in arguments(epo, tmp_path / "certs", certs)])
    t.read_until("ePO password: ")
    assert not t.echo()
    saved = os.dup(t.fd)
    os.kill(t.pid, how)
    _, status = os.waitpid(t.pid, 0)
    assert os.waitstatus_to_exitcode(status) == -how
    assert termios.tcgetattr(saved)[3] & termios.ECHO
    os.close(saved)
    os.close(t.fd)


# The person's own request, and the sister commands.

def test_own_request(epo, tmp_path, certs):
    base = tmp_path / "certs"
    made = command(tools.PROV, "generatecsr", "-dc", base, "-cn", "emea", "--organization", "Acme")
    assert made.code == 0, made.stderr
    folder = base / "emea"
    assert sorted(p.name for p in folder.iterdir()) == ["client.csr", "client.key"]
    assert mode(folder / "client.key") == 0o600 and mode(folder) == 0o700
    key = (folder / "client.key").read_bytes()
    provision(epo, base, certs, "-cn", "emea", "--cert-request-file", folder / "client.csr")
    assert (folder / "client.key").read_bytes() == key
    check_set(folder)
    assert epo.stats()["subject"] == "CN=threatq-emea,O=Acme"
    # The key of another request is there: the new certificate would not fit it.
    assert command(tools.PROV, "generatecsr", "-dc", tmp_path / "b", "-f", "other").code == 0
    before = picture(base)
    result = provision(epo, base, certs, "-cn", "emea", "-r", tmp_path / "b" / "other.csr", code=1)
    assert "is not the key of the request" in result.stderr and picture(base) == before
    # Its key is elsewhere.
    result = provision(epo, base, certs, "-cn", "apac", "-r", tmp_path / "b" / "other.csr")
    assert "put the key of the request into" in result.stdout
    bad = tmp_path / "bad.csr"
    bad.write_text("no request")
    issued = epo.stats()["issued"]
    assert "no certificate signing request" in provision(epo, base, certs, "-r", bad, code=1).stderr
    assert epo.stats()["issued"] == issued


def test_updateconfig(epo, tmp_path, certs):
    base, folder = tmp_path / "certs", tmp_path / "certs" / "emea"
    missing = provision(epo, base, certs, "-cn", "emea", "updateconfig", code=1)
    assert str(folder / "dxlclient.config") in missing.stderr and not base.exists()
    provision(epo, base, certs, "-cn", "emea")
    config = folder / "dxlclient.config"
    text = config.read_text()
    text = text.replace(f"{GUID} =", f"# our own: stays\n{GUID} =").replace(f"{OTHER} =", f"# goes too\n{OTHER} =")
    config.write_text(text + "\n[Proxy]\nAddress = proxy.example.com\n")
    (folder / "ca-bundle.crt").write_text("a longer old bundle\n" * 1000)
    key, crt = (folder / "client.key").read_bytes(), (folder / "client.crt").read_bytes()
    third = "{33333333-3333-4333-8333-333333333333}"
    epo.brokers([line(GUID, 8884), line(third)], [line(GUID, 443)])
    before = picture(base)
    for fault in ("error3", "unauthorized", "no-broker", "no-cert", "huge"):
        epo.fault(fault)
        provision(epo, base, certs, "-cn", "emea", "updateconfig", code=1)
        assert picture(base) == before, fault
    epo.fault("none")
    provision(epo, base, certs, "-cn", "emea", "updateconfig")
    assert (folder / "client.key").read_bytes() == key and (folder / "client.crt").read_bytes() == crt
    assert (folder / "ca-bundle.crt").read_bytes() == certs.crt("ca").read_bytes()
    after = config.read_text()
    assert f"# our own: stays\n{GUID} = {GUID};8884;broker.example.com;10.0.0.5\n" in after
    assert OTHER not in after and "goes too" not in after
    assert ini(config)["Proxy"]["Address"] == "proxy.example.com"
    assert list(ini(config)["Brokers"]) == [GUID, third]
    assert list(ini(config)["BrokersWebSockets"]) == [GUID]
    check_set(folder)


def test_updateconfig_leaves_the_folder_of_a_bundle_elsewhere_open(epo, tmp_path, certs):
    base, folder, shared = tmp_path / "certs", tmp_path / "certs" / "emea", tmp_path / "shared"
    provision(epo, base, certs, "-cn", "emea")
    shared.mkdir()
    shared.chmod(0o755)
    bundle = shared / "brokers.crt"
    bundle.write_text("an old bundle\n")
    config = folder / "dxlclient.config"
    config.write_text(re.sub(r"(?m)^BrokerCertChain.*$", f"BrokerCertChain = {bundle}", config.read_text()))
    folder.chmod(0o755)
    provision(epo, base, certs, "-cn", "emea", "updateconfig")
    assert bundle.read_bytes() == certs.crt("ca").read_bytes()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755, "others use it too"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_usage(tmp_path):
    for args, words in (
        ([], "--epo-ip is missing"),
        (["--epo-ip", "h", "--epo-port", "0"], "1 to 65535"),
        (["--epo-ip", "h/x"], "no host name"),
        (["--epo-ip", "h", "-cn", "../x"], "no name of a fabric"),
        (["--epo-ip", "h", "-f", "a/b"], "no file name"),
        (["--epo-ip", "h", "frobnicate"], "unknown command"),
        (["generatecsr", "--country", "Germany", "-dc", tmp_path / "c"], "--country"),
    ):
        result = command(tools.PROV, *args)
        assert result.code == (1 if words == "--country" else 2) and words in result.stderr, result.stderr
    assert not (tmp_path / "c").exists()
