"""The connector guide as a table (test_guide_*.py): each row is one fact of the guide, in its words, and a check of it. Many rows
share one World, whose indicators have names and are each there for one row."""

import datetime
import hashlib
import json

import pytest

import oracle
import tools
from product import command
from world import World

DAY = 86400
DIGESTS = {"MD5": hashlib.md5, "SHA-1": hashlib.sha1, "SHA-256": hashlib.sha256}
ANALYST = "analyst@example.org"


class Table:
    """Collects rows; `table("words")` over a function makes it the row of these words."""

    def __init__(self):
        self.rows = []

    def __call__(self, words):
        def add(check):
            self.rows.append(pytest.param(check, id=words))
            return check

        return add

    def test(self):
        """Over the test function, at the end of the file: once for each row."""
        return pytest.mark.parametrize("row", self.rows)


class Guide(World):
    """A World without generated indicators."""

    def __init__(self, certs, fabrics, config=None, **threatq):
        super().__init__(certs, fabrics, {"enrichment": False, **(config or {})}, count=0, **threatq)
        self.ids = {}

    def value(self, name, kind="SHA-256"):
        return DIGESTS[kind](name.encode()).hexdigest()

    def add(self, name, score=9, status="Active", days_old=1, kind="SHA-256", **attributes):
        """An indicator of that name; an attribute's `_` is a space, its value a text or a list of them."""
        created = datetime.datetime.fromtimestamp(self.threatq.now - days_old * DAY, datetime.timezone.utc)
        pairs = [{"name": n.replace("_", " "), "value": v}
                 for n, values in attributes.items() for v in ([values] if isinstance(values, str) else values)]
        self.ids[name] = self.threatq.change({
            "op": "insert", "type": kind, "value": self.value(name, kind), "status": status, "score": score,
            "created_at": created.strftime("%Y-%m-%d %H:%M:%S"), "attributes": pairs})[0]
        return self.ids[name]

    def order(self, name, fabric, reputation):
        """An analyst sets the override for one fabric; None takes it away."""
        attribute = f"Reputation Override - {fabric}"
        self.threatq.delete_attributes(self.ids[name], attribute)
        if reputation:
            self.threatq.add_attribute(self.ids[name], attribute, reputation, (ANALYST,))

    def sets(self, fabric):
        """What TIE was told: [(name, level)], in order."""
        names = {self.value(name, kind): name for name in self.ids for kind in DIGESTS}
        return [(names[s.value], s.level) for s in self.fabrics[fabric].tie.sets()]

    def levels(self, fabric, name):
        return [level for n, level in self.sets(fabric) if n == name]

    def told(self, fabric):
        return {name for name, _ in self.sets(fabric)}

    def shown(self, name, attribute):
        """The values of one attribute that ThreatQ shows."""
        row = json.loads(self.threatq.admin.raw(f"/indicator/{self.ids[name]}"))
        return [a["value"] for a in row["attributes"] if a["name"] == attribute]

    def knows(self, fabric, name):
        """What TIE knows of a hash, as tie-sim says."""
        return self.fabrics[fabric].tie.reputation(self.value(name))

    def counts(self, summary, fabric):
        return summary["counts"][fabric]


def level(reputation):
    """The number of a trust level that the guide names."""
    return oracle.LEVELS[reputation.lower()]


def refused(config, *words, code=2):
    """What a command says that ends without having begun."""
    result = command(tools.CONSOLE, *words, "-c", config, timeout=60)
    assert result.code == code, result.stdout + result.stderr
    return result.stderr
