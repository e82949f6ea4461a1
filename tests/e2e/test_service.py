"""The stages as a service: asked to sweep, scaled, started twice, and what they say of themselves."""

import os
import signal

import tools
from checks import assert_counts_add_up, assert_told_exactly, told
from process import Process
from product import command, status
from waiting import wait_until

ONE = {"emea": {"daily_limit": 100000}}


def first_sweep(stages):
    sweep = stages.wait_report("fetcher", lambda r: r["sweep"]["number"] >= 1 and r["sweep"]["state"] == "idle",
                               "the first sweep")
    stages.wait_report("publisher-emea", lambda r: r["idle"] and not r["outbox"] and not r["sweep_open"], "the push")
    return {"sweep": sweep["sweep"]}


def test_run_asks_a_running_service(world):
    w = world(ONE, count=200)
    stages = w.stages().start()
    assert_told_exactly(w, "emea", first_sweep(stages))
    one = w.threatq.plain_hashes()[0]
    w.threatq.add_attribute(one.id, "Reputation Override - emea", "Known Trusted")
    pids = {name: process.pid for name, process in stages.running.items()}
    summary = w.run_once()
    assert summary["sweep"]["number"] >= 2
    assert told(w.fabrics["emea"].tie)[-1][2] == 99
    assert_counts_add_up(summary["counts"]["emea"])
    running = {(s["stage"], s.get("fabric")): s for s in summary["stages"]}
    assert running["fetcher", None]["pid"] == pids["fetcher"]
    assert all(process.alive() for process in stages.running.values()), "run leaves the service alone"


def test_status_of_a_running_service(world):
    w = world(ONE, count=100)
    stages = w.stages().start()
    first_sweep(stages)
    report = status(w.config)
    for name, process in stages.running.items():
        stage = [s for s in report["stages"] if s["stage"] == name.split("-")[0]]
        assert [s["state"] for s in stage] == ["running"], name
        if name not in ("mapper", "enricher"):  # of which any number may run
            assert stage[0]["pid"] == process.pid
    fabric = report["fabrics"]["emea"]
    assert fabric["connected"] is True
    assert str(w.fabrics["emea"].broker.port) in fabric["broker"]
    assert fabric["shared"] == len(told(w.fabrics["emea"].tie))
    assert report["sweep"]["state"] == "idle"
    assert report["enrichment"]["pending"] == 0
    assert report["enrichment"]["written"] > 0
    text = command(tools.CONSOLE, "status", "-c", w.config)
    assert text.code == 0
    assert "emea" in text.stdout


def test_several_mappers_and_enrichers(world):
    w = world(ONE, {"threatq": {"page_size": 50}}, count=2000)
    stages = w.stages()
    for name in ("mapper", "enricher"):
        for n in (2, 3):
            stages.commands[f"{name}-{n}"] = stages.commands[name]
    stages.start()
    assert_told_exactly(w, "emea", first_sweep(stages))
    shared = [i for i in w.threatq.indicators() if any(n == "Share Status - emea" for n, _ in i.attributes)]
    assert len(shared) == len(told(w.fabrics["emea"].tie))


def test_a_stage_that_keeps_state_runs_once(world):
    w = world(ONE, count=20)
    stages = w.stages().start()
    first_sweep(stages)
    for name in ("fetcher", "publisher-emea"):
        result = command(*stages.commands[name], timeout=20)
        assert result.code == 3, name
        assert "runs already" in result.stderr or "running" in result.stderr
        assert stages[name].alive()


def test_counters_on_sigusr1(world):
    w = world(ONE, count=50)
    stages = w.stages().start()
    first_sweep(stages)
    for name, process in stages.running.items():
        before = len(process.output().splitlines())
        os.kill(process.pid, signal.SIGUSR1)
        wait_until(lambda p=process, n=before: len(p.output().splitlines()) > n, f"{name} to log its counters")
        assert "=" in process.output().splitlines()[-1]
        assert process.alive()


