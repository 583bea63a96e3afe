"""The command line: thin commands over functions of the same name; data on stdout, talk on stderr.

Nothing heavy is imported here: each command imports what it needs when it is called, so that ``--help`` stays light.
"""

from __future__ import annotations

import sys

from discourse.errors import BUG, FULL, OK, TRY_AGAIN, USAGE, DiscourseError


def main() -> None:
    """Run the command line and leave with the exit code that tells cron the truth."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Run one command and return its exit code: 0 well, 1 our bug, 2 usage, 3 some failed, 4 nothing, 5 gate, 75."""
    from discourse.cli.app import app

    try:
        app(arguments, prog_name="discourse")
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else OK
    except DiscourseError as error:
        _say(error)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return OK
    except OSError as error:
        return _system(error)
    except Exception as error:
        return _bug(error)
    return OK


def _say(error: DiscourseError) -> None:
    sys.stderr.write(f"discourse: {error}\n")


def _system(error: OSError) -> int:
    """Report what the machine refused: no room is worth another try, the rest is the caller's to mend."""
    full = error.errno in FULL
    remedy = "Free some space and run again." if full else "Check that it exists and may be read or written."
    sys.stderr.write(f"discourse: {error.filename or 'the system'}: {error.strerror or error}. {remedy}\n")
    return TRY_AGAIN if full else USAGE


def _bug(error: Exception) -> int:
    import os
    import traceback

    if os.environ.get("DISCOURSE_DEBUG"):
        traceback.print_exc()
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno}"
    sys.stderr.write(
        f"discourse: this is a bug of ours: {type(error).__name__}: {error} ({place}). "
        "Run again with DISCOURSE_DEBUG=1 and send us what it prints; nothing that was stored is lost.\n"
    )
    return BUG
