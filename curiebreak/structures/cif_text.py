"""From the text of a CIF to the columns of its data blocks; small damage is mended and said.

gemmi reads the text. Where it refuses, three kinds of damage that real files have are taken out first, and only
where nothing is lost that a structure needs: characters that CIF does not allow, tags without a value, and
loops with no or with incomplete rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gemmi

from curiebreak.errors import InputError
from curiebreak.structures.checks import Provenance

_NEEDED = re.compile(r"_atom_site[._](?!aniso|moment|fourier)|_cell[._]|_symmetry[._]|_space_group")
"""Tags whose loops are never left out."""

_TOKEN = re.compile(
    r"(?P<comment>#[^\n]*)"
    r"|(?P<field>^;.*?^;)"
    r"|(?P<triple>\"{3}.*?\"{3}|'{3}.*?'{3})"
    r"|(?P<quoted>'[^\n]*?'(?=\s|\Z)|\"[^\n]*?\"(?=\s|\Z))"
    r"|(?P<word>\S+)",
    re.MULTILINE | re.DOTALL,
)
_KEYWORD = re.compile(r"(?:data_|save_|global_|loop_|stop_)", re.IGNORECASE)
_LOOK_ALIKES = {0xA0: " ", 0x2002: " ", 0x2003: " ", 0x2009: " ", 0x202F: " ", 0x2212: "-", 0x2013: "-", 0x2014: "-"}
"""Spaces and minus signs of word processors."""


@dataclass
class Block:
    """Columns of one data block under normalised names (lower case, dots as underscores).

    Attributes
    ----------
    columns : dict
        The CIF nulls ``?`` and ``.`` are empty strings.
    dots : dict
        Rows of the columns whose value is ``.`` ("not applicable", where ``?`` is "unknown").
    notes : list of str
        What the reader has to say.
    """

    columns: dict[str, list[str]]
    dots: dict[str, frozenset[int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def column(self, *tags: str) -> list[str]:
        """Values of the first of these tags that the block has."""
        return next(filter(None, (self.columns.get(normal_tag(tag)) for tag in tags)), [])

    def stated(self, *tags: str) -> list[str]:
        """Those values that are stated."""
        return list(filter(None, self.column(*tags)))

    def filled(self, count: int, *tags: str) -> list[str]:
        """The column with so many rows, empty where it is shorter or not there."""
        return [*self.column(*tags), *[""] * count][:count]

    def text(self, *tags: str) -> str:
        """First value of the first of these tags that has one, empty where none has."""
        return next(filter(None, (value for tag in tags for value in self.column(tag)[:1])), "")


def normal_tag(tag: str) -> str:
    """Tag in lower case with underscores for the dots of newer dictionaries."""
    return tag.lower().replace(".", "_")


def read_blocks(text: str, source: Provenance) -> list[Block]:
    """Data blocks of a CIF, in order.

    Raises
    ------
    InputError
        Syntax that cannot be read without losing sites, cell or symmetry.
    """
    notes: list[str] = []
    try:
        document = gemmi.cif.read_string(text, check_level=0)  # a repeated tag is no reason to refuse
    except (ValueError, RuntimeError) as first:
        text = _allowed_characters(text, notes)
        text = _without_damage(text, notes)
        try:
            document = gemmi.cif.read_string(text, check_level=0)
        except (ValueError, RuntimeError) as error:
            reason = str(first).splitlines()[0] if str(first) else "syntax error"
            raise InputError(
                f"{source.name} is not a readable CIF ({reason}).", "Check the file, or export it again."
            ) from error
    blocks = [_columns(block) for block in document]
    for block in blocks:
        block.notes.extend(notes)
    return blocks


def _columns(block: gemmi.cif.Block) -> Block:
    found = Block({})
    for item in block:
        pair: Any = item.pair
        if pair is not None:
            _add(found, pair[0], [pair[1]])
        elif item.loop is not None:
            width = len(item.loop.tags)
            for index, tag in enumerate(item.loop.tags):
                _add(found, tag, item.loop.values[index::width])
    return found


def _add(block: Block, tag: str, values: Any) -> None:
    name, raw = normal_tag(tag), list(values)
    if name in block.columns:
        return
    block.columns[name] = [gemmi.cif.as_string(v) for v in raw]
    dots = frozenset(row for row, value in enumerate(raw) if value == ".")
    if dots:
        block.dots[name] = dots


def _allowed_characters(text: str, notes: list[str]) -> str:
    """Replace what CIF 1.1 does not allow: control characters by a space, other alphabets by ``?``."""
    wrong = list(re.finditer(r"[^ -~\t\n\r]", text))
    if not wrong:
        return text
    line = text.count("\n", 0, wrong[0].start()) + 1
    count = "a character" if len(wrong) == 1 else f"{len(wrong)} characters"
    notes.append(f"{count} that CIF does not allow (first in line {line}) replaced")
    plain = re.sub(r"[^\x00-\x9f]", "?", text.translate(_LOOK_ALIKES))
    return re.sub(r"[^ -~\t\n\r]", " ", plain)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def is_tag(self) -> bool:
        return self.kind == "word" and self.text.startswith("_")

    @property
    def is_value(self) -> bool:
        return not self.is_tag and not (self.kind == "word" and _KEYWORD.match(self.text))

    @property
    def needed(self) -> bool:
        """Whether it is a tag that a structure needs."""
        return _NEEDED.match(self.text.lower()) is not None


def _without_damage(text: str, notes: list[str]) -> str:
    """Cut out tags without a value and loops that are not needed and not complete; CIF 2 quotes to text fields."""
    found = (_Token(str(m.lastgroup), m.group(), *m.span()) for m in _TOKEN.finditer(text) if m["comment"] is None)
    tokens = list(found)
    edits = [(t.start, t.end, _as_field(t.text)) for t in tokens if t.kind == "triple"]
    tokens, opened = _without_open_strings(text, tokens)
    if opened:
        line = text.count("\n", 0, opened[0][0]) + 1
        notes.append(f"a string without its closing quote (line {line}) is passed over")
        edits += opened
    for start, end, words in _damage(text, tokens):
        notes.append(words)
        edits = [e for e in edits if not (start <= e[0] < end)] + [(start, end, "")]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _without_open_strings(text: str, tokens: list[_Token]) -> tuple[list[_Token], list[tuple[int, int, str]]]:
    """Tokens with one unknown value for every string that its line does not close, and what to replace."""
    kept: list[_Token] = []
    edits: list[tuple[int, int, str]] = []
    for token in tokens:
        if edits and token.start < edits[-1][1]:
            continue
        if token.kind == "word" and token.text[0] in "'\"":
            end = (text + "\n").index("\n", token.start)
            edits.append((token.start, end, "?"))
            token = _Token("quoted", "?", token.start, end)
        kept.append(token)
    return kept, edits


def _as_field(triple: str) -> str:
    inner = triple[3:-3].replace("\n;", "\n ;")
    return f"\n;{inner}\n;\n"


def _damage(text: str, tokens: list[_Token]) -> Iterator[tuple[int, int, str]]:
    """(start, end, what is said) of everything to be cut out."""
    tokens = [*tokens, _Token("word", "data_", len(text), len(text))]  # the end, as another block would be
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.kind == "word" and token.text.lower() == "loop_":
            after = _end_of_header(text, tokens, place + 1)
            place, values = _end_of_values(tokens, after), place + 1
            tags = tokens[values:after]
            wrong = _wrong_loop(tags, place - after)
            if wrong:
                named = "".join(tag.text for tag in tags[:1])
                yield token.start, tokens[place - 1].end, f"a loop with {wrong} left out ({named})"
        elif token.is_tag:
            has_value = tokens[place + 1].is_value
            if not has_value and not token.needed:
                yield token.start, token.end, f"{token.text} has no value"
            place += 1 + has_value
        else:
            if token.is_value and not tokens[max(place - 2, 0)].needed:
                yield token.start, token.end, f"the stray value {token.text[:40]} is left out"
            place += 1


def _end_of_values(tokens: list[_Token], first: int) -> int:
    """Index after the last of the values that begin at `first`."""
    return next(i for i in range(first, len(tokens)) if not tokens[i].is_value)


def _wrong_loop(tags: list[_Token], count: int) -> str:
    """What is wrong with a loop of so many values; empty where it is complete, or needed and told by its reader."""
    if (count and tags and not count % len(tags)) or any(tag.needed for tag in tags):
        return ""
    return f"{count} values for {len(tags)} columns" if count else "no rows"


def _end_of_header(text: str, tokens: list[_Token], first: int) -> int:
    """Index after the last tag of a loop's header.

    A tag with its value on the same line, below tags on lines of their own, is a pair: the loop is empty.
    """
    place = first
    while tokens[place].is_tag:
        before, tag, following = tokens[place - 1 : place + 2]
        beside = following.is_value and "\n" not in text[tag.end : following.start]
        if beside and place > first and "\n" in text[before.end : tag.start]:
            break
        place += 1
    return place
