#!/bin/sh
# debian.sh <tar file>: Debian with the programs that stand in for images, as a file that `docker import` takes.
set -eu
root=$(mktemp -d)
# Where nothing is mounted umount fails, which must end neither the trap nor the script.
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
debootstrap --variant=minbase bookworm "$root"
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
chroot "$root" sh -ec 'export DEBIAN_FRONTEND=noninteractive
  apt-get install -q -y --no-install-recommends redis-server prometheus prometheus-alertmanager \
    postgresql-client-15 openjdk-17-jre-headless
  rm -rf /var/cache/apt /var/lib/apt/lists'
umount "$root/proc"
tar -C "$root" --exclude='./dev/*' --exclude='./sys/*' -cf "$1.new" .
mv "$1.new" "$1"
