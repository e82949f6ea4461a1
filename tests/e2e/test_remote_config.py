"""Configuration held in ThreatQ: the connector's row gives the guide's parameters, the file wins."""

import pytest

import oracle
import product
import tools
from checks import assert_counts_add_up, told
from test_override import insert

NAME = "Trellix TIE - emea"
FULL = {
    "Daily Rate Limiting": "3",
    "Known Malicious Reputation Mapping": ["Very High", "High"],
    "Most Likely Malicious Reputation Mapping": ["Medium"],
    "Might Be Malicious Reputation Mapping": {"value": ["Low"]},
    "Number of Days": {"label": "Number of Days", "value": "20"},
    "Filter by Indicator Status": "Active, Review",
    "Filter by Indicator Score": 5,
    "Filter by Indicator Attributes": "Tier:1, Tier:2",
    "Intelligence Data Enrichment": "no",
}


def row(fields, name=NAME, active=True):
    return {"id": 12, "name": name, "is_active": active, "indicator_status_id": 4, "custom_fields": fields}


def remote(name=NAME, **over):
    """A configuration that leaves all to the connector of this name."""
    return {"threatq": {"remote_config": name}, "selection": None, **over}


def levels(w, fabric="emea"):
    """Hash → trust level, as TIE was told last."""
    return {t[1]: t[2] for t in told(w.fabrics[fabric].tie)}


def level_of(w, indicator, fabric="emea"):
    value = {i.id: i for i in w.threatq.indicators()}[indicator].value.lower()
    return levels(w, fabric).get(value)


def state(w, fabric="emea"):
    return product.status(w.config)["fabrics"][fabric]["remote_config"]


def test_all_nine_parameters_come_from_threatq(world):
    w = world({"emea": {}}, remote(), count=0)
    w.threatq.connectors(row({"Number of Days": 1}, name=NAME.lower()), row(FULL))
    a, b = insert(w, "a", score=10), insert(w, "b", score=7, tier="2")
    low, later = insert(w, "low", score=6), insert(w, "later", score=5)
    drop = [insert(w, "old", age_days=21), insert(w, "expired", status="Expired"), insert(w, "score", score=4),
            insert(w, "tier", tier="3")]
    summary = w.run_once()
    assert [level_of(w, i) for i in (a, b, low, later)] == [1, 15, 30, None], "the limit is 3, the best come first"
    assert not any(level_of(w, i) for i in drop)
    counts = summary["counts"]["emea"]
    assert_counts_add_up(counts)
    assert counts["queued"] == 4 and counts["waiting_quota"] == 1
    assert counts["filtered"]["attributes"] == 1, "the others were not even asked for"
    quota = summary["fabrics"]["emea"]["quota"]
    assert (quota["limit"], quota["used"]) == (3, 3)
    names = {n for i in w.threatq.indicators() for n, _ in i.attributes}
    assert "Share Status - emea" in names and "Enterprise Trust Level" not in names, "no enrichment"
    assert summary["fabrics"]["emea"]["remote_config"] == {"connector": NAME, "active": True, "error": ""}


def test_the_local_file_wins_where_both_are_set(world):
    w = world({"emea": {"daily_limit": 2}}, remote(selection={"min_score": 7}, enrichment=True), count=0)
    w.threatq.connectors(row(FULL))
    high, medium = insert(w, "high", score=9), insert(w, "medium", score=7)
    dropped = [insert(w, "low", score=5), insert(w, "old", age_days=21)]
    summary = w.run_once()
    assert [level_of(w, i) for i in (high, medium)] == [1, 15]
    assert not any(level_of(w, i) for i in dropped), "the score by the file, the days by ThreatQ"
    assert summary["fabrics"]["emea"]["quota"]["limit"] == 2
    assert "Enterprise Trust Level" in {n for i in w.threatq.indicators() for n, _ in i.attributes}


def test_a_changed_configuration_is_taken_over_at_the_next_sweep(world):
    """By a full one: what was not selected and is not touched since must be seen."""
    w = world({"emea": {}}, remote(), count=0)
    w.threatq.connectors(row({**FULL, "Daily Rate Limiting": 100}))
    low, high = insert(w, "low", score=2), insert(w, "high", score=9)
    w.run_once()
    w.threatq.change({"op": "created", "ids": [low, high], "created_at": "2020-01-01 00:00:00"})
    assert w.run_once()["sweep"].get("kind") == "incremental"
    assert (level_of(w, low), level_of(w, high)) == (None, 1)
    fresh = [insert(w, "fresh low", score=2), insert(w, "fresh high", score=9)]
    w.run_once()
    assert level_of(w, fresh[0]) is None
    w.threatq.connectors(row({**FULL, "Daily Rate Limiting": 100, "Filter by Indicator Score": 0,
                              "Might Be Malicious Reputation Mapping": "low, very low",
                              "Known Malicious Reputation Mapping": "very high",
                              "Most Likely Malicious Reputation Mapping": ["medium", "high"]}))
    changed = w.run_once()
    assert changed["sweep"]["kind"] == "full"
    assert [level_of(w, i) for i in fresh] == [30, 15]
    assert w.run_once()["sweep"]["kind"] == "incremental"


