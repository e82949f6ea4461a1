"""A program's --help, read into its parts: manual pages and shell completion are made of it.

argp prints one option, and one paragraph, a line when ARGP_HELP_FMT gives it room, so the text is
read as it is meant for people and needs no second form.
"""
import os
import re
import subprocess
from dataclasses import dataclass, field

FORMAT = "no-dup-args-note,rmargin=20000,opt-doc-col=120,short-opt-col=2,long-opt-col=6,doc-opt-col=2,header-col=1"
# The named parts that end a --help, in the order of a manual page.
PARTS = ("Signals", "Files", "Environment", "Exit status", "Example")


@dataclass(frozen=True)
class Option:
    """`-c, --config=FILE|DIR`: names ("-c", "--config"), argument ("FILE|DIR", or None), text."""

    names: tuple
    argument: str | None
    optional: bool
    text: str


@dataclass
class Block:
    """A paragraph, or lines that stay as they are."""

    text: str
    verbatim: bool = False


@dataclass
class Help:
    usage: list = field(default_factory=list)    # "tie-fetcher [OPTION...]", …
    intro: list = field(default_factory=list)    # paragraphs before the options
    groups: list = field(default_factory=list)   # (title or "", [Option])
    body: list = field(default_factory=list)     # Blocks after the options
    parts: dict = field(default_factory=dict)    # name of PARTS: Blocks

    def options(self):
        return [option for title, options in self.groups if title != "Commands" for option in options]

    def commands(self):
        """(name, text) of the group of commands."""
        return [(option.names[0], option.text) for title, options in self.groups if title == "Commands"
                for option in options]


def read_option(line):
    head, _, text = line.strip().partition("  ")
    names, argument, optional = [], None, False
    for word in head.split(", "):
        found = re.fullmatch(r"([^=\[ ]+)(?:(\[?)=(.+?)\]?)?", word)
        if not found:
            raise ValueError(f"no option: {line!r}")
        names.append(found[1])
        if found[3]:
            optional = bool(found[2])
            argument = found[3] + ("]" if found[3].count("[") > found[3].count("]") else "")
    return Option(tuple(names), argument, optional, text.strip())


def part_general(groups):
    """What every program has comes last and would belong to the title before it: a group of its own."""
    names = {"-?", "-h", "--help", "--usage", "--version"}
    general = [option for title, options in groups for option in options if names & set(option.names)]
    for title, options in groups:
        options[:] = [option for option in options if option not in general]
    groups.append(("Help", general))
    groups[:] = [(title, options) for title, options in groups if options]


def read_options(lines, groups):
    """Eats the table of options; blank lines within it mean nothing."""
    groups.append(("", []))
    while lines and (not lines[0] or lines[0].startswith(" ")):
        line = lines.pop(0)
        if re.match(r" \S", line):
            groups.append((line.strip().rstrip(":"), []))
        elif line:
            groups[-1][1].append(read_option(line))
    part_general(groups)


def read_blocks(lines):
    """Paragraphs are lines, what is indented stays as it is."""
    blocks = []
    while lines:
        if not lines[0]:
            lines.pop(0)
        elif not lines[0].startswith(" "):
            blocks.append(Block(lines.pop(0)))
        else:
            kept = []
            while lines and (lines[0].startswith(" ") or (not lines[0] and len(lines) > 1 and lines[1].startswith(" "))):
                kept.append(lines.pop(0))
            blocks.append(Block("\n".join(kept), verbatim=True))
    return blocks


def split_parts(blocks, ret):
    part = ret.body
    for block in blocks:
        found = None if block.verbatim else re.match(rf"({'|'.join(PARTS)})s?: ", block.text)
        if found:
            part = ret.parts.setdefault(found[1], [])
            block = Block(block.text[found.end():])
        elif not block.verbatim:
            part = ret.body
        part.append(block)


def parse(text):
    lines = text.splitlines()
    ret = Help()
    while lines and re.match(r"Usage: |  or:  ", lines[0]):
        ret.usage.append(re.sub(r"^(Usage: |  or:  )", "", lines.pop(0)))
    if not ret.usage:
        raise ValueError("does not begin with Usage:")
    while lines and not re.match(r" +(-|\S+  )", lines[0]):
        line = lines.pop(0)
        if line:
            ret.intro.append(line)
    read_options(lines, ret.groups)
    split_parts(read_blocks(lines), ret)
    if not ret.intro:
        raise ValueError("does not say what the program does")
    return ret


def read(program, *words):
    """The Help of a program, or of a command of it."""
    environment = {**os.environ, "ARGP_HELP_FMT": FORMAT, "LC_ALL": "C.UTF-8"}
    said = subprocess.run([program, *words, "--help"], env=environment, capture_output=True, text=True, encoding="utf-8")
    if said.returncode != 0:
        raise RuntimeError(f"{program} {' '.join(words)} --help ended with {said.returncode}: {said.stderr}")
    return parse(said.stdout)
