#!/bin/sh
# sidecar.sh <app id> <flags …>: a sidecar, with what all have in common.
app=$1
shift
DAPR_TRUST_ANCHORS=$(cat /run/trust/ca.crt) || exit 1
DAPR_SENTRY_TOKEN_FILE=/run/sockshop/sentry/tokens/$app.jwt
export DAPR_TRUST_ANCHORS DAPR_SENTRY_TOKEN_FILE
exec sh /shop/deploy/compose/run.sh "$app.sidecar.env" daprd --app-id "$app" "$@" \
  --dapr-internal-grpc-port 50002 --dapr-listen-addresses 0.0.0.0 \
  --config /shop/dapr/config.yaml --config /shop/deploy/compose/dapr-config.yaml \
  --config "/shop/dapr/access/$app.yaml" \
  --enable-mtls --sentry-address sentry:50007 --control-plane-trust-domain localhost \
  --resources-path /shop/components \
  --placement-host-address placement:50005 --scheduler-host-address scheduler:50006 \
  --dapr-graceful-shutdown-seconds 3 --read-buffer-size 16Ki
