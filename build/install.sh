#!/bin/sh
# install.sh PREFIX ARCH: installs the flavour where pot looks for it, the
# executable where the flavour looks for it, and the man page.
set -eu
prefix=$1 machine=$2
flavours=$prefix/etc/pot/flavours
manuals=$prefix/share/man/man8

# Without -p, install(1) sets the mode of the last directory only.
for folder in "$prefix/etc" "$prefix/etc/pot" "$flavours" \
  "$flavours/matrix-synapse.d" \
  "$prefix/share" "$prefix/share/man" "$manuals"; do
  [ -d "$folder" ] || install -d -m 0755 "$folder"
done

for file in flavour/*; do
  mode=0644
  [ -x "$file" ] && mode=0755
  install -m "$mode" "$file" "$flavours"
done
install -m 0555 "dist/cook-freebsd-$machine" "$flavours/matrix-synapse.d/cook"
install -m 0444 dist/cook.8 "$manuals"
