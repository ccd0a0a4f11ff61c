# GNU make, which is gmake on FreeBSD. `make build` is all a new machine needs:
# each target installs what it needs itself, and only what has changed.

# The Node, the Bun and the tools of the project, before those of the machine;
# but npm is the machine's own, and so is the Node that it runs on. That may be
# too old for packages which only the project's Node runs, and npm warns of each:
# errors are enough.
npm_ci := PATH='$(PATH)' npm ci --loglevel=error
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# Debian's packages are unpacked here and not installed: see build/debian.sh.
unpack := sh build/debian.sh .cache/packages
library_path := $(CURDIR)/.cache/packages/node/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH := $(library_path)$(LD_LIBRARY_PATH:%=:%)

installed := node_modules/.package-lock.json
jail_needs := $(wildcard test/jail/debian.txt)
test_needs := $(wildcard test/debian.txt)
synapse := $(wildcard test/jail/synapse.sh)
as_root := sh test/jail/as-root.sh
tap_built := node_modules/.tap-built

# tsc would keep a cache in /tmp.
export NODE_DISABLE_COMPILE_CACHE := 1

# As FreeBSD's ports have them; ARCH is the machine of the jails.
DESTDIR ?=
PREFIX ?= /usr/local
ARCH ?= $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,amd64)

.PHONY: build release install test proof demo bench lint format clean
.PHONY: jail needs node-needs coverage

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
test: lint release jail needs
	@$(as_root) node test/report.mjs

# what `make test` tries a little of, tried at full size: up to half an hour. The
# figures come last; COOK_PROOF=N makes N percent of it
proof: export COOK_PROOF ?= all
proof: release jail needs
	@$(as_root) node test/report.mjs --timeout=1800 test/proof/*.test.ts

# which lines no test reaches in a process of Node's: the executables of the
# end-to-end tests and of proofs have no part in it
coverage: light := $(filter-out test/e2e/% test/proof/% test/jail/%,\
  $(shell find test -name '*.test.ts'))
coverage: release jail needs
	@$(as_root) tap --reporter=terse --no-disable-coverage \
	  --allow-incomplete-coverage --coverage-report=text \
	  --coverage-exclude='{bench,build,dist}/**' $(light)

# the main job on a fresh machine: a jail, a homeserver, a user, a message
demo: build jail
	$(as_root) node test/jail/demo.ts

# how fast it is and how much memory it takes
bench: release jail needs
	$(as_root) node bench/bench.ts

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
jail:
	@$(if $(jail_needs),$(unpack)/jail $(jail_needs) || :)
	@$(if $(synapse),sh $(synapse) || \
	  echo 'warning: no Synapse from PyPI; SYNAPSE_PYTHON can name another')

# and what the tests need beyond that
needs: $(tap_built)
	@$(if $(test_needs),$(unpack)/test $(test_needs) || :)

# .taprc takes away the plugin by which tap strips types, but only from the next
# run on after tap has been built without it.
$(tap_built): $(installed) .taprc
	@[ -L node_modules ] || { tap build && touch $@; }

# what Node needs, before it runs for the first time
node-needs:
	@$(unpack)/node build/debian.txt || { \
	  echo 'error: Node.js does not run without it' >&2; \
	  exit 1; \
	}

# npm writes this file last. A node_modules that is a link is shared with
# another working copy, and `npm ci` would empty that one.
$(installed): package-lock.json | node-needs
	@if [ -L node_modules ]; then \
	  echo 'warning: node_modules is a link: left as it is'; \
	else \
	  $(npm_ci) && \
	    { bun --version >/dev/null || node node_modules/bun/install.js; }; \
	fi
