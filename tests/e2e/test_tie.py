"""TIE that is silent, answers with errors, or is slow: the quota is not burned, nothing is lost."""

from checks import FAILED, SHARED, assert_told_all, assert_told_exactly, expected, share_status, told
from product import command
import tools

ONE = {"emea": {"daily_limit": 100000}}


def test_a_silent_tie_burns_no_quota(world):
    w = world({"emea": {"daily_limit": 1000}},
              {"connector": {"patience": "4s"}, "publisher": {"request_timeout": "1s", "window": 8}}, count=500)
    emea = w.fabrics["emea"]
    emea.tie.fault(drop_set=1)
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config, timeout=100)
    assert result.code == 1
    summary = result.json
    assert 1 <= len(told(emea.tie)) <= 16
    assert summary["fabrics"]["emea"]["quota"]["used"] == len(told(emea.tie))
    assert summary["fabrics"]["emea"]["last_error"]
    assert "emea" in result.stderr, "says which fabric was left for the next run"
    assert summary["counts"]["emea"]["sent"] == 0

    emea.tie.fault(drop_set=0)
    burned = len(told(emea.tie))
    w.run_once()
    assert_told_all(w, "emea", summary)
    assert len(told(emea.tie)) - len(expected(w, "emea", summary)) <= burned
    assert {tuple(share_status(i, "emea")) for i in w.threatq.indicators()} <= {(), (SHARED,)}


def test_a_tie_that_fails_every_seventh(world):
    w = world(ONE, count=600)
    emea = w.fabrics["emea"]
    emea.tie.fault(error_set=7)
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config)
    summary = result.json
    want = {p.told for p in expected(w, "emea", summary)}
    failed = summary["fabrics"]["emea"]["failed"]
    # One that is the seventh four times in a row is rare, and failed for good when it happens.
    assert failed <= 3
    assert result.code == (1 if failed else 0)
    assert summary["fabrics"]["emea"]["shared"] == len(want) - failed
    assert {(s.type, s.value, s.level) for s in emea.tie.sets() if s.answer == "error"}, "the errors were met"
    assert summary["fabrics"]["emea"]["quota"]["used"] == len(told(emea.tie)), "a retry is a request counted"
    emea.tie.fault(error_set=0)
    summary = w.run_once()
    assert summary["fabrics"]["emea"]["failed"] == 0
    assert {(s.type, s.value, s.level) for s in emea.tie.sets() if s.answer == "ok"} == want


def test_errors_for_good_end_as_failed_and_are_tried_once_per_sweep(world):
    w = world(ONE, {"publisher": {"retry_delay": "50ms"}}, count=40)
    emea = w.fabrics["emea"]
    emea.tie.fault(error_set=1)
    summary = w.run_once(code=1)
    pushes = expected(w, "emea", summary)
    assert summary["counts"]["emea"]["failed"] == len(pushes)
    assert summary["fabrics"]["emea"]["failed"] == len(pushes)
    assert summary["fabrics"]["emea"]["shared"] == 0
    per_hash = {}
    for key in told(emea.tie):
        per_hash[key] = per_hash.get(key, 0) + 1
    assert set(per_hash.values()) == {4}, "once, and at most three retries"
    after = {i.id: i for i in w.threatq.indicators()}
    assert all(share_status(after[p.id], "emea") == [FAILED] for p in pushes)

    before = len(told(emea.tie))
    w.run_once(code=1)
    assert len(told(emea.tie)) - before == len(pushes), "a later sweep tries each once"

    emea.tie.fault(error_set=0)
    summary = w.run_once()
    after = {i.id: i for i in w.threatq.indicators()}
    assert all(share_status(after[p.id], "emea") == [SHARED] for p in pushes)
    assert summary["fabrics"]["emea"]["failed"] == 0


def test_garbage_and_duplicate_answers(world):
    w = world(ONE, {"publisher": {"request_timeout": "2s"}}, count=300)
    w.fabrics["emea"].tie.fault(duplicate=3)
    summary = w.run_once()
    assert_told_exactly(w, "emea", summary)
    assert summary["fabrics"]["emea"]["shared"] == len(expected(w, "emea", summary))


def test_garbage_instead_of_an_answer_is_no_answer(world):
    w = world(ONE, {"publisher": {"request_timeout": "1s"}}, count=100)
    w.fabrics["emea"].tie.fault(garbage=20)
    summary = w.run_once()
    assert_told_all(w, "emea", summary)
    assert summary["fabrics"]["emea"]["shared"] == len(expected(w, "emea", summary))


def test_a_slow_tie_keeps_the_order(world):
    w = world({"emea": {"daily_limit": 200}}, {"publisher": {"window": 16}}, count=400)
    w.fabrics["emea"].tie.fault(delay_ms=20)
    assert_told_exactly(w, "emea", w.run_once(), limit=200)
