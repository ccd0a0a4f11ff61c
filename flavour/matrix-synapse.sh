#!/bin/sh
# pot runs this in the jail of which an image is made. It brings the packages;
# all else that is to be in the image, cook knows.
set -eu
export ASSUME_ALWAYS_YES=yes

# The version of Python stands in the names of these packages, and changes.
named() {
  name=$(pkg rquery -e "%o = $1" %n | sort -uV | tail -n 1)
  : "${name:?no package of $1 in the repository}"
  echo "$name"
}
synapse=$(named net-im/py-matrix-synapse)
ldap=$(named net/py-matrix-synapse-ldap3)
pkg install "$synapse" "$ldap"

# pot could not copy it there: only packages make /usr/local/bin.
install -m 0555 /root/cook /usr/local/bin/cook
rm /root/cook
/usr/local/bin/cook image

pkg clean --all
rm -rf /var/db/pkg/repo*
