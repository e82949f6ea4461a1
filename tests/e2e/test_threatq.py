"""ThreatQ as it really behaves: two views, two ways of paging, failures of every kind."""

import pytest
from checks import assert_told_exactly, expected, told
from product import command
from waiting import wait_until
import tools

ONE = {"emea": {"daily_limit": 100000, "enrichment": False}}
QUERY = "/api/indicators/query"


def run_exactly(w, **kwargs):
    summary = w.run_once(**kwargs)
    assert_told_exactly(w, "emea", summary)
    assert summary["sweep"]["fetched"] == len(w.asked_for())
    return summary


@pytest.mark.parametrize("options", [
    {"view": "index"},
    {"view": "relational"},
    {"view": "ids"},
    {"view": "index", "score": "string"},
    {"view": "index", "score": "object"},
    {"no_unasked_attributes": True, "strict_names": True},
    {"gzip": True, "row_bytes": 2000},
    {"no_score": 20, "manual": 30},
    {"token_type": "bearer"},
], ids=lambda o: "-".join(o) + "-" + str(list(o.values())[-1]))
def test_every_shape_of_a_row(world, options):
    run_exactly(world(ONE, count=700, override=["emea=5"], **options))


@pytest.mark.parametrize("cursor", [True, False], ids=["cursor", "offset"])
@pytest.mark.parametrize("empty", [False, True], ids=["array", "object"])
def test_every_way_of_paging(world, cursor, empty):
    run_exactly(world(ONE, {"threatq": {"page_size": 100}}, count=700, no_cursor=not cursor, empty_object=empty))


def test_the_last_page_is_full(world):
    w = world(ONE, {"threatq": {"page_size": 100}}, count=500, other_types=0, no_cursor=True)
    assert len(w.asked_for()) == 500
    run_exactly(w)


def test_token_expires_during_the_sweep(world):
    w = world(ONE, {"threatq": {"page_size": 20}}, count=1000, expires_in=1)
    w.threatq.fault("slow", path=QUERY, delay_ms=60)
    run_exactly(w)
    assert w.threatq.tokens_issued() > 2


def test_all_tokens_revoked_during_the_sweep(world):
    w = world(ONE, {"threatq": {"page_size": 20}}, count=600)
    w.threatq.fault("slow", path=QUERY, delay_ms=20)
    stages = w.stages().start()
    wait_until(lambda: w.threatq.queries() >= 5, "the sweep to be under way")
    w.threatq.revoke_tokens()
    sweep = stages.wait_report("fetcher", lambda r: r["sweep"]["number"] >= 1 and r["sweep"]["state"] == "idle",
                               "the sweep")
    summary = {"sweep": sweep["sweep"]}
    wait_until(lambda: w.fabrics["emea"].tie.set_count() >= len(expected(w, "emea", summary)), "all to be told")
    assert_told_exactly(w, "emea", summary)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "401", "after": 2, "count": 1},
        {"kind": "429", "after": 1, "count": 2, "retry_after": 1},
        {"kind": "429", "every": 3},
        {"kind": "500", "every": 4},
        {"kind": "500html", "after": 1, "count": 4},
        {"kind": "502html", "every": 3},
        {"kind": "503", "after": 1, "count": 2, "retry_after": 1},
        {"kind": "504html", "after": 2, "count": 3},
        {"kind": "truncate", "every": 3},
        {"kind": "truncate", "every": 4, "bytes": 0},
        {"kind": "reset", "every": 3},
        {"kind": "garbage", "every": 4},
        {"kind": "error-json", "every": 4},
        {"kind": "empty", "after": 2, "count": 2},
        {"kind": "drip", "every": 2, "delay_ms": 30},
    ],
    ids=lambda f: "-".join(str(v) for v in f.values()),
)
@pytest.mark.parametrize("cursor", [True, False], ids=["cursor", "offset"])
def test_a_query_that_fails_now_and_then(world, fault, cursor):
    w = world(ONE, {"threatq": {"page_size": 100}}, count=800, no_cursor=not cursor)
    w.threatq.fault(path=QUERY, **fault)
    run_exactly(w)
    assert w.threatq.fault_hits() >= 1, "the fault was met"


def test_a_query_that_fails_for_good_never_looks_like_a_short_sweep(world):
    w = world(ONE, {"threatq": {"page_size": 100}, "connector": {"patience": "3s"}}, count=800)
    w.threatq.fault("500", path=QUERY, after=3)
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config)
    assert result.code == 1
    assert result.json["sweep"]["state"] == "failed"
    assert result.json["counts"]["emea"]["sent"] == 0
    w.threatq.clear_faults()
    run_exactly(w)


def run_while_rows_move(w, operation, pages):
    """One run, the operation carried out after each of these pages; what was there before."""
    before = w.asked_for()
    for page in pages:
        w.threatq.change_after_page(page, operation)
    summary = w.run_once()
    return before, summary


def test_rows_appear_while_paging_by_offset(world):
    w = world(ONE, {"threatq": {"page_size": 50}}, count=1500, no_cursor=True)
    before, summary = run_while_rows_move(w, {"op": "insert", "count": 20}, (3, 8, 13))
    want = {p.told for p in expected(w, "emea", summary, before)}
    assert want <= set(told(w.fabrics["emea"].tie)), "all that was there from the start"
    assert len(set(told(w.fabrics["emea"].tie))) == len(told(w.fabrics["emea"].tie))


@pytest.mark.parametrize("count", [1, 30, 120])
def test_rows_vanish_while_paging_by_offset(world, count):
    """Rows that were read already vanish, so that all later ones move up."""
    w = world(ONE, {"threatq": {"page_size": 50}}, count=1500, no_cursor=True)
    before, summary = run_while_rows_move(w, {"op": "delete", "from": "before", "count": count}, (3, 8, 13))
    left = {i.id for i in w.threatq.indicators()}
    assert len(left) < 1500
    want = {p.told for p in expected(w, "emea", summary, [i for i in before if i.id in left])}
    assert want <= set(told(w.fabrics["emea"].tie)), "all that stayed"
    assert len(set(told(w.fabrics["emea"].tie))) == len(told(w.fabrics["emea"].tie))


def test_the_tail_vanishes_while_paging_by_offset(world):
    w = world(ONE, {"threatq": {"page_size": 50}}, count=600, no_cursor=True)
    before, summary = run_while_rows_move(w, {"op": "delete", "from": "after", "count": 60}, (2, 4))
    left = {i.id for i in w.threatq.indicators()}
    want = {p.told for p in expected(w, "emea", summary, [i for i in before if i.id in left])}
    assert want <= set(told(w.fabrics["emea"].tie))


def test_invalid_hashes_and_other_types(world):
    w = world(ONE, count=600, invalid=30, other_types=30)
    summary = run_exactly(w)
    assert summary["counts"]["emea"]["invalid"] > 50


def test_client_credentials(world):
    w = world(ONE, {"threatq": {"auth": "client_credentials", "client_id": "e2e-oauth", "client_secret": "s3cr3t-e2e",
                                "username": None, "password": None}}, count=100)
    run_exactly(w)


@pytest.mark.parametrize("kind", ["403", "400"])
def test_a_query_that_is_refused_is_said_at_once(world, kind):
    w = world(ONE, {"connector": {"patience": "60s"}}, count=100)
    w.threatq.fault(kind, path=QUERY)
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config, timeout=40)
    assert result.code == 1
    assert kind in result.stderr or "refused" in result.stderr or "role" in result.stderr
    assert told(w.fabrics["emea"].tie) == []
