#!/bin/sh
# enter.sh STATE yes|no: the outermost process of a jail ("yes": with a user
# namespace, for those who are not root). It outlives the jail by a moment, to
# remove what the jail leaves, and so hears no signal of its own.
trap '' HUP INT TERM
here=$(dirname "$0")
state=$1 userns=$2

set -- --mount --pid --net --uts --ipc --fork --kill-child
user=
if [ "$userns" = yes ]; then
  user='unshare --user --map-root-user --map-auto --'
fi

# shellcheck disable=SC2086 # $user is words, or nothing
$user unshare "$@" -- /bin/sh "$here/setup.sh" "$state"
code=$?
# Every mount was in the namespace that has just ended: only files are left.
# shellcheck disable=SC2086
$user rm -rf --one-file-system -- "$state"
exit "$code"
