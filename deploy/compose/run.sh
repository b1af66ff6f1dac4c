#!/bin/sh
# run.sh <environment file> <command …>: the command, with what the set-up wrote down for it and for nobody else.
set -a
. "/run/sockshop/env/$1" || exit 1
set +a
shift
# When the container that owns our network dies, its network is gone for us even after it is back. Then what runs here
# is ended, and started again in the new network. The pause gives that container the time to come back first: a
# container whose network's owner does not run is not tried again.
(
  while [ -e /sys/class/net/eth0 ]; do sleep 2; done
  sleep 4
  kill -TERM 1
) &
exec "$@"
