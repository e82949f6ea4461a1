"""Stages that reach one another by tcp: on loopback, with keys and without."""

import os
import stat

import product
import pytest
import tools
from checks import assert_told_all, told
from links import block, free_ports, keygen

TWO = {"emea": {}, "apac": {"daily_limit": 40}}


@pytest.mark.parametrize("keys", [True, False], ids=["keys", "plain"])
def test_all_by_tcp(world, keys):
    w = world(TWO, count=600, other_types=0)
    names = ["fetcher", *TWO]
    public = keygen(w.folder / "keys") if keys else None
    w.configure({"links": block(TWO, dict.fromkeys(names, "127.0.0.1"), free_ports(8),
                                dict.fromkeys(names, public) if keys else None,
                                w.folder / "keys" / "link.key" if keys else None)})
    summary = w.run_once()
    assert_told_all(w, "emea", summary)
    assert len(told(w.fabrics["apac"].tie)) == 40
    assert not [p for p in (w.folder / "run").iterdir() if p.is_socket()], "nothing goes by ipc"


def test_keygen_never_overwrites(tmp_path):
    made = product.command(tools.CONSOLE, "keygen", "--out", tmp_path)
    secret = tmp_path / "link.key"
    assert made.code == 0 and len(made.stdout) == 41
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    before = secret.read_bytes()
    assert made.stdout.strip() not in before.decode() and before.decode().strip() not in made.stdout + made.stderr

    again = product.command(tools.CONSOLE, "keygen", "--out", tmp_path)
    assert (again.code, again.stdout) == (1, made.stdout), "the public key of the one that is there"
    assert "is left alone" in again.stderr and secret.read_bytes() == before
    assert os.listdir(tmp_path) == ["link.key"]

    secret.chmod(0o644)
    again = product.command(tools.CONSOLE, "keygen", "--out", tmp_path)
    assert again.code == 1 and not again.stdout and f"chmod 600 {secret}" in again.stderr

    nowhere = product.command(tools.CONSOLE, "keygen", "--out", tmp_path / "none")
    assert nowhere.code == 1 and "No such file or directory" in nowhere.stderr


@pytest.mark.parametrize("stage", [tools.FETCHER, tools.MAPPER, tools.ENRICHER], ids=lambda s: s.name)
def test_plain_text_to_other_hosts_is_refused(world, stage):
    w = world({"emea": {}}, count=1)
    w.configure({"links": block(["emea"], {"fetcher": "192.0.2.1", "emea": "127.0.0.1"}, 7400)})
    done = product.command(stage, "-c", w.config, timeout=30)
    assert done.code == 2
    assert "links.fetcher.endpoint: others could read and forge what goes to 192.0.2.1 in plain text" in done.stderr


def test_a_host_with_another_key_does_not_start(world):
    w = world({"emea": {}}, count=1)
    ours, theirs = keygen(w.folder / "ours"), keygen(w.folder / "theirs")
    w.configure({"links": block(["emea"], {"fetcher": "127.0.0.1", "emea": "127.0.0.1"}, free_ports(5),
                                {"fetcher": ours, "emea": theirs}, w.folder / "ours" / "link.key")})
    done = product.command(tools.PUBLISHER, "-c", w.config, "--fabric", "emea", timeout=30)
    assert done.code == 2
    assert theirs in done.stderr and f"the secret key here belongs to {ours}" in done.stderr


def test_run_is_for_one_host(world):
    w = world({"emea": {}}, count=1)
    public = keygen(w.folder / "keys")
    w.configure({"links": block(["emea"], {"fetcher": "192.0.2.1", "emea": "192.0.2.2"}, 7400,
                                {"fetcher": public, "emea": public}, w.folder / "keys" / "link.key")})
    done = product.command(tools.CONSOLE, "run", "-c", w.config, timeout=30)
    assert done.code == 2 and "has stages on several hosts" in done.stderr
