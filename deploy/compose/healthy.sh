#!/bin/bash
# healthy.sh <port> <path>: whether what runs in this container answers with 2xx.
# When the container that owns our network dies, its network is gone for us even after it is back. Then what runs
# here is ended: it is started again in the new network. The pause gives that container the time to come back first.
if [ ! -e /sys/class/net/eth0 ]; then
  sleep 3
  kill -TERM 1
  exit 1
fi
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
read -r -t 4 _ status _ <&3
[[ $status == 2* ]]
