#!/usr/bin/python3
"""Prints the manual page of a program, made of its --help, or of the configuration, made of the
example.

usage: manpage.py --changelog FILE --section N [--also NAME.N]... PROGRAM     the page of a program
       manpage.py --changelog FILE --section 5 [--also NAME.N]... FILE.yaml   the page of the configuration
"""
import argparse
import re
import textwrap
from pathlib import Path

import helptext

PROJECT = "tq-trellix-tie"
BOOKS = {1: "User Commands", 5: "File Formats", 8: "System Administration"}


def read_changelog(path):
    """Version and date of the newest entry."""
    text = Path(path).read_text(encoding="utf-8")
    version = re.match(r"\S+ \(([^)]+)\)", text)[1]
    day, month, year = re.search(r"^ -- .*>  \w+, (\d+) (\w+) (\d+)", text, re.M).groups()
    number = "JanFebMarAprMayJunJulAugSepOctNovDec".index(month) // 3 + 1
    return version, f"{year}-{number:02}-{int(day):02}"


def escape(text):
    """Text that groff takes as it is; the hyphens of options and programs stay ones that can be copied."""
    text = text.replace("\\", "\\e")
    return re.sub(r"(?<![\w\\])--?\w[\w-]*|\b(?:tie|tq)-[a-z-]+", lambda m: m[0].replace("-", "\\-"), text)


def literal(text):
    return text.replace("\\", "\\e").replace("-", "\\-")


def guarded(line):
    """No request of roff, whatever the line begins with."""
    return "\\&" + line if line[:1] in (".", "'") else line


def prose(text):
    """A paragraph, `names` in it in bold."""
    text = re.sub(r"`([^`]+)`", r"\\fB\1\\fR", escape(text))
    return [guarded(line) for line in textwrap.wrap(text, 78, break_long_words=False, break_on_hyphens=False)]


def kept(text):
    return [".PP", ".RS 2", ".nf", *[guarded(literal(line)) for line in textwrap.dedent(text).splitlines()], ".fi", ".RE"]


def blocks(found):
    for block in found:
        yield from kept(block.text) if block.verbatim else [".PP", *prose(block.text)]


def exit_status(text):
    """`0 done; 1 failed` as a list."""
    yield ".PD 0"
    for part in re.split(r"; (?=\d )", text):
        code, _, what = part.partition(" ")
        yield from [".TP", f".B {code}", *prose(what)]
    yield ".PD"


def option_head(option):
    names = [f"\\fB{literal(name)}\\fR" for name in option.names]
    if option.argument:
        argument = f"=\\fI{literal(option.argument)}\\fR"
        names[-1] += f"[{argument}]" if option.optional else argument
    return ", ".join(names)


def option_list(options):
    for option in options:
        yield from [".TP", option_head(option), *prose(option.text or "see above")]


def usage(text):
    """Programs bold, the rest as it is."""
    words = text.split(" ")
    count = next((i for i, word in enumerate(words) if not word.islower() or word.startswith("[")), len(words))
    return f"\\fB{literal(' '.join(words[:count]))}\\fR {literal(' '.join(words[count:]))}".strip()


def synopsis(texts):
    for i, text in enumerate(texts):
        yield from ([".br"] if i else []) + [usage(text)]


def parts(found, heading):
    """The named parts of a --help, as sections or as parts of a section."""
    for name in helptext.PARTS:
        if name not in found:
            continue
        first, *rest = found[name]
        yield heading(name)
        if name == "Exit status":
            yield from exit_status(first.text)
        elif name == "Example":
            yield from kept(first.text)
        else:
            yield from prose(first.text[:1].upper() + first.text[1:])
        yield from blocks(rest)


def command_section(program, general, name, text):
    """What `PROGRAM NAME --help` says besides what all commands share."""
    own = helptext.read(program, name)
    shared = {option.names for option in general.options()}
    options = [option for option in own.options() if option.names not in shared]
    yield f".SS {name}"
    yield from synopsis(own.usage)
    yield from [".PP", *prose(text[:1].upper() + text[1:] + ".")]
    yield from option_list(options)
    yield from blocks(own.body)
    yield from parts(own.parts, lambda title: f".PP\n\\fI{title}\\fR")


def head(name, section, changelog):
    version, date = read_changelog(changelog)
    yield f'.TH "{literal(name.upper())}" {section} "{date}" "{PROJECT} {version}" "{BOOKS[section]}"'
    # Names of files and options are not to be hyphenated.
    yield from [".nh", ".ad l"]


def see_also(pages):
    """`pages` as "tie-fetcher.8"."""
    yield ".SH SEE ALSO"
    for page in pages:
        name, _, section = page.rpartition(".")
        yield f".BR {literal(name)} ({section})" + ("," if page != pages[-1] else "")


def program_page(program, section, changelog):
    name = Path(program).name
    said = helptext.read(program)
    short = said.intro[0].rstrip(".")
    yield from head(name, section, changelog)
    yield from [".SH NAME", f"{literal(name)} \\- {escape(short[:1].lower() + short[1:])}"]
    yield from [".SH SYNOPSIS", *synopsis(said.usage)]
    yield ".SH DESCRIPTION"
    for text in said.intro[1:] or said.intro:
        yield from [".PP", *prose(text)]
    yield from blocks(said.body)
    if said.commands():
        yield ".SH COMMANDS"
        for command, text in said.commands():
            yield from command_section(program, said, command, text)
    yield ".SH OPTIONS"
    for title, options in said.groups:
        if title != "Commands":
            yield from ([f".SS {title}"] if title else []) + [*option_list(options)]
    yield from parts(said.parts, lambda title: f".SH {title.upper()}{'S' if title == 'Example' else ''}")


def configuration_page(path, section, changelog):
    """The comment that opens the example is the description, the rest is shown as it is."""
    name = Path(path).name
    opening, _, rest = Path(path).read_text(encoding="utf-8").partition("\n\n")
    yield from head(name, section, changelog)
    yield from [".SH NAME", f"{literal(name)} \\- configuration of the connector from ThreatQ to Trellix TIE"]
    yield from [".SH DESCRIPTION", *prose(" ".join(line.lstrip("# ") for line in opening.splitlines()))]
    yield from kept(rest)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--changelog", required=True, help="says version and date")
    arguments.add_argument("--section", type=int, required=True, choices=BOOKS)
    arguments.add_argument("--also", action="append", default=[], help="another page, as tie-fetcher.8")
    arguments.add_argument("source", help="the program, or the example of the configuration")
    given = arguments.parse_args()
    page = configuration_page if given.source.endswith(".yaml") else program_page
    others = [name for name in given.also if name != f"{Path(given.source).name}.{given.section}"]
    text = "\n".join([*page(given.source, given.section, given.changelog), *see_also(others)])
    print(re.sub(r"(?m)^(\.S[HS] .*)\n\.PP$", r"\1", text))


if __name__ == "__main__":
    main()
