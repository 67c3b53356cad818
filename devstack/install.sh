#!/bin/sh
# Makes .venv from requirements.lock (every file checked by its hash) and this checkout. `make` runs it when something it rests on changed.
set -eu
cd "$(dirname "$0")/.."

fits() { # a Python that runs, of a version that all wheels exist for
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1
}

fail() {
    printf '\n✗ %s\n' "$1" >&2
    exit 1
}

if [ -x .venv/bin/python ] && fits .venv/bin/python; then
    echo "Updating .venv ($(.venv/bin/python -V))"
else
    found=
    seen=
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if fits "$python"; then
            found=$python
            break
        fi
        seen="$seen $python ($("$python" -V 2>&1 || true))"
    done
    [ -n "$found" ] || fail "Python 3.11 to 3.14 is needed; found:$seen. Install one, or name it: make PYTHON=/path/to/python3.12 up"
    echo "Making .venv with $("$found" -V)"
    rm -rf .venv
    "$found" -m venv .venv >.venv.log 2>&1 || {
        cat .venv.log >&2
        rm -rf .venv .venv.log
        fail "$found cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv. Then try again."
    }
    rm -f .venv.log
fi

# The installer comes from the same lock. With it the rest takes seconds; without it pip does the same in a minute.
sed -n '/^uv==/,/[^\\]$/p' requirements.lock >.venv/installer.txt
export PIP_DISABLE_PIP_VERSION_CHECK=1
.venv/bin/python -m pip install --quiet --require-hashes -r .venv/installer.txt ||
    fail "Packages cannot be downloaded (see above). Check the network and try again."
export VIRTUAL_ENV="$PWD/.venv"
echo "Installing $(grep -c '^[a-z0-9].*==' requirements.lock) locked packages"
if ! .venv/bin/uv pip install --require-hashes -r requirements.lock; then
    echo "uv could not (see above); trying with pip, which knows the settings of pip.conf. This takes about a minute."
    .venv/bin/python -m pip install --require-hashes -r requirements.lock ||
        fail "Packages cannot be installed (see above). Check the network and free disk space (600 MB) and try again."
fi
.venv/bin/uv pip install --quiet --no-deps --no-build-isolation --no-index -e .
touch .venv/.installed
