"""What the kernel says of a process: CPU time and peak memory, from /proc."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of the process so far, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid):
    """(VmHWM, RssAnon) in MiB: the peak of all resident pages, those of mapped files included, and
    the private memory now."""
    values = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, value = line.split(":", 1)
        values[name] = value.split()
    return int(values["VmHWM"][0]) / 1024, int(values["RssAnon"][0]) / 1024
