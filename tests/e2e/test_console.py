"""What `tq-trellix-tie run` and `status` do besides a plain run: children that die or are wrong,
interrupts, two runs at once, the guide's arguments."""

import json
import os
import signal

import pytest

import tools
from checks import assert_told_exactly
from process import Process
from product import command, status
from waiting import wait_until

MANY = {"daily_limit": 100000}


class Run:
    """`tq-trellix-tie run --json` in the background."""

    def __init__(self, w, name="run", *args):
        self.out = w.folder / f"{name}.out"
        w.closers.append(self.close)
        self.process = Process(name, ["sh", "-c", 'exec "$@" 2>"$0"', w.folder / f"{name}.err", tools.CONSOLE, "run",
                                      "--json", "-c", w.config, *args], self.out)
        self.err = w.folder / f"{name}.err"

    def close(self):
        self.process.close()

    def summary(self, timeout=60):
        """The exit code and the object."""
        code = self.process.wait(timeout)
        return code, json.loads(self.process.output().strip().splitlines()[-1])


def stage_pids(w):
    """Pids of the stages of this world's configuration, by /proc."""
    pids = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read().decode().split("\0")
        except OSError:
            continue
        name = os.path.basename(words[0])
        if name.startswith("tie-") and str(w.config) in words and "--report" not in words:
            pids[int(pid)] = name
    return pids


def slow(w, ms=500):
    """Keeps a run pushing for long enough to do something to it; 0 ends it."""
    w.fabrics["emea"].tie.fault(delay_ms=ms)


def pushing(w, at_least=50):
    wait_until(lambda: w.fabrics["emea"].tie.set_count() >= at_least, "sets to arrive", every=0.02)


def test_a_child_that_dies_is_started_again(world):
    w = world({"emea": MANY}, count=1500)
    slow(w)
    run = Run(w)
    killed = set()
    for name in ("tie-mapper", "tie-enricher", "tie-publisher", "tie-fetcher"):
        pid = wait_until(lambda n=name: next((p for p, s in stage_pids(w).items() if s == n), None), name, every=0.02)
        os.kill(pid, signal.SIGKILL)
        killed.add(name.removeprefix("tie-"))
    slow(w, 0)
    code, summary = run.summary()
    assert code == summary["exit"] == 0, run.err.read_text()
    assert {s["stage"] for s in summary["stages"] if s["restarts"] >= 1} == killed
    assert w.fabrics["emea"].tie.distinct_count() == len(w.expected("emea"))
    assert stage_pids(w) == {}


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_an_interrupt_ends_all_and_loses_nothing(world, sig):
    w = world({"emea": MANY}, count=1500)
    slow(w)
    run = Run(w)
    pushing(w)
    run.process.signal(sig)
    code, summary = run.summary(timeout=6)
    assert code == summary["exit"] == 1
    assert any("nothing is lost" in p for p in summary["problems"])
    assert stage_pids(w) == {}
    slow(w, 0)
    assert w.run_once()["exit"] == 0
    assert w.fabrics["emea"].tie.distinct_count() == len(w.expected("emea"))


def test_no_stage_outlives_a_killed_console(world):
    w = world({"emea": MANY}, count=1500)
    slow(w)
    run = Run(w)
    pushing(w)
    run.process.kill()
    wait_until(lambda: not stage_pids(w), "the stages to end", timeout=6)
    slow(w, 0)
    assert w.run_once()["exit"] == 0


def test_a_run_asks_the_service(world):
    w = world({"emea": MANY}, count=300)
    stages = w.stages("--on-request").start_service()
    run = Run(w)
    code, summary = run.summary()
    assert code == summary["exit"] == 0, run.err.read_text()
    assert "the service runs already" in run.err.read_text()
    assert {s["pid"] for s in summary["stages"]} == {p.pid for p in stages.running.values()}
    assert w.fabrics["emea"].tie.distinct_count() == len(w.expected("emea"))


