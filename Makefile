# GNU make, which is gmake on FreeBSD. `make build` is all a new machine needs:
# each target installs what it needs itself, and only what has changed.

# The Node, the Bun and the tools of the project, before those of the machine;
# but npm is the machine's own, and so is the Node that it runs on.
npm_ci := PATH='$(PATH)' npm ci
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

installed := node_modules/.package-lock.json
debian := $(wildcard test/jail/debian.txt)
synapse := $(wildcard test/jail/synapse.sh)

# As FreeBSD's ports have them; ARCH is the machine of the jails.
DESTDIR ?=
PREFIX ?= /usr/local
ARCH ?= $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,amd64)

.PHONY: build release install test proof demo bench lint format clean jail

# dist/cook.cjs for any Node, dist/cook for this machine
build: $(installed)
	node build.mjs

# the same, and all that a release has: executables for FreeBSD and Linux, the
# flavour, the man page, the list of what is inside, the checksums
release: $(installed)
	node build.mjs release

# on a host of jails, what `make release` has made here or elsewhere: the flavour
# with its executable, and the man page
install:
	@test -e dist/cook-freebsd-$(ARCH) || { \
	  echo 'error: no dist/cook-freebsd-$(ARCH): make release makes it' >&2; \
	  exit 1; \
	}
	sh build/install.sh '$(DESTDIR)$(PREFIX)' '$(ARCH)'

# everything that can be checked; the last line is `N passed, N failed`
test: lint release jail
	@node test/report.mjs

# what `make test` tries a little of, tried at full size: up to half an hour. The
# figures come last; COOK_PROOF=N makes N percent of it
proof: export COOK_PROOF ?= all
proof: release jail
	@node test/report.mjs --timeout=1800 test/proof/*.test.ts

# the main job on a fresh machine: a jail, a homeserver, a user, a message
demo: build jail
	node test/jail/demo.ts

# how fast it is and how much memory it takes
bench: release jail
	node bench/bench.ts

# the tables in docs/, from those of the program; a test fails if one is stale
.PHONY: docs
docs: $(installed)
	node build/docs.mjs

# the types, the form of the code, and what biome.jsonc asks of it
lint: $(installed)
	tsc --noEmit
	biome check --error-on-warnings

# writes the code in that form
format: $(installed)
	biome check --write

# all that was made, except node_modules
clean:
	rm -rf dist .tap .cache

# what the test jail needs beyond npm's packages: Debian's, and a real Synapse
jail: $(debian:%=.cache/debian)
	@$(if $(synapse),sh $(synapse) || \
	  echo 'warning: no Synapse from PyPI; SYNAPSE_PYTHON can name another')

# npm writes this file last. A node_modules that is a link is shared with
# another working copy, and `npm ci` would empty that one.
$(installed): package-lock.json
	@if [ -L node_modules ]; then \
	  echo 'warning: node_modules is a link: left as it is'; \
	else \
	  $(npm_ci) && \
	    { bun --version >/dev/null || node node_modules/bun/install.js; }; \
	fi

# apt-get only as root and only for what is missing, so that a machine which has
# everything needs no network
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
