#!/bin/sh
# setup.sh STATE: the first process in a jail's namespaces. It still sees the
# host's files; it mounts the jail's, steps into them, says its process id as
# the host counts it, and becomes the jail's init.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
state=$1
root=$state/root
read -r pid _ </proc/self/stat

mount --bind "$root" "$root"

# One mount a line: mode, outside, inside, with tabs between. In a user
# namespace a read-only remount may be refused: there the files are safe anyway.
tab=$(printf '\t')
while IFS=$tab read -r mode from to; do
  mount --rbind "$from" "$root$to"
  if [ "$mode" = ro ] && ! mount -o remount,bind,ro "$root$to" 2>/dev/null; then
    grep -qw 4294967295 /proc/self/uid_map && exit 1
  fi
done <"$state/mounts"

mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null zero full random urandom tty; do
  : >"$root/dev/$node"
  mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for n in 0:stdin 1:stdout 2:stderr; do
  ln -s "/proc/self/fd/${n%:*}" "$root/dev/${n#*:}"
done

mount -t proc proc "$root/proc"
sys=$root/proc/sys
hostname matrix
if [ "$(cat "$state/ipv6")" = no ] && [ -d "$sys/net/ipv6" ]; then
  echo 1 >"$sys/net/ipv6/conf/all/disable_ipv6"
  echo 1 >"$sys/net/ipv6/conf/lo/disable_ipv6"
fi
ip link set lo up
while read -r address; do
  case $address in
    *:*) ip -6 address add "$address/128" dev lo nodad ;;
    *) ip address add "$address/32" dev lo ;;
  esac
done <"$state/addresses"
mount --bind "$sys" "$sys"
# Root of a jail with VNET may say which ports are for everybody (sysctl).
ports=$sys/net/ipv4/ip_unprivileged_port_start
mount --bind "$ports" "$ports"
mount -o remount,bind,ro "$sys"

cd "$root"
mkdir .host
pivot_root . .host
umount -l .host
rmdir .host

echo "$pid"
exec >/dev/null 2>&1
# sh reaps every orphan while it waits for cat, and cat ends when the test
# process closes the pipe or dies, however it dies. Init gone, the kernel kills
# all the others.
exec env -i /bin/sh -c 'cat; exit 0'
