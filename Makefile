# GNU make, which is gmake on FreeBSD. `make build` is all that a new machine
# needs: each target installs what it needs, and builds only what has changed.

# The Node, the Bun and the tools of the project come before those of the
# machine. But npm is the machine's own, and so is the Node that npm runs on.
npm_ci := PATH='$(PATH)' npm ci
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

installed := node_modules/.package-lock.json
debian := $(wildcard test/jail/debian.txt)
synapse := $(wildcard test/jail/synapse.sh)

# As in FreeBSD's ports; ARCH is the architecture of the jails.
DESTDIR ?=
PREFIX ?= /usr/local
ARCH ?= $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,amd64)

.PHONY: build release install test proof demo bench lint format clean jail

# dist/cook.cjs for any Node.js, dist/cook for this machine
build: $(installed)
	node build.mjs

# the same, and the rest of a release: executables for FreeBSD and Linux, the
# flavour, the man page, the list of what is inside, the checksums
release: $(installed)
	node build.mjs release

# on a host of jails, after `make release` here or elsewhere: installs the
# flavour with its executable, and the man page
install:
	@test -e dist/cook-freebsd-$(ARCH) || { \
	  echo 'error: no dist/cook-freebsd-$(ARCH): make release makes it' >&2; \
	  exit 1; \
	}
	sh build/install.sh '$(DESTDIR)$(PREFIX)' '$(ARCH)'

# everything that can be checked; the last line is `N passed, N failed`
test: lint release jail
	@node test/report.mjs

# the proofs of `make test` at full size: up to half an hour. The figures are
# printed last; COOK_PROOF=N runs N percent of it
proof: export COOK_PROOF ?= all
proof: release jail
	@node test/report.mjs --timeout=1800 test/proof/*.test.ts

# the main job on a new machine: a jail, a homeserver, a user, a message
demo: build jail
	node test/jail/demo.ts

# measures speed and memory
bench: release jail
	node bench/bench.ts

# writes the tables in docs/ from those of the program; a test fails if one is
# stale
.PHONY: docs
docs: $(installed)
	node build/docs.mjs

# checks the types, the format of the code, and the rules of biome.jsonc
lint: $(installed)
	tsc --noEmit
	biome check --error-on-warnings

# formats the code
format: $(installed)
	biome check --write

# removes everything that was built, except node_modules
clean:
	rm -rf dist .tap .cache

# installs what the test jail needs besides npm: Debian's packages, a real
# Synapse
jail: $(debian:%=.cache/debian)
	@$(if $(synapse),sh $(synapse) || \
	  echo 'warning: no Synapse from PyPI; SYNAPSE_PYTHON can name another')

# npm writes this file last. If node_modules is a link, it is shared with
# another working copy, and `npm ci` would empty that one.
$(installed): package-lock.json
	@if [ -L node_modules ]; then \
	  echo 'warning: node_modules is a link: left as it is'; \
	else \
	  $(npm_ci) && \
	    { bun --version >/dev/null || node node_modules/bun/install.js; }; \
	fi

# apt-get runs only as root and only for missing packages, so that a complete
# machine needs no network
.cache/debian: $(debian)
	@mkdir -p .cache
	@missing=; for name in $$(sed 's/#.*//' $<); do \
	  dpkg-query -W -f '$${Status}' $$name 2>/dev/null | grep -q ' installed' || \
	    missing="$$missing $$name"; \
	done; \
	if [ -z "$$missing" ]; then \
	  touch $@; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  export DEBIAN_FRONTEND=noninteractive; \
	  { apt-get -qq update && apt-get -qqy install --no-install-recommends \
	    $$missing && touch $@; } || echo "warning: not installed:$$missing"; \
	else \
	  echo "warning: not installed:$$missing"; \
	fi
