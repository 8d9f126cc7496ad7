"""``python -m curiebreak``, and the ``curiebreak`` script: the command line."""

import sys


def main() -> None:
    """Load the command line and run it; Ctrl-C before it is loaded ends without a traceback."""
    try:
        from curiebreak.cli.app import main as run
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted.\n")
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
