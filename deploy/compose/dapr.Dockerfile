# Every part of Dapr. Its own images have no shell, and a sidecar is told its tokens in a file.
ARG DAPR_IMAGE=daprio/dapr:1.18.2
ARG BASE_IMAGE=debian:bookworm-20261005-slim

FROM ${DAPR_IMAGE} AS programs

FROM ${BASE_IMAGE}
COPY --from=programs /daprd /placement /scheduler /sentry /usr/local/bin/
# Volumes take their owners from here.
RUN install -d -o 10200 -g 10200 /var/lib/sentry /run/trust && install -d -o 10202 -g 10202 /var/lib/scheduler
WORKDIR /shop
COPY components components
COPY dapr/resiliency.yaml components/
COPY dapr/config.yaml dapr/sentry.yaml dapr/
COPY dapr/access dapr/access
COPY deploy/compose deploy/compose
USER 65534:65534
