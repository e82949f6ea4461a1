"""A dry run: everything but a set on DXL and a write to ThreatQ; a later run pushes as if it had not been."""

import csv
import io
import json

import checks
import tools
from product import command

MAPPING = {"known_malicious": ["very high", "high"], "most_likely_malicious": ["medium"]}


def dry(w, *args, code=0):
    done = command(tools.CONSOLE, "run", "--dry-run", *args, "-c", w.config)
    assert done.code == code, done.stdout[-2000:] + done.stderr[-4000:]
    return done


def assert_untouched(w):
    assert all(f.tie.set_count() == 0 for f in w.fabrics.values())
    assert w.threatq.write_count() == 0


def test_the_plan_is_what_a_later_run_pushes(world):
    w = world({"emea": {"daily_limit": 30}, "apac": {}}, {"reputation": MAPPING}, count=300)
    w.threatq.add_attribute(w.threatq.plain_hashes()[0].id, "Reputation Override - emea", "Known Trusted")
    writes = w.threatq.write_count()
    lines = [json.loads(line) for line in dry(w, "--json").stdout.splitlines()]
    summary, plan = lines[-1], lines[:-1]
    assert all(f.tie.set_count() == 0 for f in w.fabrics.values())
    assert w.threatq.write_count() == writes, "nothing is written to ThreatQ"
    for name in w.fabrics:
        wanted = checks.expected(w, name, summary)
        mine = [r for r in plan if r["fabric"] == name]
        assert [(r["place"], r["hash"], r["trust_level"]) for r in mine] == [
            (i + 1, p.value, p.level) for i, p in enumerate(wanted)
        ]
        assert summary["fabrics"][name]["quota"]["used"] == 0
        assert summary["counts"][name]["queued"] == len(wanted) and summary["counts"][name]["sent"] == 0
    assert [r["wait_s"] > 0 for r in plan if r["fabric"] == "emea"] == [
        i >= 30 for i in range(sum(r["fabric"] == "emea" for r in plan))
    ]
    first = w.run_once()
    assert checks.told(w.fabrics["emea"].tie) == [p.told for p in checks.expected(w, "emea", summary)[:30]]
    assert checks.told(w.fabrics["apac"].tie) == [p.told for p in checks.expected(w, "apac", summary)]
    assert first["fabrics"]["emea"]["quota"]["used"] == 30
    after = {i.id: i for i in w.threatq.indicators()}
    assert checks.share_status(after[checks.expected(w, "apac", summary)[0].id], "apac") == [checks.SHARED]


def test_the_plan_reads_well_and_says_the_cost(world):
    w = world({"emea": {"daily_limit": 10, "enrichment": False}}, {"reputation": MAPPING}, count=100)
    text = dry(w).stdout
    assert_untouched(w)
    assert max(map(len, text.splitlines())) <= 80
    count = len(w.expected("emea"))
    assert f"emea: {count} requests; the quota of 10 in 24 hours has 10 left," in text
    assert f"so 10 would leave at once and {count - 10} later (marked by *)." in text
    assert "very high: Known Malicious" in text and "medium: Most Likely Malicious" in text
    again = command(tools.CONSOLE, "plan", "--format", "csv", "-c", w.config)
    rows = list(csv.DictReader(io.StringIO(again.stdout)))
    assert [r["hash"] for r in rows] == [p.value for p in w.expected("emea")]
    assert [r["hash"] for r in rows] == [line.split()[-1] for line in text.splitlines() if line.startswith("   ")]


def test_a_service_in_dry_run_sets_nothing_until_it_is_over(world):
    w = world({"emea": {}}, {"publisher": {"dry_run": True}}, count=60)
    stages = w.stages().start()
    wanted = w.expected("emea")
    report = stages.wait_report(
        "publisher-emea", lambda r: r["idle"] and r["queued"] == len(wanted) and r["connected"], "the plan"
    )
    assert report["dry_run"] and report["quota"]["used"] == 0
    attached = dry(w, "--json").stdout.splitlines()
    assert len(attached) == len(wanted) + 1, "a service that is in dry run is asked to sweep"
    assert_untouched(w)
    stages.close()
    w.configure({"publisher": {"dry_run": False}})
    w.run_once()
    assert w.fabrics["emea"].tie.set_count() == len(wanted)


def test_a_service_that_would_push_is_left_alone(world):
    w = world({"emea": {"enrichment": False}}, count=20)
    stages = w.stages("--on-request").start("publisher-emea")
    stages.wait_report("publisher-emea", lambda r: r["connected"], "the publisher to run")
    done = dry(w, code=1)
    assert "its publishers would push: stop it" in done.stderr and done.stdout == ""
    assert_untouched(w)


def test_results_from_before_are_kept_for_later(world):
    """What a real run could not yet write to ThreatQ stays in the outbox during a dry run, and holds it up no minute."""
    w = world({"emea": {"enrichment": False}}, {"connector": {"patience": "3s"}}, count=20)
    w.threatq.fault("500", path="attributes")
    summary = command(tools.CONSOLE, "run", "--json", "-c", w.config).json
    pending = summary["fabrics"]["emea"]["outbox"]
    w.threatq.clear_faults()
    before = w.threatq.write_count()
    done = dry(w, "--json")
    assert w.threatq.write_count() == before
    assert json.loads(done.stdout.splitlines()[-1])["fabrics"]["emea"]["outbox"] == pending > 0
    w.run_once()
    assert w.threatq.write_count() >= before + pending
