#!/usr/bin/python3
"""Prints the bash completion of the programs, made of their --help.

usage: completion.py TEMPLATE PROGRAM...
"""
import re
import sys
from pathlib import Path

import helptext

KINDS = {
    "FILE": "file", "FILE|DIR": "file", "PROGRAM": "file", "DIR": "folder", "FOLDER": "folder",
    "DIR|stdout": "folder+stdout", "STAGE": "fetcher,mapper,publisher,enricher",
}
OF_A_FABRIC = {"--con-name", "--conn-name", "--fabric"}


def kind(option):
    """What the value of an option is: file, folder, fabric, words with commas between them, or any."""
    if OF_A_FABRIC & set(option.names):
        return "fabric"
    if re.fullmatch(r"[a-z0-9-]+(\|[a-z0-9-]+)+", option.argument):
        return option.argument.replace("|", ",")
    return KINDS.get(option.argument, "any")


def option_words(said):
    for option in said.options():
        takes_value = option.argument and not option.optional
        for name in option.names:
            if name != "-?":
                yield f"{name}={kind(option)}" if takes_value else name


def usage_words(usages):
    """The lower-case words that a usage offers first: [show|reset], show HASH|ID."""
    for usage in usages:
        words = usage.partition("[OPTION...]")[2].split()
        for word in words[0].strip("[]").split("|") if words else []:
            if re.fullmatch(r"[a-z]+", word):
                yield word


def cases(table):
    filled = {name: " ".join(words) for name, words in table.items()}
    return "\n".join(f"        '{name}') echo '{words}' ;;" for name, words in filled.items() if words)


def main():
    template, *programs = sys.argv[1:]
    options, words = {}, {}
    for program in programs:
        name = Path(program).name
        said = helptext.read(program)
        commands = [command for command, _ in said.commands()]
        options[f"{name} "] = option_words(said)
        words[f"{name} "] = commands or usage_words(said.usage)
        for command in commands:
            own = helptext.read(program, command)
            options[f"{name} {command}"] = option_words(own)
            words[f"{name} {command}"] = usage_words(own.usage)
    filled = {"OPTIONS": cases(options), "WORDS": cases(words), "PROGRAMS": " ".join(Path(p).name for p in programs)}
    text = Path(template).read_text(encoding="utf-8")
    print(re.sub(r"@([A-Z]+)@", lambda found: filled[found[1]], text), end="")


if __name__ == "__main__":
    main()
