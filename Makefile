# GNU make, which is gmake on FreeBSD. `make build` is all that a new machine
# needs: each target installs what it needs, and builds only what has changed.

# The Node, the Bun and the tools of the project come before those of the
# machine. But npm is the machine's own, and so is the Node that npm runs on. It
# may be too old for packages that only the project's Node runs; npm warns about
# each of them, so only its errors are shown.
npm_ci := PATH='$(PATH)' npm ci --loglevel=error
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# Debian's packages are unpacked here and not installed: see build/debian.sh.
unpack := sh build/debian.sh .cache/packages
library_path := $(CURDIR)/.cache/packages/node/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH := $(library_path)$(LD_LIBRARY_PATH:%=:%)

installed := node_modules/.package-lock.json
jail_needs := $(wildcard test/jail/debian.txt)
browser_needs := $(wildcard test/browser/debian.txt)
test_needs := $(wildcard test/debian.txt)
synapse := $(wildcard test/jail/synapse.sh)
as_root := sh test/jail/as-root.sh
tap_built := node_modules/.tap-built

# tsc would keep a cache in /tmp.
export NODE_DISABLE_COMPILE_CACHE := 1

# As in FreeBSD's ports; ARCH is the architecture of the jails.
DESTDIR ?=
PREFIX ?= /usr/local
ARCH ?= $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,amd64)

.PHONY: build release install test proof demo bench lint format clean
.PHONY: jail needs node-needs coverage

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
test: lint release jail needs
	@$(as_root) node test/report.mjs

# the proofs of `make test` at full size: up to half an hour. The figures are
# printed last; COOK_PROOF=N runs N percent of it
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

# the main job on a new machine: a jail, a homeserver, a user, a message
demo: build jail
	$(as_root) node test/jail/demo.ts

# measures speed and memory
bench: release jail needs
	$(as_root) node bench/bench.ts

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

# unpacks what the test jail needs besides npm: Debian's packages, a real Synapse
jail:
	@$(if $(jail_needs),$(unpack)/jail $(jail_needs) || :)
	@$(if $(synapse),sh $(synapse) || \
	  echo 'warning: no Synapse from PyPI; SYNAPSE_PYTHON can name another')

# builds the newest Caddy for the tests, if there is Go: FreeBSD has it, but not
# Debian. It takes some minutes
.PHONY: caddy
caddy:
	sh test/jail/caddy.sh

# unpacks what the tests need besides that
needs: $(tap_built)
	@$(if $(test_needs),$(unpack)/test $(test_needs) || :)
	@$(if $(browser_needs),$(unpack)/browser $(browser_needs) || :)

# .taprc removes the plugin by which tap strips types, but only from the next run
# on after tap was built without it.
$(tap_built): $(installed) .taprc
	@[ -L node_modules ] || { tap build && touch $@; }

# unpacks what Node needs, before it runs for the first time
node-needs:
	@$(unpack)/node build/debian.txt || { \
	  echo 'error: Node.js does not run without it' >&2; \
	  exit 1; \
	}

# npm writes this file last. If node_modules is a link, it is shared with
# another working copy, and `npm ci` would empty that one.
$(installed): package-lock.json | node-needs
	@if [ -L node_modules ]; then \
	  echo 'warning: node_modules is a link: left as it is'; \
	else \
	  $(npm_ci) && \
	    { bun --version >/dev/null || node node_modules/bun/install.js; }; \
	fi
