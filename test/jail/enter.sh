#!/bin/sh
# enter.sh STATE: the outermost process of a jail. It outlives the jail by a
# moment, to remove what the jail leaves, and so hears no signal of its own.
trap '' HUP INT TERM
here=$(dirname "$0")
state=$1

unshare --mount --pid --net --uts --ipc --fork --kill-child -- \
  /bin/sh "$here/setup.sh" "$state"
code=$?
# Every mount was in the namespace that has just ended: only files are left.
rm -rf --one-file-system -- "$state"
exit "$code"
