#!/bin/sh
# as-root.sh COMMAND...: runs it as root, who alone can make jails. An ordinary
# user becomes root in a user namespace, which also has the ids of all files that
# are made there. What build/debian.sh has unpacked lies over /usr, and only the
# command sees it: the mount namespace is its own.
set -eu
# Some refuse directories that a group can write, as sshd does with its own.
umask 022
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
packages=$(dirname "$self")/../../.cache/packages

if [ "${1-}" != --inside ]; then
  spaces=--mount
  if [ "$(id -u)" != 0 ]; then
    spaces='--user --map-root-user --map-auto --mount'
  fi
  # shellcheck disable=SC2086 # $spaces is words
  if unshare $spaces -- true; then
    exec unshare $spaces -- sh "$self" --inside "$@"
  fi
  if [ "$(id -u)" != 0 ]; then
    echo 'warning: no user namespace: it needs newuidmap (uidmap), and ranges' \
      "for $(id -un) in /etc/subuid and /etc/subgid" >&2
  fi
  exec "$@"
fi
shift

# Named from here: in a whole path there may be a colon, which parts folders.
here=$(pwd)
if cd "$packages" 2>/dev/null; then
  lower=
  for folder in */usr; do
    [ ! -d "$folder" ] || lower=$lower$folder:
  done
  [ -z "$lower" ] || mount -t overlay -o "ro,lowerdir=$lower/usr" none /usr ||
    echo "warning: not over /usr: $lower" >&2
  cd "$here"
fi
exec "$@"
