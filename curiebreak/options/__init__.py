"""The options of every command, each said once: what it is called, what it means, what it may be, its default.

One frozen class a command (`find_options`, `modes_options`, ...). The flags of the command line, the keys of a recipe,
the signature and docstring of the Python function, the record in the JSON and ``docs/cli.md`` are read from it.
"""

from curiebreak.options.field import Option, Options, Where, argument, option, options_of, stated, taking
from curiebreak.options.option_rules import (
    FIELD_RULES,
    RULES,
    Choice,
    Choices,
    Couple,
    Flag,
    InputPath,
    InputPaths,
    Joined,
    Number,
    OptionError,
    OutputPath,
    Rule,
    Text,
    Value,
    Words,
    Written,
    refusal,
    require,
)

__all__ = [
    "FIELD_RULES",
    "RULES",
    "Choice",
    "Choices",
    "Couple",
    "Flag",
    "Joined",
    "Number",
    "Option",
    "OptionError",
    "Options",
    "Rule",
    "InputPath",
    "InputPaths",
    "OutputPath",
    "Text",
    "Value",
    "Where",
    "Words",
    "Written",
    "argument",
    "option",
    "options_of",
    "refusal",
    "require",
    "stated",
    "taking",
]
