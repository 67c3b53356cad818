#!/bin/sh
# Derives the locks from pyproject.toml: requirements.lock for a checkout, and one for each image with the same versions. `make lock` calls it.
# Versions in requirements.lock are kept. To raise one: sh deploy/lock.sh --upgrade-package NAME
set -eu
cd "$(dirname "$0")/.."
compile() { .venv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 "$@"; }

compile pyproject.toml --extra dev "$@" -o requirements.lock
for service in intake payments review badging notify ops; do
    compile --no-header --no-annotate pyproject.toml --extra "$service" -c requirements.lock -o "deploy/locks/$service.lock"
done
compile --no-header --no-annotate --group sandbox -c requirements.lock -o deploy/locks/sandbox.lock
