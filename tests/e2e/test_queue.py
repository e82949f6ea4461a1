"""What waits for quota competes again: its place, level and presence follow what ThreatQ says now."""

import oracle
from checks import SHARED, assert_told_exactly, expected, share_status, told

MAPPING = {"known_malicious": ["very high", "high"], "most_likely_malicious": ["medium"]}


def limit(w, n):
    w.fabrics["emea"].settings["daily_limit"] = n
    w.configure({"reputation": MAPPING})


def key(indicator):
    return oracle.TIE_TYPES[indicator.type], indicator.value.lower()


def waiting(w):
    """A world with a queue: five of many were told. Also the pushes that still wait, best first."""
    made = w({"emea": {"daily_limit": 5}}, {"reputation": MAPPING}, count=200)
    summary = made.run_once()
    want = expected(made, "emea", summary)
    assert told(made.fabrics["emea"].tie) == [p.told for p in want[:5]]
    assert len(want) > 20
    return made, want[5:]


def test_a_raised_limit_goes_on_where_it_stopped(world):
    w, queue = waiting(world)
    limit(w, 9)
    summary = w.run_once()
    assert told(w.fabrics["emea"].tie)[5:] == [p.told for p in queue[:4]]
    assert summary["fabrics"]["emea"]["quota"]["used"] == 9
    limit(w, 3)
    summary = w.run_once()
    assert len(told(w.fabrics["emea"].tie)) == 9
    assert summary["fabrics"]["emea"]["quota"]["left"] == 0, "a lowered limit is never negative"


def test_a_new_override_overtakes_what_waits(world):
    w, queue = waiting(world)
    last = queue[-1]
    w.threatq.add_attribute(last.id, "Reputation Override - emea", "Known Trusted")
    limit(w, 7)
    w.run_once()
    assert told(w.fabrics["emea"].tie)[5:] == [(*last.key, 99), queue[0].told]


def test_a_waiting_item_follows_its_score(world):
    w, queue = waiting(world)
    leaves, rises, gone = queue[0], queue[-1], queue[1]
    w.threatq.set_score(leaves.id, 1)  # unmapped
    w.threatq.set_score(rises.id, 25)
    w.threatq.change({"op": "status", "ids": [gone.id], "status": "Whitelisted"})
    limit(w, 8)
    w.run_once()
    assert told(w.fabrics["emea"].tie)[5:] == [(*rises.key, 1), gone.told, queue[2].told], \
        "without a status filter the status does not matter"


def test_a_status_filter_takes_waiting_items_out(world):
    w, queue = waiting(world)
    w.threatq.change({"op": "status", "ids": [queue[0].id], "status": "Whitelisted"})
    w.fabrics["emea"].settings["daily_limit"] = 7
    w.configure({"reputation": MAPPING, "selection": {"days": 365, "status": ["Active", "Review", "Expired", "Indirect"]}})
    w.run_once()
    assert queue[0].told not in told(w.fabrics["emea"].tie)
    assert len(told(w.fabrics["emea"].tie)) == 7


def test_one_hash_under_two_ids_is_told_once(world):
    w = world({"emea": {}}, {"enrichment": False}, count=30)
    first = max(w.threatq.plain_hashes(), key=lambda i: i.id)
    twin, = w.threatq.change({"op": "insert", "type": first.type, "value": first.value.upper(), "status": "Active",
                              "manual": first.score})
    w.run_once()
    assert told(w.fabrics["emea"].tie).count((*key(first), 15)) == 1
    after = {i.id: i for i in w.threatq.indicators()}
    assert share_status(after[first.id], "emea") == [SHARED]
    assert share_status(after[twin], "emea") == [SHARED]


def test_nothing_is_spent_before_the_last_page(world):
    """The best come on the last page, long after the fabric is connected."""
    w = world({"emea": {"daily_limit": 20}}, {"threatq": {"page_size": 50}, "enrichment": False}, count=600)
    best = sorted(w.threatq.plain_hashes(), key=lambda i: i.id)[-5:]
    w.threatq.change({"op": "manual", "ids": [i.id for i in best], "manual": 50})
    w.threatq.fault("slow", path="/api/indicators/query", delay_ms=80)
    want = assert_told_exactly(w, "emea", w.run_once(), limit=20)
    assert {key(i) for i in best} == {told_one[:2] for told_one in want[:5]}


def test_the_quota_holds_over_many_runs(world):
    w = world({"emea": {"daily_limit": 50}}, {"enrichment": False}, count=120)
    first = w.run_once()
    want = assert_told_exactly(w, "emea", first, limit=50)
    for _ in range(2):
        fresh = w.threatq.plain_hashes()[0]
        w.threatq.add_attribute(fresh.id, "Reputation Override - emea", "Known Malicious")
        summary = w.run_once()
        assert told(w.fabrics["emea"].tie) == want
        assert summary["fabrics"]["emea"]["quota"]["left"] == 0
        assert summary["exit"] == 0, "a quota that is used up is no failure"
