"""The stages under a real supervisord: `tq-trellix-tie supervisor` hands them over, and takes one out or in."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request

import pytest
import tools
from broker import free_port
from checks import assert_told_all, assert_told_exactly
from configfile import SECRET
from product import command, status
from supervisord import Supervisord
from waiting import wait_until

TWO = {"emea": {"daily_limit": 100000, "enrichment": False}, "apac": {"daily_limit": 50}}
STAGES = {"tie-fetcher", "tie-mapper", "tie-publisher-emea", "tie-publisher-apac", "tie-enricher"}


def sets(w, fabric="emea"):
    return w.fabrics[fabric].tie.set_count()


def settled(w):
    """The object of `status` once a sweep has gone through and nothing is left to be pushed but for quota."""

    def look():
        now = status(w.config)
        done = all(not f["queued"] or not f["quota"]["left"] for f in now["fabrics"].values())
        return now if now["sweep"]["number"] and now["sweep"]["state"] == "idle" and done else None

    return wait_until(look, "the sweep to end", 120, 0.5)  # asking is dear: a process for each stage


def test_from_nothing_to_a_service(world):
    w = world(TWO, count=400)
    daemon = Supervisord(w)
    assert "5 added" in daemon.apply().stdout
    pids = daemon.wait_running()
    assert set(pids) == STAGES
    settled(w)
    summary = w.run_once()
    assert_told_exactly(w, "apac", summary, limit=50)
    assert daemon.pids() == pids, "run asked the service instead of starting its own"

    daemon.rpc.shutdown()
    assert daemon.process.wait(30) == 0
    assert {s["state"] for s in status(w.config)["stages"]} == {"stopped"}


def test_serve_is_one_of_the_programs_when_it_is_wished(world):
    w = world({"emea": {}}, count=5)
    address = f"127.0.0.1:{free_port()}"
    daemon = Supervisord(w)
    assert "5 added" in daemon.apply(f"--serve={address}").stdout
    pid = daemon.wait_running()["tie-serve"]

    def fabrics():
        with urllib.request.urlopen(f"http://{address}/api/status") as answer:
            return set(json.load(answer)["fabrics"])

    wait_until(lambda: "serves http" in daemon.log("tie-serve"), "serve to listen")
    assert fabrics() == {"emea"}
    w.config.write_text(w.config.read_text().replace("name: emea", "name: apac"))
    daemon.apply(f"--serve={address}")
    wait_until(lambda: daemon.log("tie-serve").count("serves http") == 2, "serve to take the configuration")
    assert fabrics() == {"apac"} and daemon.pids()["tie-serve"] == pid
    assert "1 removed" in daemon.apply().stdout
    assert "tie-serve" not in daemon.pids()


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_each_stage_alone_under_load(world, how, record_property):
    w = world({"emea": TWO["emea"]}, count=3000, other_types=0)
    w.fabrics["emea"].tie.fault(delay_ms=20)
    daemon = Supervisord(w)
    daemon.apply()
    pids = daemon.wait_running()
    wait_until(lambda: sets(w) > 50, "sets to flow")
    for name in sorted(pids):
        before = daemon.pids()
        began = time.monotonic()
        if how == "restart":
            daemon.restart(name)
        else:
            os.kill(before[name], signal.SIGKILL)
            wait_until(lambda n=name, b=before: daemon.pids()[n] not in (0, b[n]), f"{name} to be back")
        wait_until(lambda n=name: f" ready pid={daemon.pids()[n]}\n" in daemon.log(n), f"{name} to be ready", every=0.01)
        record_property(f"{name} ready again after s", round(time.monotonic() - began, 2))
        daemon.wait_running()
        after = daemon.pids()
        assert after[name] != before[name]
        assert {n: p for n, p in after.items() if n != name} == {n: p for n, p in before.items() if n != name}
    w.fabrics["emea"].tie.fault(delay_ms=0)
    assert_told_all(w, "emea", settled(w))


def test_fabrics_come_and_go_while_indicators_flow(world):
    w = world({**TWO, "late": {"daily_limit": 2000, "enrichment": False}}, {"connector": {"interval": "1h"}},
              count=50000, other_types=0)
    late, w.fabrics = w.fabrics["late"], {n: f for n, f in w.fabrics.items() if n != "late"}
    w.configure({})
    daemon = Supervisord(w)
    daemon.apply()
    before = daemon.wait_running()
    wait_until(lambda: sets(w) > 500, "sets to flow")

    w.fabrics["late"] = late
    w.configure({})
    said = daemon.apply().stdout
    assert re.search(r"added +tie-publisher-late\n", said) and "1 added, 0 removed, 0 changed" in said
    daemon.wait_running("tie-publisher-late")
    wait_until(lambda: sets(w, "late") > 500, "the new fabric to be told at once, not at the next sweep")

    del w.fabrics["apac"]
    w.configure({})
    said = daemon.apply().stdout
    assert re.search(r"removed +tie-publisher-apac\n", said) and "0 added, 1 removed, 0 changed" in said
    after = daemon.pids()
    assert "tie-publisher-apac" not in after
    del after["tie-publisher-late"], before["tie-publisher-apac"]
    assert after == before, "nobody else was stopped"
    wait_until(lambda: status(w.config)["fabrics"]["emea"]["queued"] == 0, "emea to be through", 180, 1)
    summary = settled(w)
    assert_told_all(w, "emea", summary)
    assert_told_exactly(w, "late", summary, limit=2000)


def test_a_renamed_fabric_touches_no_other(world):
    w = world({"emea": {"daily_limit": 100}, "apac": {"daily_limit": 50}}, count=300)
    daemon = Supervisord(w)
    daemon.apply()
    before = daemon.wait_running()
    wait_until(lambda: sets(w) == 100 and sets(w, "apac") == 50, "the quotas to be spent")
    asia = w.fabrics.pop("apac")
    asia.name = "asia"
    w.fabrics["asia"] = asia
    w.configure({})
    assert "1 added, 1 removed, 0 changed" in daemon.apply().stdout
    after = daemon.wait_running()
    assert {n: p for n, p in after.items() if n != "tie-publisher-asia"} == {
        n: p for n, p in before.items() if n != "tie-publisher-apac"}
    wait_until(lambda: sets(w, "asia") == 100, "the new name to be told at once, by a quota of its own")


def test_all_stages_together(world):
    w = world(TWO, {"mapper": {"processes": 2}}, count=50)
    daemon = Supervisord(w)
    daemon.apply()
    before = daemon.wait_running()
    recipe, = re.findall(r"^supervisorctl restart (\$\(tq-trellix-tie supervisor .*\))$",
                         (tools.ROOT / "README.md").read_text(), re.M)
    for action in ("signal USR1", "restart"):
        script = f"supervisorctl -c {daemon.conf} {action} {recipe}".replace(
            "tq-trellix-tie supervisor", f"{tools.CONSOLE} supervisor -c {w.config}")
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert action != "restart" or daemon.wait_running().keys() == before.keys()
    for name in before:
        wait_until(lambda n=name: " info counters " in daemon.log(n), f"{name} to have logged its counters")
    after = daemon.pids()
    assert all(after[n] != before[n] for n in before)


def test_more_and_fewer_mappers(world):
    w = world({"emea": TWO["emea"]}, {"mapper": {"processes": 2}}, count=6000, other_types=0)
    daemon = Supervisord(w)
    daemon.apply()
    names = daemon.wait_running()
    others = {n: p for n, p in names.items() if "mapper" not in n}
    assert {n for n in names if "mapper" in n} == {"tie-mapper-1", "tie-mapper-2"}
    for count in (4, 1):
        w.configure({"mapper": {"processes": count}})
        daemon.apply()
        names = daemon.wait_running()
        assert len([n for n in names if "mapper" in n]) == count
        assert {n: p for n, p in names.items() if "mapper" not in n} == others
    assert_told_all(w, "emea", settled(w))


def test_a_changed_configuration_is_taken_without_a_restart(world):
    w = world({"emea": {"daily_limit": 20}, "apac": {"daily_limit": 50}}, count=300)
    daemon = Supervisord(w)
    daemon.apply()
    pids = daemon.wait_running()
    wait_until(lambda: sets(w) == 20 and sets(w, "apac") == 50, "the quotas to be spent")
    w.fabrics["emea"].settings["daily_limit"] = 35
    w.configure({})
    assert "0 added, 0 removed, 0 changed; 5 go on" in daemon.apply().stdout
    wait_until(lambda: sets(w) == 35, "the rest of the new quota to be spent")
    assert daemon.pids() == pids
    assert "the configuration says nothing new" in daemon.log("tie-publisher-apac")


def test_a_bad_configuration_does_not_loop(world):
    w = world(TWO, count=50)
    daemon = Supervisord(w)
    daemon.apply()
    daemon.wait_running()
    good = w.config.read_text()
    w.config.write_text(good + "\nnonsense: true\n")
    daemon.rpc.stopProcess("tie-mapper")
    daemon.rpc.startProcess("tie-mapper", False)
    wait_until(lambda: daemon.states()["tie-mapper"] == "EXITED", "supervisord to leave it alone")
    assert daemon.all()["tie-mapper"]["exitstatus"] == 2
    assert daemon.log("tie-mapper").count("nonsense") == 1
    w.config.write_text(good)
    daemon.rpc.startProcess("tie-mapper")
    daemon.wait_running()


def test_a_stage_by_hand_keeps_the_supervised_one_out_until_it_ends(world):
    w = world({"emea": {"daily_limit": 1000}}, count=50)
    by_hand = w.stages().start("publisher-emea")
    by_hand.wait_report("publisher-emea", lambda r: r["pid"], "it to run")
    daemon = Supervisord(w)
    daemon.apply()
    wait_until(lambda: daemon.states()["tie-publisher-emea"] == "BACKOFF", "the second one to be refused")
    assert "runs already" in daemon.log("tie-publisher-emea")
    by_hand.terminate("publisher-emea")
    daemon.wait_running()


def test_programs_of_others_are_left_alone(world):
    w = world({"emea": {"daily_limit": 1000}}, count=50)
    daemon = Supervisord(w, more="[program:other]\ncommand=/bin/sleep 1000\n")
    daemon.wait_running("other")
    pid = daemon.pids()["other"]
    daemon.conf.write_text(daemon.conf.read_text().replace("sleep 1000", "sleep 1001"))
    daemon.apply()
    daemon.wait_running()
    assert daemon.pids()["other"] == pid


def test_apply_again_after_supervisord_was_away(world):
    w = world({"emea": {"daily_limit": 1000}}, count=50)
    file = w.folder / "stages.conf"
    result = command(tools.CONSOLE, "supervisor", "apply", "-c", w.config, "--file", file, "--supervisord-conf",
                     "/nonexistent/supervisord.conf")
    assert result.code == 1
    assert "supervisorctl reread" in result.stderr and str(file) in result.stderr
    daemon = Supervisord(w)
    shutil.copy(file, daemon.stages)
    daemon.apply()
    assert set(daemon.wait_running()) == STAGES - {"tie-publisher-apac"}


def test_file_that_cannot_be_written(world):
    w = world({"emea": {}}, count=5)
    result = command(tools.CONSOLE, "supervisor", "apply", "-c", w.config, "--file", w.folder / "no" / "stages.conf")
    assert result.code == 1
    assert "stages.conf: No such file or directory: nothing was changed" in result.stderr


def test_units_of_systemd(world):
    w = world(TWO, {"mapper": {"processes": 2}}, count=5)
    folder = w.folder / "units"
    folder.mkdir()
    printed = command(tools.CONSOLE, "supervisor", "--systemd", "-c", w.config, "--user", "root")
    written = command(tools.CONSOLE, "supervisor", "--systemd", "-c", w.config, "--user", "root", "--write-to", folder)
    assert (printed.code, written.code) == (0, 0)
    files = {f.name: f.read_text() for f in folder.iterdir()}
    assert set(files) == {"tie.target", "tie-fetcher.service", "tie-mapper@.service", "tie-publisher@.service",
                          "tie-enricher@.service"}
    assert all(text in printed.stdout for text in files.values())
    wants = re.search(r"^Wants=(.*)$", files["tie.target"], re.M).group(1).split()
    assert wants == ["tie-fetcher.service", "tie-mapper@1.service", "tie-mapper@2.service",
                     "tie-publisher@emea.service", "tie-publisher@apac.service", "tie-enricher@1.service"]
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                               *(folder / n for n in wants), folder / "tie.target"],
                              capture_output=True, text=True, timeout=60, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"})
    assert verified.returncode == 0 and str(folder) not in verified.stderr, verified.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("owner, words, user", [("root", [], None), ("nobody", [], "nobody"), ("nobody", ["--user", "root"], "root")])
def test_the_stages_run_as_the_owner_of_the_configuration(world, owner, words, user):
    w = world({"emea": {}}, count=5)
    shutil.chown(w.config, owner)
    for how, key in (([], "user"), (["--systemd"], "User")):
        text = command(tools.CONSOLE, "supervisor", *how, *words, "-c", w.config).stdout
        assert set(re.findall(rf"^{key}=(.*)$", text, re.M)) == ({user} if user else set())


def test_nothing_secret_is_printed(world):
    w = world({"emea": {}}, count=5)
    for how in ([], ["--systemd"]):
        result = command(tools.CONSOLE, "supervisor", *how, "-c", w.config)
        assert result.code == 0 and SECRET not in result.stdout + result.stderr


def test_usage():
    for words in (["--prefix", "a b"], ["--write-to", "/tmp"], ["apply", "--systemd"], ["reload"], ["--token-file", "x"]):
        assert command(tools.CONSOLE, "supervisor", *words).code == 2
