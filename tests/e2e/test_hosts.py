"""Four hosts in network namespaces: each case of hosts_cases.py in a namespace of its own."""

import os
import subprocess
import sys
from pathlib import Path

import hosts_cases
import pytest


def cases():
    """The names of its tests as pytest writes them."""
    for name, function in vars(hosts_cases).items():
        if name.startswith("test_"):
            marks = getattr(function, "pytestmark", [])
            yield from [f"{name}[{value}]" for value in marks[0].args[1]] if marks else [name]


@pytest.mark.parametrize("case", cases())
def test_on_four_hosts(case):
    """As root in a new network namespace, else in a new user namespace too. Where neither is allowed this
    fails: what was not tried must not pass."""
    enter = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    able = subprocess.run([*enter, "ip", "link", "add", "switch", "type", "bridge"], capture_output=True, text=True)
    assert able.returncode == 0, ("no network namespaces here, so stages on several hosts cannot be tested: run this as "
                                  f"root, or allow user namespaces ({' '.join(enter)}: {able.stderr.strip()})")
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    done = subprocess.run([*enter, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
                           f"{Path(hosts_cases.__file__)}::{case}"], capture_output=True, text=True, env=env, timeout=300)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "1 passed" in done.stdout, "it ran"
