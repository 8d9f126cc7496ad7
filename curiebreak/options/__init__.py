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
    Exports,
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
    exported,
    refusal,
    require,
)  # fmt: skip

__all__ = [
    "FIELD_RULES", "RULES", "Choice", "Choices", "Couple", "Exports", "Flag", "InputPath", "InputPaths", "Joined",
    "Number", "Option", "OptionError", "Options", "OutputPath", "Rule", "Text", "Value", "Where", "Words", "Written",
    "argument", "exported", "option", "options_of", "refusal", "require", "stated", "taking",
]  # fmt: skip