def test_sighup_reopens_the_log(world):
    w = world(ONE, count=50)
    logs = w.folder / "ll"
    logs.mkdir()
    stages = w.stages()
    stages.commands["publisher-emea"] += ["-ll", logs]
    stages.start()
    first_sweep(stages)
    path, = logs.iterdir()
    path.rename(logs / "old")
    os.kill(stages["publisher-emea"].pid, signal.SIGHUP)
    os.kill(stages["publisher-emea"].pid, signal.SIGUSR1)
    wait_until(lambda: path.exists() and path.read_text(), "the log to be written anew")


def test_the_service_sweeps_by_its_interval(world):
    w = world(ONE, {"connector": {"interval": "1s"}}, count=50)
    stages = w.stages().start()
    first_sweep(stages)
    one = w.threatq.plain_hashes()[0]
    before = len(told(w.fabrics["emea"].tie))
    w.threatq.add_attribute(one.id, "Reputation Override - emea", "Known Trusted")
    wait_until(lambda: len(told(w.fabrics["emea"].tie)) == before + 1, "a sweep nobody asked for")


def test_the_service_outlives_a_threatq_that_is_away(world):
    w = world(ONE, {"connector": {"interval": "1s"}}, count=50)
    w.threatq.fault("reset")
    stages = w.stages().start()
    wait_until(lambda: w.threatq.fault_hits() >= 4, "some tries")
    assert all(process.alive() for process in stages.running.values())
    w.threatq.clear_faults()
    assert_told_exactly(w, "emea", first_sweep(stages))


def test_run_restarts_a_stage_that_dies(world):
    w = world(ONE, {"enrichment": False}, count=3000)
    w.fabrics["emea"].tie.fault(delay_ms=10)
    run = Process("run", [tools.CONSOLE, "run", "--json", "-c", w.config], w.folder / "run.log")
    w.closers.append(run.close)
    for sets in (300, 1200):
        wait_until(lambda n=sets: w.fabrics["emea"].tie.set_count() >= n, f"{sets} sets")
        pid, = [s["pid"] for s in status(w.config)["stages"] if s["stage"] == "publisher"]
        os.kill(pid, signal.SIGKILL)
    assert run.wait(60) == 0, run.output()[-3000:]
    shared = status(w.config)["fabrics"]["emea"]
    assert shared["queued"] == shared["in_flight"] == shared["outbox"] == 0
    assert shared["shared"] == len(set(told(w.fabrics["emea"].tie))) == len(w.expected("emea"))


def test_stages_do_not_outlive_a_run_that_is_killed(world):
    w = world(ONE, count=3000)
    w.fabrics["emea"].tie.fault(delay_ms=10)
    run = Process("run", [tools.CONSOLE, "run", "--json", "-c", w.config], w.folder / "run.log")
    w.closers.append(run.close)
    wait_until(lambda: w.fabrics["emea"].tie.set_count() >= 100, "some sets")
    run.kill()
    wait_until(lambda: {s["state"] for s in status(w.config)["stages"]} == {"stopped"}, "all stages to end")
    w.fabrics["emea"].tie.fault(delay_ms=0)
    summary = w.run_once()
    assert summary["fabrics"]["emea"]["shared"] == len(w.expected("emea"))


def test_con_name_limits_the_run_to_one_fabric(world):
    w = world({"emea": {}, "apac": {}}, count=100)
    summary = w.run_once("-cn", "apac")
    assert told(w.fabrics["emea"].tie) == []
    assert len(told(w.fabrics["apac"].tie)) == summary["counts"]["apac"]["sent"] > 0
    summary = w.run_once()
    assert len(told(w.fabrics["emea"].tie)) == summary["counts"]["emea"]["sent"] > 0
    bad = command(tools.CONSOLE, "run", "-cn", "nowhere", "-c", w.config)
    assert bad.code == 2
    assert "nowhere" in bad.stderr