def test_a_run_says_when_the_service_it_asked_has_gone(world):
    w = world({"emea": MANY}, count=3000)
    slow(w, 2000)
    stages = w.stages("--on-request").start_service()
    run = Run(w)
    pushing(w)
    for name in list(stages.running):
        stages.kill(name)
    code, summary = run.summary(timeout=30)
    assert code == summary["exit"] == 1
    assert "the service runs already" in run.err.read_text()
    assert any("has ended" in p for p in summary["problems"])


def test_a_misconfigured_fabric_does_not_hold_up_the_others(world):
    w = world({"emea": MANY, "apac": MANY}, count=300)
    w.fabrics["apac"].dxl_config.unlink()
    summary = w.run_once(code=2)
    assert_told_exactly(w, "emea", summary)
    assert [p for p in summary["problems"] if "apac" in p and "dxlclient.config" in p]


def test_only_misconfigured_fabrics(world):
    w = world({"emea": {}}, count=10)
    w.fabrics["emea"].dxl_config.unlink()
    summary = w.run_once(code=2, timeout=20)
    assert "emea" in summary["problems"][0]


def test_con_name_limits_the_run(world):
    w = world({"emea": {}, "apac": {}}, count=200)
    summary = w.run_once("-cn", "emea")
    assert set(summary["fabrics"]) == set(summary["counts"]) == {"emea"}
    assert w.fabrics["apac"].tie.set_count() == 0
    assert w.fabrics["emea"].tie.set_count() == len(w.expected("emea"))
    # Nothing of the other fabric is lost by it.
    w.run_once()
    assert w.fabrics["apac"].tie.set_count() == len(w.expected("apac"))


def test_status_lists_what_runs(world):
    w = world({"emea": {}}, count=10)
    w.stages().start()
    wait_until(lambda: all(s["state"] == "running" for s in status(w.config)["stages"]), "all stages to be listed")
    assert {s["pid"] for s in status(w.config)["stages"]} == set(stage_pids(w))
    wait_until(lambda: status(w.config)["health"]["state"] == "fine", "all to be well")
    table = command(tools.CONSOLE, "status", "-c", w.folder)
    assert table.code == 0
    assert max(map(len, table.stdout.splitlines())) <= 80
    assert "emea" in table.stdout


def test_the_table_and_the_log_folder(world):
    w = world({"emea": {}, "apac": {}}, count=100)
    logs = w.folder / "stage-logs"
    logs.mkdir()
    result = command(tools.CONSOLE, "run", "-c", w.folder, "-ll", logs, "-v3")
    assert result.code == 0, result.stderr
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "Sent to TIE" in result.stdout
    names = {p.name for p in logs.iterdir()}
    assert names >= {"fetcher.log", "mapper.log", "publisher-emea.log", "publisher-apac.log", "enricher.log"}


def test_the_guides_other_arguments(world):
    w = world({"emea": {}}, count=10)
    other = w.folder / "certs" / "emea"
    other.mkdir(parents=True)
    wrong = command(tools.CONSOLE, "run", "-c", w.config, "-dc", w.folder / "certs")
    assert wrong.code == 2
    assert "dxl_config" in wrong.stderr
    (other / "dxlclient.config").symlink_to(w.fabrics["emea"].dxl_config)
    right = command(tools.CONSOLE, "run", "-c", w.config, "-dc", w.folder / "certs", "-x", w.folder / "cache.json")
    assert right.code == 0, right.stderr
    assert "-x" not in right.stderr, "it counts what the file says, and says nothing of it"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sweep"], ["run", "status"]),
        (["run", "-cn", "nowhere"], ["nowhere", "emea"]),
        (["run", "-ll", "/nonexistent"], ["/nonexistent"]),
        (["run", "-v", "4"], ["1, 2, 3"]),
    ],
    ids=["command", "fabric", "log-folder", "verbosity"],
)
def test_wrong_words_are_refused(world, words, said):
    w = world({"emea": {}}, count=1)
    result = command(tools.CONSOLE, *words, "-c", w.config)
    assert result.code == 2
    for word in said:
        assert word in result.stderr


def test_a_missing_configuration_is_explained(tmp_path):
    result = command(tools.CONSOLE, "-c", tmp_path / "none.yaml")
    assert result.code == 2
    assert "none.yaml" in result.stderr
    assert "dxl_config:" in result.stderr, "shows what it holds"