def test_an_inactive_connector_does_nothing_and_says_so(world):
    w = world({"emea": {"daily_limit": 2}}, remote(), count=0)
    w.threatq.connectors(row({"Number of Days": 30}))
    first = [insert(w, n) for n in "abc"]
    assert w.run_once()["fabrics"]["emea"]["queued"] == 1
    w.threatq.connectors(row({"Number of Days": 30}, active="False"))
    w.configure(remote(fabrics=[{"name": "emea", "dxl_config": str(w.fabrics["emea"].dxl_config)}]))
    more = insert(w, "d")
    checkpoint = product.command(tools.FETCHER, "-c", w.config, "--report").json["fabrics"]["emea"]["checkpoint"]
    pages, before = w.threatq.queries(), told(w.fabrics["emea"].tie)
    off = w.run_once()
    assert told(w.fabrics["emea"].tie) == before, "what is queued waits, though the limit is 1000 by now"
    assert w.threatq.queries() == pages, "nothing is asked of ThreatQ"
    assert off["fabrics"]["emea"]["queued"] == 1
    assert off["fabrics"]["emea"]["remote_config"]["active"] is False
    after = product.command(tools.FETCHER, "-c", w.config, "--report").json
    assert after["sweep"]["number"] == 2 and after["fabrics"]["emea"]["checkpoint"] == checkpoint
    assert any("switched off in ThreatQ" in p for p in off["problems"])
    text = product.command(tools.CONSOLE, "status", "-c", w.config)
    assert text.code == 0 and "switched off in ThreatQ" in text.stdout
    # Switched on again it goes on from where it was.
    w.threatq.connectors(row({"Number of Days": 30}, active=1))
    on = w.run_once()
    assert on["fabrics"]["emea"]["queued"] == 0
    assert all(level_of(w, i) for i in [*first, more])
    assert not on["problems"]


def test_inactive_from_the_first_sweep_on(world):
    w = world({"emea": {}, "apac": {"remote_config": "TIE apac"}}, remote(), count=0)
    w.threatq.connectors(row({}), row({}, name="TIE apac", active=0))
    one = insert(w, "one")
    summary = w.run_once()
    assert summary["exit"] == 0
    assert (level_of(w, one), level_of(w, one, "apac")) == (15, None)
    assert summary["fabrics"]["apac"]["remote_config"]["active"] is False
    second = w.run_once()
    assert second["sweep"]["kind"] == "incremental", "who is off does not make the sweeps full"
    w.threatq.connectors(row({}), row({}, name="TIE apac", active=1))
    w.run_once()
    assert level_of(w, one, "apac") == 15


BAD = [
    ({"Number of Days": "400"}, 'Number of Days: 400 is not in 1–365: write a number from 1 to 365'),
    ({"Daily Rate Limiting": "1e3"}, 'Daily Rate Limiting: "1e3" is not a whole number'),
    ({"Filter by Indicator Score": "high"}, 'Filter by Indicator Score: "high" is not a number'),
    ({"Filter by Indicator Attributes": "Tier"}, 'Filter by Indicator Attributes: "Tier" is not Name:Value'),
    ({"Known Malicious Reputation Mapping": "low", "Might Be Malicious Reputation Mapping": "high"},
     "Might Be Malicious Reputation Mapping: high is less malicious here than the lower band low"),
    ({"Intelligence Data Enrichment": "perhaps"}, 'Intelligence Data Enrichment: "perhaps" is neither true nor false'),
    ({"colour": "red"}, "holds none of the parameters"),
]


def test_a_bad_remote_value_keeps_the_last_good_configuration(world):
    w = world({"emea": {}}, remote(), count=0)
    w.threatq.connectors(row({"Filter by Indicator Score": 5, "Known Malicious Reputation Mapping": ["medium"]}))
    w.run_once()
    for n, (fields, said) in enumerate(BAD):
        w.threatq.connectors(row(fields))
        in_, out = insert(w, f"in {n}", score=8), insert(w, f"out {n}", score=2)
        summary = w.run_once()
        assert summary["exit"] == 0
        found = summary["fabrics"]["emea"]["remote_config"]
        assert said in found["error"] and f'connector "{NAME}"' in found["error"], found
        assert found["active"] is True
        assert any(said in p and "the last good one holds" in p for p in summary["problems"])
        assert (level_of(w, in_), level_of(w, out)) == (1, None), said
    assert BAD[-1][1] in product.status(w.config)["health"]["reasons"][0]
    w.threatq.connectors(row({"Known Malicious Reputation Mapping": ["medium"]}))
    assert w.run_once()["fabrics"]["emea"]["remote_config"]["error"] == "", "mended"


