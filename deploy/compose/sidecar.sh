#!/bin/sh
# sidecar.sh <app id> <flags …>: a sidecar, with what all have in common.
app=$1
shift
exec sh /shop/deploy/compose/run.sh "$app.sidecar.env" daprd --app-id "$app" "$@" \
  --dapr-internal-grpc-port 50002 --dapr-listen-addresses 0.0.0.0 \
  --config /shop/dapr/config.yaml --config /shop/deploy/compose/dapr-config.yaml \
  --resources-path /shop/components --resources-path /shop/dapr \
  --placement-host-address placement:50005 --scheduler-host-address scheduler:50006 \
  --dapr-graceful-shutdown-seconds 3 --read-buffer-size 16Ki
