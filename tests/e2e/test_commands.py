"""Every binary explains itself; a bad configuration is refused with file, key and mend."""

import re

import pytest

import tools
from product import command

STAGES = [tools.FETCHER, tools.MAPPER, tools.PUBLISHER, tools.ENRICHER]
SIMULATORS = [tools.THREATQ_SIM, tools.TIE_SIM]
GOOD = """
threatq:
  host: https://127.0.0.1:1
  client_id: c
  username: u@example.com
  password: p
fabrics:
  - name: emea
    dxl_config: /nonexistent/dxlclient.config
connector:
  state_dir: STATE
  run_dir: STATE
"""


def write(tmp_path, text, mode=0o600):
    path = tmp_path / "tq-trellix-tie.yaml"
    path.write_text(text.replace("STATE", str(tmp_path)))
    path.chmod(mode)
    return path


def with_fabric(program):
    return ["--fabric", "emea"] if program == tools.PUBLISHER else []


@pytest.mark.parametrize("program", [*STAGES, tools.CONSOLE, *SIMULATORS], ids=lambda p: p.name)
def test_help_teaches(program):
    result = command(program, "--help")
    assert result.code == 0
    assert "Usage:" in result.stdout
    assert len(result.stdout.splitlines()) >= 10, "says what it takes, gives, keeps and how it ends"
    if program not in SIMULATORS:
        assert command(program, "-h").stdout == result.stdout
        assert "--config" in result.stdout


@pytest.mark.parametrize("program", [*STAGES, tools.CONSOLE, tools.PROV], ids=lambda p: p.name)
def test_version_is_that_of_the_build(program):
    version = re.search(r"^  version: '(.+)',$", (tools.ROOT / "meson.build").read_text(), re.M)[1]
    assert command(program, "--version").stdout == f"{program.name} {version}\n"


def test_help_of_a_command_is_about_that_command():
    """What only a run takes stands in the help of run, and in the general one."""
    of_run = {"--cron", "--cron-dir", "--cache", "--dxl-config-dir"}
    for words, shown in (([], of_run), (["run"], of_run), (["keygen"], set()), (["status"], set())):
        text = command(tools.CONSOLE, *words, "--help").stdout
        assert {option for option in of_run if option + "=" in text} == shown
        assert "--config=" in text


@pytest.mark.parametrize("program", [*STAGES, tools.CONSOLE], ids=lambda p: p.name)
def test_unknown_option_is_refused(program):
    assert command(program, "--no-such-option").code not in (0, 1)


@pytest.mark.parametrize("program", STAGES, ids=lambda p: p.name)
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name: emea", "nmae: emea", ["nmae"]),
        ("client_id: c", "client_id: c\n  page_size: 0", ["page_size"]),
        ("name: emea", "name: emea\n    daily_limit: 100001", ["daily_limit", "100000"]),
        ("connector:", "reputation:\n  known_malicious: [low]\n  most_likely_malicious: [low]\nconnector:",
         ["low", "known_malicious", "most_likely_malicious"]),
    ],
    ids=["unknown-key", "page-size", "daily-limit", "band-twice"],
)
def test_bad_configuration_is_refused(program, old, new, words, tmp_path):
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new))
    result = command(program, "-c", path, *with_fabric(program))
    assert result.code == 2
    assert str(path) in result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize("program", STAGES, ids=lambda p: p.name)
def test_open_secrets_file_is_refused(program, tmp_path):
    path = write(tmp_path, GOOD, mode=0o644)
    result = command(program, "-c", path, *with_fabric(program))
    assert result.code == 2
    assert str(path) in result.stderr


def test_missing_configuration(tmp_path):
    for program in STAGES:
        result = command(program, "-c", tmp_path / "none.yaml", *with_fabric(program))
        assert result.code == 2
        assert "none.yaml" in result.stderr


def test_unknown_fabric(tmp_path):
    path = write(tmp_path, GOOD)
    result = command(tools.PUBLISHER, "-c", path, "--fabric", "apac")
    assert result.code == 2
    assert "apac" in result.stderr
    assert "emea" in result.stderr, "names the fabrics there are"


def test_run_and_status_refuse_a_bad_configuration(tmp_path):
    path = write(tmp_path, GOOD.replace("name: emea", "nmae: emea"))
    for words in (["run", "--json"], ["status", "--json"]):
        result = command(tools.CONSOLE, *words, "-c", path)
        assert result.code == 2
        assert "nmae" in result.stderr


def test_status_when_nothing_runs(tmp_path):
    path = write(tmp_path, GOOD)
    result = command(tools.CONSOLE, "status", "--json", "-c", path)
    assert result.code == 2, "nothing runs, and nothing ever did"
    report = result.json
    assert report["health"]["state"] == "down"
    assert "nothing was ever swept" in report["health"]["reasons"][0]
    assert {"number", "state", "fetched", "pages", "started_at", "finished_at"} <= set(report["sweep"])
    assert {s["stage"] for s in report["stages"]} >= {"fetcher", "mapper", "publisher", "enricher"}
    assert all(s["state"] == "stopped" for s in report["stages"])
    fabric = report["fabrics"]["emea"]
    assert {"connected", "broker", "queued", "in_flight", "outbox", "shared", "failed", "lagging", "last_error",
            "quota"} <= set(fabric)
    assert fabric["connected"] is False
    assert fabric["quota"]["limit"] == 1000
    assert (fabric["quota"]["used"], fabric["quota"]["left"]) == (0, 1000)
    assert report["enrichment"] == {"written": 0, "pending": 0}