@pytest.mark.parametrize("rows, said", [
    ([], "ThreatQ has none of this name: correct remote_config"),
    ([row({}), row({})], "there are two of this name: rename one of the two"),
    ([{"name": NAME, "custom_fields": {}}], "does not say whether it is switched on"),
    ([row({"Number of Days": 0})], "Number of Days: 0 is not in 1–365"),
])
def test_without_any_good_configuration_nothing_is_swept(world, rows, said):
    w = world({"emea": {}}, remote(), count=0)
    w.threatq.connectors(*rows)
    one = insert(w, "one")
    failed = w.run_once(code=1)
    assert failed["sweep"]["state"] == "failed" and said in failed["sweep"]["error"]
    assert w.threatq.queries() == 0 and level_of(w, one) is None
    w.threatq.connectors(row({}))
    assert w.run_once()["sweep"]["kind"] == "full"
    assert level_of(w, one) == 15


def test_one_fabrics_bad_configuration_does_not_hold_up_the_other(world):
    w = world({"emea": {}, "apac": {"remote_config": "gone"}}, remote(connector={"patience": "3s"}), count=0)
    w.threatq.connectors(row({}))
    one = insert(w, "one")
    summary = w.run_once(code=1)
    assert (level_of(w, one), level_of(w, one, "apac")) == (15, None)
    assert "none of this name" in summary["fabrics"]["apac"]["remote_config"]["error"]
    assert summary["fabrics"]["apac"]["lagging"]


def test_a_role_that_may_not_read_connectors_keeps_the_last_good_configuration(world):
    w = world({"emea": {}}, remote(), count=0)
    w.threatq.connectors(row({"Filter by Indicator Score": 5}))
    w.run_once()
    w.threatq.fault("403", path="connectors")
    in_, out = insert(w, "in", score=8), insert(w, "out", score=2)
    summary = w.run_once()
    assert (level_of(w, in_), level_of(w, out)) == (15, None)
    assert "403" in summary["fabrics"]["emea"]["remote_config"]["error"]


def test_threatq_that_is_down_for_a_moment_is_asked_again(world):
    w = world({"emea": {}}, remote(), count=0)
    w.threatq.connectors(row({"Filter by Indicator Score": 5}))
    one = insert(w, "one", score=8)
    w.threatq.fault("503", path="connectors", count=2)
    summary = w.run_once()
    assert level_of(w, one) == 15 and summary["fabrics"]["emea"]["remote_config"]["error"] == ""


def test_a_sweep_that_goes_on_after_a_kill_keeps_its_terms(world):
    """Half of it by one configuration and half by another would be neither."""
    w = world({"emea": {"daily_limit": 100000}}, remote(threatq={"remote_config": NAME, "page_size": 50}), count=1000)
    w.threatq.connectors(row({"Number of Days": 365, "Filter by Indicator Score": 0}))
    w.threatq.fault("slow", path="query", delay_ms=150)
    stages = w.stages()
    stages.start()
    stages.wait_report("fetcher", lambda r: r["sweep"]["pages"] >= 2, "two pages")
    stages.kill("fetcher")
    w.threatq.clear_faults()
    w.threatq.connectors(row({"Number of Days": 365, "Filter by Indicator Score": 9}))
    stages.start("fetcher")
    done = stages.wait_report("fetcher", lambda r: r["sweep"]["number"] and r["sweep"]["state"] == "idle", "the end of the sweep")
    assert done["sweep"]["number"] == 1
    assert done["sweep"]["fetched"] == len(oracle.asked_for(w.threatq.indicators(), [{"days": 365}], w.threatq.now))
    counts = stages.wait_report("publisher-emea", lambda r: not r["sweep_open"], "the sweep in the publisher")["counts"]
    assert counts["filtered"]["score"] == 0 and counts["queued"] > 50


@pytest.mark.parametrize("rows, level, said", [
    ([row(FULL)], "ok", "is understood"),
    ([row(FULL, active=0)], "warning", "is switched off: nothing is swept"),
    ([], "failed", "ThreatQ has none of this name"),
    ([row({"Number of Days": "soon"})], "failed", 'Number of Days: "soon" is not a whole number'),
])
def test_check_looks_at_the_connector(world, rows, level, said):
    w = world({"emea": {}}, remote(), count=5)
    w.threatq.connectors(*rows)
    result = product.command(tools.CONSOLE, "check", "--json", "-c", w.config)
    found = [f for f in result.json["findings"] if f["check"] == "threatq-remote-config"]
    assert len(found) == 1 and (found[0]["level"], found[0]["subject"]) == (level, "emea")
    assert said in found[0]["text"] and NAME in found[0]["text"]
    assert result.code == (1 if level == "failed" else 0)
