#!/usr/bin/python3
"""embed.py OUT FILE...: writes a C file that holds the FILEs byte for byte, for files.h."""
import sys
from pathlib import Path

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def main(out, *paths):
    paths = list(map(Path, paths))
    parts = ['#include "console/web/files.h"\n']
    for n, path in enumerate(paths):
        numbers = [f"{byte}," for byte in path.read_bytes()]
        lines = "\n".join("".join(numbers[i:i + 24]) for i in range(0, len(numbers), 24))
        parts.append(f"static const unsigned char file_{n}[] = {{\n{lines}\n}};\n")
    rows = "\n".join(f'{{"{p.name}", "{TYPES[p.suffix]}", file_{n}, sizeof(file_{n})}},' for n, p in enumerate(paths))
    parts.append(f"const struct web_file web_files[] = {{\n{rows}\n}};\n")
    parts.append(f"const size_t web_files_count = {len(paths)};\n")
    Path(out).write_text("\n".join(parts))


if __name__ == "__main__":
    main(*sys.argv[1:])
