#!/bin/sh
# What `dapr run` takes for daprd: the real one with what dapr.yaml has no key for (loopback only, a time limit
# for stopping, mTLS and access control, tokens and secrets of its own for each sidecar), started again when it dies.
[ "$1" = --version ] && exec "$SOCKSHOP_DAPRD" --version
app=
previous=
for argument in "$@"; do
  [ "$previous" = --app-id ] && app=$argument
  previous=$argument
done
set -a
. "$SOCKSHOP_STATE/env/$app.sidecar.env" || exit 1
set +a
# Without certificates nobody could tell who calls, and access control would refuse every call.
# That it is off has to be said; a sidecar without certificates of its own does not start.
[ "$DAPR_MTLS" = off ] || set -- "$@" --enable-mtls --sentry-address "${SENTRY_ADDRESS:?}" \
  --control-plane-trust-domain localhost --config "$SOCKSHOP_STATE/dapr/access/$app.yaml"
# Paths in dapr/config.yaml and in components are relative to the state folder.
cd "$SOCKSHOP_STATE" || exit 1
# Where traces are kept; laid over dapr/config.yaml.
[ -f "$SOCKSHOP_STATE/tracing.yaml" ] && set -- "$@" --config "$SOCKSHOP_STATE/tracing.yaml"
exec sh "$SOCKSHOP_WRAPPERS/keep-running.sh" "$app-sidecar" "$SOCKSHOP_DAPRD" "$@" \
  --dapr-internal-grpc-listen-address 127.0.0.1 --metrics-listen-address 127.0.0.1 \
  --dapr-graceful-shutdown-seconds 3
