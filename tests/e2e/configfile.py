"""Writes the product's YAML configuration for a test."""

import copy

import yaml

SECRET = "correct-horse-battery-staple-e2e"

DEFAULTS = {
    "threatq": {
        "auth": "password",
        "client_id": "e2e-client",
        "username": "connector@example.com",
        "password": SECRET,
        "page_size": 500,
    },
    "connector": {"interval": "2h", "full_interval": "24h", "patience": "20s"},
    "publisher": {"request_timeout": "10s", "settle_timeout": "30s", "retry_delay": "100ms"},
    "selection": {"days": 365},
}


def merged(base, over):
    """base with over laid on top; dictionaries are merged, all else is replaced."""
    result = copy.deepcopy(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict) and key not in ("selection", "reputation"):
            result[key] = merged(result[key], value)
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = copy.deepcopy(value)
    return result


def write_config(path, config):
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    path.chmod(0o600)
    return path
