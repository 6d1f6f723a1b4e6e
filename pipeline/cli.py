"""The command line: parse, call one function, print. It alone prints and exits.

A plain call to tag is parsed here, without typer, whose import and set-up take longer than tagging a paragraph; it parses all the others.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from pipeline.cli_batch import tag_reports
from pipeline.cli_plain import plain_call
from pipeline.errors import WorktagError
from pipeline.memory import look_for_garbage_seldom

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; a fault that a person can mend becomes one line and exit code 2."""
    look_for_garbage_seldom()
    for stream in (sys.stdout, sys.stderr):
        # A Chinese Windows console or pipe is GBK, which has no 𠮷, ① or ✓.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = _run(sys.argv[1:])
    except WorktagError as error:
        print(f"worktag: {error.line()}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except BrokenPipeError:  # whoever read what is printed has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        # What typer raises for a wrong call; it shares no public base class.
        if not hasattr(error, "format_message"):
            raise
        _explain_usage(error)
        sys.exit(2)
    if code == _INTERRUPTED:
        print("worktag: stopped; the output is as it was before", file=sys.stderr)
    sys.exit(code if isinstance(code, int) else 0)


def _run(arguments: Sequence[str]) -> Any:
    """Run a command, and return its exit code, or anything else for none."""
    if call := plain_call(arguments):
        return tag_reports(**call)
    from pipeline.cli_app import app

    return app(standalone_mode=False)


def _explain_usage(error: Any) -> None:
    """Say in one line what was wrong with the call; without any argument, show the help."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "worktag"
    if type(error).__name__ == "NoArgsIsHelpError":
        print(context.get_help() if context else "")
        return
    message = " ".join(str(error.format_message()).replace("Value error, ", "").split()).rstrip(".")
    print(f"worktag: {message}; see `{path} --help`", file=sys.stderr)


if __name__ == "__main__":
    main()
