#!/bin/sh
# Makes .venv or brings it up to date, and then runs `microcred` with the arguments, if any. This script finds a Python; install.py does the rest.
set -eu
cd "$(dirname "$0")/.."

fits() { # a Python that runs, of a version that all wheels exist for
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1
}

seen=
for python in .venv/bin/python ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if fits "$python"; then
        exec "$python" -I devstack/install.py "$@"
    fi
    seen="$seen $python ($("$python" -V 2>&1 || true))"
done
printf '\n✗ %s\n' "Python 3.11 to 3.14 is needed; found:$seen. Install one, or name it: make PYTHON=/path/to/python3.12 up" >&2
exit 1
