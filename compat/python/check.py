"""The checks' protocol for Python clients: a function under @check runs at once and prints its own line."""

import os
import sys
import traceback

TARGET = os.environ.get("COMPAT_TARGET", "segue")
URL = os.environ["DATABASE_URL"]
HAS_VECTOR = TARGET == "segue"  # the PostgreSQL that we compare with has no pgvector


def version(text):
    print("version", text, flush=True)


def check(name, only_if=True):
    """Runs the function that it decorates; what it raises is the failure."""

    def run(function):
        if not only_if:
            return function
        try:
            function()
        except Exception as e:  # whatever a client raises is what its user would see
            traceback.print_exc()
            text = " ".join(str(e).split()) or type(e).__name__
            print(f"FAIL {name}: {type(e).__name__}: {text[:600]}", flush=True)
        else:
            print("ok", name, flush=True)
        return function

    return run


def equal(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def raises(kind, function, sqlstate=None):
    """Asserts the exception and, where the driver tells it, the SQLSTATE."""
    try:
        function()
    except kind as e:
        code = getattr(e, "sqlstate", None) or getattr(e, "pgcode", None) or getattr(getattr(e, "orig", None), "sqlstate", None)
        if sqlstate and code != sqlstate:
            raise AssertionError(f"SQLSTATE {code}, want {sqlstate}: {e}") from e
        return e
    raise AssertionError(f"no {kind}")


sys.stdout.reconfigure(line_buffering=True)
