"""kill -9 of every stage, again and again, while indicators flow: nothing is lost, the quota holds."""

import random
import signal
import time

import pytest
from checks import SHARED, assert_told_all, expected, share_status, told

WINDOW = 32
TWO = {"emea": {"daily_limit": 100000, "enrichment": False}, "apac": {"daily_limit": 6000}}
COUNT = 20000


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM], ids=lambda s: s.name)
def test_stages_die_at_random(world, sig):
    rng = random.Random(20261124)
    w = world(TWO, {"publisher": {"window": WINDOW}}, count=COUNT, other_types=0)
    for fabric in w.fabrics.values():
        fabric.tie.fault(delay_ms=5)  # so that the window is full whenever a publisher dies
    stages = w.stages().start()
    names = list(stages.commands)
    deaths = dict.fromkeys(names, 0)

    def done():
        return all(w.fabrics[f].tie.distinct_count() >= n for f, n in goal.items())

    goal = {"emea": COUNT * 9 // 10, "apac": TWO["apac"]["daily_limit"] * 9 // 10}
    deadline = time.monotonic() + 120
    # The pace of the killing is the subject here, not a wait for something to happen.
    while not done():
        assert time.monotonic() < deadline, f"no end in sight after {deaths}"
        name = rng.choice(names)
        stages.restart(name, sig)
        deaths[name] += 1
        time.sleep(0.3)
    assert min(deaths.values()) >= 1, f"every stage has to die at least once: {deaths}"

    sweep = stages.wait_report("fetcher", lambda r: r["sweep"]["number"] >= 1 and r["sweep"]["state"] == "idle",
                               "the sweep to end", 120)
    summary = {"sweep": sweep["sweep"]}
    want = {p.told for p in expected(w, "emea", summary)}
    stages.wait_report("publisher-emea", lambda r: r["shared"] >= len(want) and not r["outbox"] and r["idle"],
                       "emea to be told all", 120)
    stages.wait_report("publisher-apac", lambda r: r["idle"] and not r["outbox"], "apac to end", 120)

    assert_told_all(w, "emea", summary)
    sets = {f: told(w.fabrics[f].tie) for f in TWO}
    print(f"deaths {deaths}, repeats", {f: len(s) - len(set(s)) for f, s in sets.items()})
    assert len(sets["emea"]) - len(set(sets["emea"])) <= WINDOW * deaths["publisher-emea"]

    order = [p.told for p in expected(w, "apac", summary)]
    repeats = len(sets["apac"]) - len(set(sets["apac"]))
    assert len(sets["apac"]) <= TWO["apac"]["daily_limit"], "all within one day: the quota is the limit"
    assert repeats <= WINDOW * deaths["publisher-apac"]
    assert set(sets["apac"]) == set(order[:len(set(sets["apac"]))]), "the best ones, none skipped"

    ids = {p.told: p.id for p in expected(w, "emea", summary)}
    after = {i.id: i for i in w.threatq.indicators()}
    assert all(share_status(after[ids[t]], "emea") == [SHARED] for t in want)
    # What was in flight at a death may be left without quota for a second try.
    unsure = len(set(sets["apac"])) - sum(share_status(i, "apac") == [SHARED] for i in after.values())
    assert 0 <= unsure <= (WINDOW if sig == signal.SIGKILL else 0)
    if sig == signal.SIGTERM:
        assert repeats == 0, "what was in flight was finished"
