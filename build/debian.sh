#!/bin/sh
# debian.sh DIR LIST: unpacks below DIR the Debian packages in LIST that the
# machine lacks, with all that they depend on and it lacks too. Nothing is
# installed, so nothing is started, and nothing needs root: apt-get keeps its own
# lists beside DIR for as long as this takes. Exit 1 if some cannot be had.
set -eu
umask 022

# Only there have packages these names.
[ "$(uname)" = Linux ] || exit 0

mkdir -p "$1"
dir=$(cd "$1" && pwd)
list=$2
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

exists() {
  case $1 in
    *.so.*) ldconfig -p | grep -q "^[[:space:]]$1 " ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing=
while read -r package part; do
  case $package in
    '' | '#'*) ;;
    *) exists "$part" || missing="$missing $package" ;;
  esac
done <"$list"

exec 9>"$dir.lock"
flock 9

# The lists go with the release of the system.
wanted=$(cat /etc/os-release "$list" && echo "$missing")
if [ "$(cat "$dir/stamp" 2>/dev/null)" = "$wanted" ]; then
  exit
fi

new=$dir.new
rm -rf "$new"
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$new/root" "$new/lists/partial" "$new/cache/archives/partial"

apt() {
  apt-get -qq -o Dir::State::lists="$new/lists" -o Dir::Cache="$new/cache" \
    -o Debug::NoLocking=true -o APT::Sandbox::User=root "$@"
}

fetch() {
  apt update
  # shellcheck disable=SC2086 # $missing is words
  apt --yes --no-install-recommends --download-only install $missing
}

unpack() {
  for file in "$new/cache/archives"/*.deb; do
    dpkg-deb --extract "$file" "$new/root" || return 1
  done
  # Packages may still name /lib and the like, which are links into /usr.
  for name in bin lib lib64 sbin; do
    if [ -d "$new/root/$name" ]; then
      mkdir -p "$new/root/usr/$name" &&
        cp -a "$new/root/$name/." "$new/root/usr/$name" &&
        rm -r "${new:?}/root/$name" || return 1
    fi
  done
}

if [ -n "$missing" ]; then
  if ! command -v apt-get >/dev/null || ! fetch || ! unpack; then
    echo "warning: missing, and apt-get cannot bring it:$missing" >&2
    exit 1
  fi
fi
echo "$wanted" >"$new/root/stamp"
rm -rf "$dir"
mv "$new/root" "$dir"
