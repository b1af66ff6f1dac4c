#!/bin/sh
# keep-running.sh <name> <command …>: runs the command, writes down its pid, and starts it again when it dies.
# `dapr run` restarts nothing, so this stands between it and every service and sidecar. TERM is passed on, and
# then nothing is started again. On Linux the command also ends when this script itself is killed.
name=$1
shift
state=${SOCKSHOP_STATE:?}
stopping=
# Not to whoever started us: the shell's own words to a pipe that has gone would end it.
exec >>"$state/logs/$name.log" 2>&1 </dev/null
command -v setpriv >/dev/null 2>&1 && set -- setpriv --pdeathsig TERM "$@"
trap 'stopping=1; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' TERM INT HUP
echo $$ >"$state/pids/$name.keeper.pid"

while [ -z "$stopping" ]; do
  began=$(date +%s)
  "$@" &
  child=$!
  # Told to stop before it was known what there is to be stopped.
  [ -n "$stopping" ] && kill -TERM "$child" 2>/dev/null
  echo "$child" >"$state/pids/$name.pid"
  wait "$child"
  status=$?
  # A signal ends `wait` early; the command may still be on its way out.
  while kill -0 "$child" 2>/dev/null; do wait "$child"; done
  [ -n "$stopping" ] && break
  echo "-- $name ended with status $status and is started again"
  # Only one that dies at once is made to wait, so that a hopeless start does not eat the machine.
  [ $(($(date +%s) - began)) -lt 5 ] && sleep 1
done
rm -f "$state/pids/$name.pid" "$state/pids/$name.keeper.pid"
