"""What each fabric must be told, worked out from ThreatQ's own data by the rules of the design.

Independent of the product: it shares no code, no table and no order of steps with it. Input are
indicators as threatq.Indicator, output are pushes in the order in which TIE must get them."""

import math
import re
from dataclasses import dataclass

LEVELS = {
    "known trusted installer": 100,
    "known trusted": 99,
    "most likely trusted": 85,
    "might be trusted": 70,
    "unknown": 50,
    "might be malicious": 30,
    "possible malicious": 30,
    "most likely malicious": 15,
    "known malicious": 1,
    "not set": 0,
}
HEX_DIGITS = {"MD5": 32, "SHA-1": 40, "SHA-256": 64}
TIE_TYPES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256"}
BANDS = ["very low", "low", "medium", "high", "very high"]
REPUTATIONS = {"known_malicious": 1, "most_likely_malicious": 15, "might_be_malicious": 30}


@dataclass(frozen=True)
class Push:
    type: str  # TIE's name: md5, sha1, sha256
    value: str  # lower-case hex
    level: int
    override: bool
    id: int

    @property
    def key(self):
        return (self.type, self.value)

    @property
    def told(self):
        return (self.type, self.value, self.level)


def squeeze(name):
    return re.sub(r"[\s_-]", "", name).lower()


def parse_level(name):
    return {squeeze(k): v for k, v in LEVELS.items()}.get(squeeze(name))


def band_of(score):
    score = math.floor(score)
    if score < 5:
        return "very low"
    if score < 7:
        return "low"
    if score < 9:
        return "medium"
    return "high" if score < 10 else "very high"


def mapping_of(reputation):
    """Band → level for the `reputation` block of the configuration (None: no mapping at all)."""
    if not reputation:
        return {band: 15 for band in BANDS}
    return {band: REPUTATIONS[name] for name, bands in reputation.items() for band in bands}


def attributes_match(indicator, wanted):
    names = {}
    for pair in wanted:
        name, value = pair.split(":", 1)
        names.setdefault(name.strip(), set()).add(value.strip().lower())
    have = [(name, value.strip().lower()) for name, value in indicator.attributes]
    return all(any(n == name and v in values for n, v in have) for name, values in names.items())


def judge(indicator, fabric, selection, reputation, now):
    """('push', Push) or (why not, None)."""
    digits = HEX_DIGITS.get(indicator.type)
    if not digits or not re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", indicator.value):
        return "invalid", None
    kind, value = TIE_TYPES[indicator.type], indicator.value.lower()

    orders = [v for n, v in indicator.attributes if n == f"Reputation Override - {fabric}"]
    if orders:
        levels = {parse_level(v) for v in orders}
        if None in levels:
            return "invalid", None
        if len(levels) > 1:
            return "conflicting_override", None
        return "push", Push(kind, value, levels.pop(), True, indicator.id)

    selection = selection or {}
    if indicator.created_at < now - selection.get("days", 30) * 86400:
        return "days", None
    states = [s.lower() for s in selection.get("status", [])]
    if states and indicator.status.lower() not in states:
        return "status", None
    if indicator.score < selection.get("min_score", 0):
        return "score", None
    if not attributes_match(indicator, selection.get("attributes", [])):
        return "attributes", None
    level = mapping_of(reputation).get(band_of(indicator.score))
    if level is None:
        return "unmapped", None
    return "push", Push(kind, value, level, False, indicator.id)


def pushes(indicators, fabric, selection, reputation, now):
    """All that the fabric must be told, best first; the quota is not looked at."""
    found = []
    for indicator in indicators:
        verdict, push = judge(indicator, fabric, selection, reputation, now)
        if verdict == "push":
            found.append((not push.override, -indicator.score, indicator.created_at, indicator.id, push))
    return [entry[-1] for entry in sorted(found, key=lambda entry: entry[:-1])]


def asked_for(indicators, selections, now):
    """The hash indicators that the query of a full sweep selects: those that any fabric's created,
    status and score filters let through."""

    def selected(indicator, selection):
        states = [s.lower() for s in selection.get("status", [])]
        return (indicator.created_at >= now - selection.get("days", 30) * 86400
                and (not states or indicator.status.lower() in states)
                and indicator.score >= selection.get("min_score", 0))

    return [i for i in indicators if i.type in HEX_DIGITS and any(selected(i, s or {}) for s in selections)]


def counts(indicators, fabric, selection, reputation, now):
    """How many indicators end under each verdict: the first part of `counts` in run --json."""
    result = {"invalid": 0, "days": 0, "status": 0, "score": 0, "attributes": 0, "conflicting_override": 0,
              "unmapped": 0, "push": 0}
    for indicator in indicators:
        result[judge(indicator, fabric, selection, reputation, now)[0]] += 1
    return result
