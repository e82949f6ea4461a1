"""The guide's chapter "Configuration", row by row: the parameters as they are entered under ThreatQ's Configuration tab, one
fabric for each way of entering them, and the toggle switch."""

import pytest

from guide import Table, level

BANDS = ["Very High", "High", "Medium", "Low", "Very Low"]
TAB = {
    "Daily Rate Limiting": "5",
    "Known Malicious Reputation Mapping": ["Very High", "High"],
    "Most Likely Malicious Reputation Mapping": ["Medium"],
    "Might Be Malicious Reputation Mapping": ["Low"],
    "Number of Days": "30",
    "Filter by Indicator Status": "Active",
    "Filter by Indicator Score": "5",
    "Filter by Indicator Attributes": "Attribute1:Value1, Attribute2:Value2, Attribute1:Value2",
    "Intelligence Data Enrichment": "Yes",
}
PASSES = {"score": 9, "Attribute1": "Value1", "Attribute2": "Value2"}

table = Table()


def connector(number, fields, active=True):
    return {"id": number, "name": f"TIE {number}", "is_active": active, "indicator_status_id": 4, "custom_fields": fields}


@pytest.fixture(scope="module")
def run(guide_world):
    w = guide_world({"tab": {"remote_config": "TIE 1"}, "empty": {"remote_config": "TIE 2"}, "off": {"remote_config": "TIE 3"},
                     "without": {"remote_config": "TIE 4"}},
                    {"selection": None, "enrichment": None})
    w.threatq.connectors(connector(1, TAB), connector(2, {}), connector(3, TAB, active=False),
                         connector(4, {**TAB, "Intelligence Data Enrichment": "No"}))
    for name, difference in {
        "score 10": {"score": 10}, "score 9": {"score": 9}, "score 7": {"score": 7}, "score 5": {"score": 5},
        "score 4": {"score": 4}, "31 days": {"days_old": 31}, "expired": {"status": "Expired"},
        "a third value": {"Attribute1": "Value3"}, "other value": {"score": 8, "Attribute1": "Value2"},
        "the sixth": {"score": 5, "days_old": 0},
    }.items():
        w.add(name, **{**PASSES, **difference})
    w.summary = w.run_once()
    return w


@table("Daily Rate Limiting: Enter a daily limit")
def limit(w):
    assert w.summary["fabrics"]["tab"]["quota"]["limit"] == 5
    assert [name for name, _ in w.sets("tab")] == ["score 10", "score 9", "other value", "score 7", "score 5"]


@table("Daily Rate Limiting: The default limit setting is 1000")
def default_limit(w):
    assert w.summary["fabrics"]["empty"]["quota"]["limit"] == 1000


def add_mappings():
    for name, told in {"Known Malicious": ["score 10", "score 9"], "Most Likely Malicious": ["score 7", "other value"],
                       "Might Be Malicious": ["score 5"]}.items():
        @table(f"{name} Reputation Mapping: multi-select")
        def _(w, name=name, told=told):
            assert all(w.levels("tab", one) == [level(name)] for one in told)


add_mappings()


@table("Number of Days: Enter the number of days back")
def days(w):
    assert "31 days" not in w.told("tab")


@table("Filter by Indicator Status: Enter a ThreatQ Status")
def status(w):
    assert "expired" not in w.told("tab") and "expired" in w.told("empty")


@table("Filter by Indicator Score: Enter an indicator score")
def score(w):
    assert "score 4" not in w.told("tab") and "score 4" in w.told("empty")


@table("Filter by Indicator Attributes: Enter a comma-separated list of key-value pairs")
def attributes(w):
    assert "a third value" not in w.told("tab") and "other value" in w.told("tab")


@table("Intelligence Data Enrichment: Boolean")
def enrichment(w):
    assert w.fabrics["tab"].tie.get_count() >= len(w.told("tab"))
    assert all(w.shown(name, "Enterprise Trust Level") for name in w.told("tab"))
    assert w.fabrics["without"].tie.get_count() <= 1, "the look whether TIE answers"


@table("Click on the toggle switch to enable it: until then it does nothing, and says so")
def toggle(w):
    assert w.told("off") == set()
    assert any("switched off in ThreatQ" in problem for problem in w.summary["problems"])


@pytest.mark.xdist_group("guide_configuration")  # one World for all rows
@table.test()
def test_guide(run, row):
    row(run)
