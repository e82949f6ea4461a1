"""Waiting for a condition, with a generous bound. No test sleeps for any other reason."""

import time


def wait_until(condition, what, timeout=60.0, every=0.05):
    """Returns the first true value of condition(); fails after `timeout` seconds, naming `what`."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:.0f} s in vain for {what}")
        time.sleep(every)
