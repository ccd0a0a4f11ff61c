#!/bin/sh
# caddy.sh: builds the newest Caddy as .cache/caddy/caddy, if there is a Go. It
# takes some minutes, so `make test` does not do it.
set -eu
cd "$(dirname "$0")/../.."
version=v2.11.2
mkdir -p .cache/caddy
GOBIN=$PWD/.cache/caddy GOFLAGS=-modcacherw exec go install \
  "github.com/caddyserver/caddy/v2/cmd/caddy@$version"
