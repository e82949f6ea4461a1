"""`explain`: the story of one indicator, for each way that it can go."""

import time

import pytest

import checks
import oracle
import tools
from product import command
from test_override import insert

MAPPING = {"known_malicious": ["very high", "high"], "most_likely_malicious": ["medium"]}
SELECTION = {"days": 365, "status": ["Active"]}


def explain(w, about, *args, code=0):
    done = command(tools.CONSOLE, "explain", about, "--json", *args, "-c", w.config)
    assert done.code == code, done.stdout + done.stderr
    return done.json["fabrics"]


def emea(w, about):
    """The one indicator that fabric emea tells of."""
    (indicator,) = explain(w, about)["emea"]["indicators"]
    return indicator


def words(w, about):
    done = command(tools.CONSOLE, "explain", about, "-c", w.config)
    assert done.code == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80, done.stdout
    return " ".join(done.stdout.split())


def test_told_waiting_and_left_out_tell_why_and_what_comes(world):
    w = world({"emea": {"daily_limit": 5}}, {"reputation": MAPPING, "selection": SELECTION}, count=200)
    assert explain(w, "1")["emea"]["indicators"][0]["next_sweep"] == "unknown", "before anything ran"
    w.run_once()
    pushes = w.expected("emea")
    waits = pushes[5:]

    told = emea(w, pushes[0].value.upper())
    assert told["id"] == pushes[0].id and told["hash"]["value"] == pushes[0].value
    assert told["told"]["level"] == "Known Malicious" and not told["told"]["uncertain"]
    assert told["judged"]["verdict"] == "queued" and told["judged"]["last_sweep"]
    assert (told["queue"], told["outbox"], told["failed"]) == (None, None, None)
    assert told["next_sweep"] == "nothing"
    assert emea(w, pushes[0].id)["told"] == told["told"], "by id as by hash"
    story = words(w, pushes[0].value)
    assert "TIE took Known Malicious for this hash at" in story
    assert "nothing of it waits in the outbox" in story and "nothing is pushed" in story

    for place in (1, 2, len(waits)):
        waiting = emea(w, waits[place - 1].value)
        assert (waiting["queue"]["place"], waiting["queue"]["of"]) == (place, len(waits))
        assert waiting["queue"]["wait_s"] >= 86000 * (1 + (place - 1) // 5)
        assert waiting["told"] is None and waiting["next_sweep"] == "waits"
    assert f"place 2 of {len(waits)} in the queue" in words(w, waits[1].id)

    quota = explain(w, "1")["emea"]["quota"]
    assert (quota["limit"], quota["used"], quota["left"]) == (5, 5, 0)


def test_the_filter_that_decided_is_named(world):
    narrow = {"days": 20, "status": ["Active", "Review"], "min_score": 6, "attributes": ["Malware Family:Emotet"]}
    w = world(
        {"emea": {"daily_limit": 1, "enrichment": False}, "apac": {"selection": narrow, "reputation": MAPPING}}, count=400
    )
    now = checks.epoch(w.run_once()["sweep"]["started_at"])
    seen = {}
    for indicator in w.threatq.indicators():
        verdict, _ = oracle.judge(indicator, "apac", narrow, MAPPING, now)
        if oracle.judge(indicator, "emea", w.selection("emea"), None, now)[0] == "push":
            seen.setdefault(verdict, indicator)
    assert {"days", "status", "score", "attributes"} <= set(seen)
    for verdict in ("days", "status", "score", "attributes"):
        (indicator,) = explain(w, seen[verdict].id, "-cn", "apac")["apac"]["indicators"]
        assert indicator["judged"]["verdict"] == verdict and indicator["next_sweep"] == "nothing"
        assert indicator["hash"]["value"] == seen[verdict].value
        assert "left it out" in " ".join(indicator["story"])
        assert explain(w, seen[verdict].value, "-cn", "apac")["apac"]["indicators"] == [indicator], "by hash as by id"
    both = words(w, seen["score"].value.upper())
    assert "its score is below `min_score` (" in both and "in the queue" in both
    assert indicator["judged"]["created_at"] and indicator["judged"]["score"] == seen[verdict].score


def threatq(w, about, *args):
    done = command(tools.CONSOLE, "explain", about, "--json", *args, "-c", w.config)
    assert done.code == 0, done.stdout + done.stderr
    return done.json["threatq"]


VERDICTS = {"push": ["candidate"], "invalid": ["invalid", "bad_override"]}


def test_what_threatq_says_now_is_judged_for_each_fabric(world):
    """Also of what no sweep asks for: the filter that leaves it out is named."""
    narrow = {"days": 20, "status": ["Active", "Review"], "min_score": 6, "attributes": ["Malware Family:Emotet"]}
    w = world({"emea": {"selection": {"days": 40, "min_score": 5}}, "apac": {"selection": narrow, "reputation": MAPPING}},
              count=300)
    w.run_once()
    asked = {i.id for i in w.asked_for()}
    unasked = {}
    valid = w.threatq.valid_hashes()
    for i in valid:
        if i.id not in asked and abs(time.time() - 40 * 86400 - i.created_at) > 3600:
            unasked.setdefault(oracle.judge(i, "emea", w.selection("emea"), None, time.time())[0], i)
    assert set(unasked) == {"days", "score"}
    chosen = [*unasked.values(), *(i for i in w.threatq.indicators() if i.id in asked)][:40]
    for i in chosen:
        for about in (i.id, i.value.upper()) if i in valid else (i.id,):
            (found,) = (f for f in threatq(w, about)["indicators"] if f["id"] == i.id)
            assert (found["hash"]["value"], found["status"], found["score"]) == (i.value, i.status, i.score)
            for fabric, reputation in (("emea", None), ("apac", MAPPING)):
                verdict, push = oracle.judge(i, fabric, w.selection(fabric), reputation, time.time())
                now = found["fabrics"][fabric]
                assert now["verdict"] in VERDICTS.get(verdict, [verdict]), (i, fabric)
                if push:
                    assert oracle.LEVELS[now["level"].lower()] == push.level
    for verdict, words_ in (("score", "For emea it is left out: its score is below `min_score`."),
                            ("days", "For emea it is left out: it was created before the last `days`.")):
        i = unasked[verdict]
        assert words_ in words(w, i.value)
        assert "No sweep has brought this hash to this fabric" in words(w, i.value)
        assert emea(w, i.id)["judged"] is None and emea(w, i.id)["next_sweep"] == "unknown"


def test_threatq_has_no_such_indicator(world):
    w = world({"emea": {}}, count=20)
    for about in ("0" * 63 + "1", "99999999"):
        assert threatq(w, about) == {"indicators": [], "story": ["ThreatQ does not have it."]}
    assert "ThreatQ, as it is now ThreatQ does not have it." in words(w, "99999999")


def test_the_stores_tell_without_threatq(world):
    w = world({"emea": {}}, count=20)
    w.run_once()
    best = w.expected("emea")[0]
    w.threatq.close()
    assert "connect" in threatq(w, best.value)["error"].lower()
    assert emea(w, best.value)["told"]["level"] == "Most Likely Malicious"
    assert words(w, best.value).startswith("ThreatQ: no answer")


def now(w, indicator):
    """What it would be made of now, by what only ThreatQ has said: there was no sweep."""
    (found,) = threatq(w, indicator)["indicators"]
    return found["fabrics"]["emea"]["verdict"], found["fabrics"]["emea"]["level"]


def test_a_data_collection_decides_instead_of_the_filters(world):
    w = world({"emea": {}}, {"threatq": {"data_collection": "Hashes"}}, count=0)
    w.threatq.saved_searches(("Hashes", {"criteria": {}, "filters": {"score": {"+gte": 7}}}))
    inside, outside, ordered = insert(w, "in", score=8, age_days=900), insert(w, "out", score=6), insert(w, "ordered", score=1)
    w.threatq.add_attribute(ordered, "Reputation Override - emea", "Known Trusted")
    assert now(w, inside) == ("candidate", "Most Likely Malicious")
    assert now(w, outside) == ("collection", None)
    assert now(w, ordered) == ("candidate", "Known Trusted")
    w.threatq.saved_searches()
    assert 'no Data Collection "Hashes"' in threatq(w, inside)["error"]


def test_a_connector_of_threatq_decides_where_the_file_is_silent(world):
    w = world({"emea": {}}, {"threatq": {"remote_config": "TIE"}, "selection": None}, count=0)
    row = {"id": 1, "name": "TIE", "is_active": True, "custom_fields": {
        "Filter by Indicator Score": 5, "Number of Days": 30, "Known Malicious Reputation Mapping": ["High"]}}
    w.threatq.connectors(row)
    assert now(w, insert(w, "high", score=9)) == ("candidate", "Known Malicious")
    low = insert(w, "low", score=4)
    assert now(w, low) == ("score", None)
    row["custom_fields"]["Number of Days"] = "many"
    w.threatq.connectors(row)
    assert "Number of Days" in threatq(w, low)["error"]
    w.threatq.connectors()
    assert "TIE" in threatq(w, low)["error"]


def test_a_value_that_is_no_hash_does_no_harm(world):
    w = world({"emea": {}}, count=0)
    bad = w.threatq.change({"op": "insert", "type": "MD5", "value": "\x1b[2J\x07evil", "status": "Active", "manual": 9})[0]
    assert threatq(w, bad)["indicators"][0]["fabrics"]["emea"]["verdict"] == "invalid"
    done = command(tools.CONSOLE, "explain", bad, "-c", w.config)
    assert done.code == 0 and "its value is no valid hash of its type" in " ".join(done.stdout.split())
    assert done.stdout.replace("\n", "").isprintable()


def test_an_error_and_what_becomes_of_it(world):
    w = world({"emea": {"enrichment": False}}, count=40)
    bad = w.expected("emea")[3]
    w.fabrics["emea"].tie.fault(error_set=1)
    w.run_once(code=1)
    failed = emea(w, bad.id)
    assert failed["failed"]["level"] == "Most Likely Malicious"
    assert failed["told"] is None and failed["next_sweep"] == "tried_once"
    assert "It failed for good: when Most Likely Malicious was set, TIE's last answer was 0x" in words(w, bad.id)


def test_what_is_in_flight_is_told_of_a_publisher_that_runs(world):
    w = world({"emea": {"enrichment": False}}, {"publisher": {"window": 4, "request_timeout": "60s"}}, count=40)
    w.fabrics["emea"].tie.fault(drop_set=1)
    stages = w.stages().start()
    stages.wait_report("publisher-emea", lambda r: r["in_flight"] == 4, "four in flight")
    flying = emea(w, w.expected("emea")[0].value)
    assert flying["in_flight"] == {"level": "Most Likely Malicious"} and flying["next_sweep"] == "awaited"
    assert explain(w, "1")["emea"]["pid"] == stages.report("publisher-emea")["pid"]
    assert "(publisher running)" in words(w, "1")


@pytest.mark.parametrize("about", ["", "0", "-3", "abc", "12x", "f" * 31, "g" * 32, "1" * 19])
def test_what_is_no_hash_and_no_id_is_refused(about):
    done = command(tools.CONSOLE, "explain", "--", about)
    assert done.code == 2 and "neither an indicator's id nor" in done.stderr


def test_a_fabric_without_an_answer_hides_no_other(world):
    w = world({"emea": {}, "apac": {}})
    (w.folder / "state" / "publisher-emea").write_text("a file where a folder should be")
    fabrics = explain(w, "f" * 32, code=1)
    assert "cannot read the store" in fabrics["emea"]["error"]
    assert fabrics["apac"]["indicators"][0]["hash"] == {"type": "MD5", "value": "f" * 32}
