"""``python -m curiebreak``: the command line."""

from curiebreak.cli.app import main

main()
