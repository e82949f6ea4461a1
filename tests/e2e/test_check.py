"""`tq-trellix-tie check`: each thing that can be wrong is one line that names it and its mend."""

import json
import os

import pytest

import tools
from person import Person
from product import command


def check(config, *args, code=0):
    """The findings by the name of the check, and subject where there is one per fabric."""
    result = command(tools.CONSOLE, "check", "--json", "-c", config, *args)
    assert result.code == code, f"exit {result.code}: {result.stdout}{result.stderr}"
    assert result.json["exit"] == code
    return result.json["findings"]


def one(findings, name, subject=None):
    found = [f for f in findings if f["check"] == name and subject in (None, f["subject"])]
    assert len(found) == 1, findings
    return found[0]


def failed(findings):
    return [f["check"] for f in findings if f["level"] == "failed"]


def test_all_is_well(world):
    w = world({"emea": {}, "apac": {}}, count=50)
    before = w.threatq.admin.raw("/export")
    findings = check(w.config)
    for name in ("config", "config-file", "state-dir", "run-dir", "disk", "threatq-login", "threatq-types",
                 "threatq-clock", "threatq-read", "threatq-write"):
        assert one(findings, name)["level"] == "ok"
    for fabric in ("emea", "apac"):
        assert one(findings, "dxl-config", fabric)["level"] == "ok"
        for name in ("client-certificate", "ca-certificate", "broker-certificate"):
            assert "expires in" in one(findings, name, fabric)["text"]
    assert all(f["mend"] for f in findings if f["level"] != "ok")
    assert w.threatq.admin.raw("/export") == before
    assert w.fabrics["emea"].tie.set_count() == 0
    assert not list((w.folder / "state").iterdir()), "it takes no lock and opens no store"


def test_one_line_each_for_people(world):
    w = world({"emea": {}}, count=5)
    result = command(tools.CONSOLE, "check", "-c", w.config)
    lines = result.stdout.splitlines()
    assert result.code == 0, result.stdout
    assert len(lines) == len(check(w.config))
    assert all(line.split()[0] in ("ok", "warning", "FAILED") for line in lines)
    assert all("mend: " in line for line in lines if not line.startswith("ok"))


def test_on_a_terminal_of_80_columns(world):
    w = world({"emea": {}}, count=5)
    plain = command(tools.CONSOLE, "check", "-c", w.config).stdout
    person = Person(tools.CONSOLE, "check", "-c", w.config)
    assert person.end() == 0
    lines = person.screen.splitlines()
    # Numbers (of free megabytes, say) may have changed from one call to the next.
    words = [word for line in lines for word in line.split() if len(word) <= 72 and not word.isdigit()]
    assert all(len(line) <= 80 or len(line.split()) == 1 for line in lines), person.screen
    assert words == [word for word in plain.split() if len(word) <= 72 and not word.isdigit()]
    assert [line.split()[0] for line in lines if line[0] != " "] == [line.split()[0] for line in plain.splitlines()]


def test_con_name_limits_it(world):
    w = world({"emea": {}, "apac": {}}, count=5)
    assert {f["subject"] for f in check(w.config, "-cn", "apac") if f["check"] == "dxl-config"} == {"apac"}
    finding = one(check(w.config, "-cn", "nowhere", code=2), "config")
    assert "nowhere" in finding["text"]


def test_a_wrong_configuration(world, tmp_path):
    w = world({"emea": {"daily_limit": 0}}, count=1)
    findings = check(w.config, code=2)
    assert failed(findings) == ["config"]
    assert "daily_limit" in findings[0]["text"] and findings[0]["mend"]
    assert failed(check(tmp_path / "none.yaml", code=2)) == ["config"]


def test_a_wrong_password(world):
    w = world({"emea": {}}, count=1)
    w.configure({"threatq": {"password": "wrong"}})
    findings = check(w.config, code=1)
    assert failed(findings) == ["threatq-login"]
    assert "HTTP 400" in one(findings, "threatq-login")["text"] or "HTTP 401" in one(findings, "threatq-login")["text"]
    assert "wrong" not in json.dumps(findings)
    # The fabrics are looked at all the same.
    assert one(findings, "dxl-config", "emea")["level"] == "ok"


def test_threatq_is_not_there(world):
    w = world({"emea": {}}, count=1)
    w.threatq.process.kill()
    assert failed(check(w.config, code=1)) == ["threatq-connect"]


def test_a_certificate_that_is_not_trusted(world):
    w = world({"emea": {}}, count=1)
    w.configure({"threatq": {"ca_file": None}})
    finding = one(check(w.config, code=1), "threatq-certificate")
    assert "ca_file" in finding["mend"]


@pytest.mark.parametrize(
    ("path", "method", "wanted"),
    [("attributes", "DELETE", "threatq-write"), ("query", "POST", "threatq-read"), ("types", "GET", "threatq-types")],
)
def test_a_role_that_may_not(world, path, method, wanted):
    w = world({"emea": {}}, count=1)
    w.threatq.admin.post("/fault", {"kind": "403", "path": path, "method": method, "count": 0})
    findings = check(w.config, code=1)
    assert failed(findings) == [wanted]
    assert "Primary Contributor" in one(findings, wanted)["mend"]


@pytest.mark.parametrize(("ahead", "level"), [(0, "ok"), (120, "warning"), (-120, "warning"), (3600, "failed")])
def test_the_clocks(world, ahead, level):
    w = world({"emea": {}}, count=1)
    w.threatq.admin.post("/clock", {"ahead_s": ahead})
    assert one(check(w.config, code=1 if level == "failed" else 0), "threatq-clock")["level"] == level


def test_a_broker_that_is_down_does_not_hide_the_rest(world):
    w = world({"emea": {}, "apac": {}}, count=1)
    w.fabrics["apac"].broker.stop()
    findings = check(w.config, code=1)
    assert {f["subject"] for f in findings if f["level"] == "failed"} == {"apac"}
    assert one(findings, "threatq-login")["level"] == "ok"


def test_a_fabric_without_its_file(world):
    w = world({"emea": {}}, count=1)
    w.fabrics["emea"].dxl_config.unlink()
    finding = one(check(w.config, code=1), "dxl-config", "emea")
    assert finding["level"] == "failed" and "dxlclient.config" in finding["text"] + finding["mend"]


def test_files_and_folders(world):
    w = world({"emea": {}}, count=1)
    (w.folder / "file").write_text("")
    w.configure({"connector": {"state_dir": str(w.folder / "file"), "run_dir": str(w.folder / "later" / "run")}})
    (w.folder / "run").chmod(0o777)
    findings = check(w.config, code=1)
    assert failed(findings) == ["state-dir"]
    assert "not there yet" in one(findings, "run-dir")["text"]
    w.configure({"connector": {"state_dir": str(w.folder / "state"), "run_dir": str(w.folder / "run")}})
    finding = one(check(w.config), "run-dir")
    assert finding["level"] == "warning" and finding["mend"] == f"chmod o-w {w.folder}/run"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file away")
def test_a_start_as_root_by_mistake_is_seen(world):
    w = world({"emea": {}}, count=1)
    os.chown(w.folder / "state", 65534, 65534)
    (w.folder / "state" / "fetcher.lock").write_text("")
    finding = one(check(w.config), "state-dir")
    assert finding["level"] == "warning" and "fetcher.lock" in finding["text"] and "chown" in finding["mend"]
