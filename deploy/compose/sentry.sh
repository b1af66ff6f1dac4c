#!/bin/sh
# Dapr's certificate authority. Its keys stay on its own volume; the root that everybody trusts goes where they read it.
issuer=/var/lib/sentry
(
  until [ -s "$issuer/ca.crt" ]; do sleep 0.2; done
  cp "$issuer/ca.crt" /run/trust/ca.crt.new && chmod 644 /run/trust/ca.crt.new && mv /run/trust/ca.crt.new /run/trust/ca.crt
) &
exec sentry --config=/shop/dapr/sentry.yaml --issuer-credentials="$issuer" --trust-domain=localhost \
  --port=50007 --healthz-port=9541 --metrics-port=9542
