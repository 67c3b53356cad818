#!/bin/sh
# Starts nginx. MICROCRED_TRUSTED_PROXIES names what ends TLS in front of this gateway, by address or network, with commas: of a request that
# connects from there the client is who X-Forwarded-For says. Empty: nobody is believed, and the client is who connects.
set -euf
trusted=/tmp/trusted.conf
: >"$trusted"
for proxy in $(printf %s "${MICROCRED_TRUSTED_PROXIES:-}" | tr ',' ' '); do
    case $proxy in
        *[!0-9a-fA-F.:/]*) echo "MICROCRED_TRUSTED_PROXIES: $proxy is neither an address nor a network; write it like 10.0.0.2 or 10.0.0.0/24" >&2; exit 64 ;;
        *) echo "set_real_ip_from $proxy;" >>"$trusted" ;;
    esac
done
exec nginx -c /etc/microcred/nginx.conf -e /dev/stderr "$@"
