"""`export`: the push journal agrees with what TIE saw, answer for answer."""

import csv
import io
import json

import checks
import tools
from product import command
from waiting import wait_until


def export(w, *args, code=0):
    done = command(tools.CONSOLE, "export", *args, "-c", w.config)
    assert done.code == code, done.stderr
    return done


def rows(w, *args):
    return list(csv.DictReader(io.StringIO(export(w, *args).stdout)))


def told(fabric):
    return [(s.value, s.level) for s in fabric.tie.sets()]


def test_the_journal_is_what_tie_was_told(world):
    w = world({"emea": {"daily_limit": 60}, "apac": {"daily_limit": 30}}, {"publisher": {"window": 1}}, count=100)
    assert export(w).stdout.count("\n") == 1, "before anything ran there are the columns alone"
    w.threatq.add_attribute(w.threatq.plain_hashes()[0].id, "Reputation Override - emea", "Known Trusted")
    summary = w.run_once()
    lines = rows(w)
    for name, fabric in w.fabrics.items():
        mine = [r for r in lines if r["fabric"] == name]
        assert [(r["hash"], int(r["trust_level"])) for r in mine] == told(fabric)
        assert len(mine) == summary["counts"][name]["sent"]
        assert {r["answer"] for r in mine} == {"taken"} and {r["error_code"] for r in mine} == {""}
        wanted = checks.expected(w, name, summary)
        assert [int(r["indicator_id"]) for r in mine] == [p.id for p in wanted[: len(mine)]]
    assert [r["rule"] for r in lines].count("override") == 1
    assert (lines[0]["fabric"], lines[0]["rule"], lines[0]["level"]) == ("emea", "override", "Known Trusted")

    as_json = [json.loads(line) for line in export(w, "--format", "jsonl", "--fabric", "apac").stdout.splitlines()]
    assert [(r["time"], r["hash"], r["rule"], str(r["indicator_id"])) for r in as_json] == [
        (r["time"], r["hash"], r["rule"], r["indicator_id"]) for r in lines if r["fabric"] == "apac"
    ]
    assert rows(w, "--since", "1h", "-cn", "emea") == [r for r in lines if r["fabric"] == "emea"]
    assert rows(w, "--since", "2100-01-01") == []


def test_errors_and_silence_stand_in_it_and_explain_shows_them(world):
    w = world({"emea": {"enrichment": False}}, {"publisher": {"retry_delay": "50ms"}}, count=20)
    tie = w.fabrics["emea"].tie
    tie.fault(error_set=1)
    w.run_once(code=1)
    lines = rows(w)
    assert len(lines) == tie.set_count() > 0
    assert {r["answer"] for r in lines} == {"error"} and {len(r["error_code"]) for r in lines} == {10}
    hash = lines[0]["hash"]
    done = command(tools.CONSOLE, "explain", hash, "--json", "-c", w.config)
    (indicator,) = done.json["fabrics"]["emea"]["indicators"]
    assert [r["answer"] for r in indicator["requests"]] == ["error"] * 4, "found by its hash, with each try"
    assert indicator["failed"]["code"] == lines[0]["error_code"] and indicator["next_sweep"] == "tried_once"

    tie.fault(error_set=0, drop_set=1)
    w.configure({"connector": {"patience": "2s"}, "publisher": {"request_timeout": "1s", "window": 4}})
    w.run_once(code=1)
    silent = [r["answer"] for r in rows(w)[len(lines) :]]
    assert silent and set(silent) <= {"no answer", "connection lost", "unknown"}
    assert len(lines) + len(silent) == tie.set_count()


def test_what_was_in_flight_when_the_publisher_was_killed_is_unknown(world):
    w = world({"emea": {"enrichment": False}}, {"publisher": {"window": 4, "request_timeout": "60s"}}, count=40)
    w.fabrics["emea"].tie.fault(drop_set=1)
    stages = w.stages().start()
    stages.wait_report("publisher-emea", lambda r: r["in_flight"] == 4, "four in flight")
    stages.kill("publisher-emea")
    assert rows(w) == []
    stages.start("publisher-emea")
    again = wait_until(lambda: rows(w), "what is known of those requests")
    assert [r["answer"] for r in again] == ["unknown"] * 4


def test_wrong_words_are_refused(world):
    for args in (["--format", "xml"], ["--since", "yesterday"], ["emea"]):
        done = command(tools.CONSOLE, "export", *args)
        assert done.code == 2 and done.stderr
    w = world({"emea": {}})
    assert "no fabric 'nowhere'" in export(w, "--fabric", "nowhere", code=2).stderr


def test_an_unreadable_journal_is_said_and_hides_no_other(world):
    w = world({"emea": {}, "apac": {"daily_limit": 3}}, count=40)
    w.run_once("-cn", "apac")
    (w.folder / "state" / "publisher-emea").write_text("a file where a folder should be")
    done = export(w, code=1)
    assert "cannot read the store" in done.stderr
    assert len(done.stdout.splitlines()) == 1 + 3
