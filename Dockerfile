# The image of one service:  docker build --build-arg SERVICE=intake .       (compose builds them all)
# SERVICE is intake, payments, review, badging, notify, ops, or sandbox: the Stripe sandbox and the job that makes the secrets.
# An image holds one service's locked packages, the contracts, the chassis, the web and that service: no other service's code or dependencies.
ARG PYTHON_IMAGE=python:3.13-slim
ARG SERVICE=intake

FROM scratch AS code-service
ARG SERVICE
COPY contracts/ /app/contracts/
COPY chassis/ /app/chassis/
COPY web/ /app/web/
COPY services/__init__.py /app/services/
COPY services/${SERVICE}/ /app/services/${SERVICE}/

FROM code-service AS code-intake
COPY program/ /app/program/
FROM code-service AS code-payments
FROM code-service AS code-review
FROM code-service AS code-badging
FROM code-service AS code-notify
FROM code-service AS code-ops

FROM scratch AS code-sandbox
COPY devstack/__init__.py devstack/files.py devstack/key_kinds.py devstack/keys.py devstack/names.py devstack/ports.py devstack/secrets_job.py \
     devstack/serving.py devstack/sqlite_file.py /app/devstack/
COPY devstack/stripe_sandbox/ /app/devstack/stripe_sandbox/

FROM code-${SERVICE} AS code

FROM ${PYTHON_IMAGE} AS built
ARG SERVICE
RUN python -m venv --without-pip /opt/venv
COPY deploy/locks/${SERVICE}.lock /tmp/requirements.lock
# Wheels only, each checked by its hash; nothing is resolved here, and `pip check` finds a lock that lacks something.
# All is compiled here, as the root file system of a container is read-only, and by content, as times differ from build to build.
RUN --mount=type=cache,target=/var/cache/pip \
    export PIP_CACHE_DIR=/var/cache/pip PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_PYTHON=/opt/venv/bin/python \
 && pip install --quiet --no-deps --require-hashes --only-binary :all: --no-compile -r /tmp/requirements.lock \
 && pip check \
 && find /opt/venv \( -name '*.pyi' -o -name '*.pyx' -o -name '*.c' \) -type f -delete \
 && /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/venv/lib
COPY --from=code /app /app
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 microcred \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin microcred \
 && install -d -o 10001 -g 10001 /objects /objects/intake /objects/review /objects/badging /state /clock
COPY --from=built /opt/venv /opt/venv
COPY --from=built /app /app
ARG SERVICE
ARG MICROCRED_BUILD=dev
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    MICROCRED_BUILD=${MICROCRED_BUILD} \
    SERVICE=${SERVICE} \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8000 \
    LOG_JSON=true \
    OBJECT_STORE_URL=file:///objects
WORKDIR /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["python", "-IS", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
# `exec`: Python itself is told to end, and drains within ten seconds. Arguments go to the service: `docker run IMAGE migrate`.
ENTRYPOINT ["/bin/sh", "-c", "exec python -m \"services.$SERVICE\" \"$@\"", "microcred"]
