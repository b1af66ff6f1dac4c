#!/bin/sh
# run.sh <environment file> <command …>: the command, with what the set-up wrote down for it and for nobody else.
set -a
. "/run/sockshop/env/$1" || exit 1
set +a
shift
exec "$@"
