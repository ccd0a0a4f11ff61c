#!/bin/sh
# Makes .cache/synapse, the Python environment whose Synapse the test jail runs.
# It is built beside its place and renamed when complete. A renamed environment
# breaks only the shebang lines in its bin/, and nothing here uses those.
set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../.." && pwd)/.cache
python=${PYTHON:-python3}
done=$cache/synapse
wanted=$({ "$python" -VV; cat "$here/requirements.txt"; } | sha256sum)

mkdir -p "$cache"
exec 9>"$cache/synapse.lock"
flock 9

if [ "$(cat "$done/stamp" 2>/dev/null)" = "$wanted" ]; then
  exit 0
fi

new=$cache/synapse.new
rm -rf "$new"
trap 'rm -rf "$new"' EXIT
"$python" -m venv "$new"
"$new/bin/python" -m pip install --quiet --disable-pip-version-check \
  --no-input --no-deps -r "$here/requirements.txt"
"$new/bin/python" -c 'import synapse, ldap_auth_provider'
echo "$wanted" >"$new/stamp"
rm -rf "$done"
mv "$new" "$done"
