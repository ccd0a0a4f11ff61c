#!/bin/sh
# pot runs this in the jail from which it makes an image. This script installs
# the packages; cook image does the rest.
set -eu
export ASSUME_ALWAYS_YES=yes

# The names of these packages contain the version of Python, which changes.
named() {
  name=$(pkg rquery -e "%o = $1" %n | sort -uV | tail -n 1)
  : "${name:?no package of $1 in the repository}"
  echo "$name"
}
synapse=$(named net-im/py-matrix-synapse)
ldap=$(named net/py-matrix-synapse-ldap3)

# Packages of their own, for the same Python: Synapse needs the first at each
# start, and the second for PostgreSQL.
python=${synapse%%-*}
pkg install "$synapse" "$ldap" "$python-sqlite3" "$python-psycopg2" caddy

# pot could not copy it there: /usr/local/bin did not exist before the packages.
install -m 0555 /root/cook /usr/local/bin/cook
rm /root/cook
/usr/local/bin/cook image

pkg clean --all
rm -rf /var/db/pkg/repo*
