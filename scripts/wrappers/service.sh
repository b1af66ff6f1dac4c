#!/bin/sh
# service.sh <app-id>: one service under `dapr run`, on Node or, with SOCKSHOP_RUNTIME=deno, on Deno.
# What it needs to know (its database, its tokens) is in a file that only its owner can read.
repository=$(cd "$(dirname "$0")/../.." && pwd)
SOCKSHOP_STATE=${SOCKSHOP_STATE:-$repository/.sockshop}
PATH=$repository/node_modules/.bin:$PATH
export SOCKSHOP_STATE PATH
set -a
. "$SOCKSHOP_STATE/env/$1.env" || exit 1
set +a
cd "$repository" || exit 1
set -- "$1" "services/$1/src/main.ts"
[ "$SOCKSHOP_RUNTIME" = deno ] && exec sh scripts/wrappers/keep-running.sh "$1" deno run -A "$2"
exec sh scripts/wrappers/keep-running.sh "$1" node "$2"
