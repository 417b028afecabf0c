# Everything one does with this repository. `make` alone lists it.
#
# Each target may be called at any time and as often as you like: what is there
# already is left alone. V=1 shows every command's own output.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.NOTPARALLEL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PREFIX ?= $(HOME)/.local
DESTDIR ?=
V ?=

BUILD := $(abspath $(or $(CARGO_TARGET_DIR),target))
export V

CARGO := cargo
# Cargo's progress is for people who watch.
QUIET := $(if $(V),,$(shell test -t 2 || echo --quiet))
STEP := scripts/step
NPM := npm --prefix ui --no-update-notifier
HOB := $(BUILD)/release/hob
LAUNCH := $(BUILD)/release/hob-launch
# How the launcher is linked, besides that it is optimised.
STATIC := -C target-feature=+crt-static -C relocation-model=static
# Beside `hob`, where both are looked for.
DESKTOP := $(BUILD)/release/hob-desktop
# With a display, `make run` shows the tray; without one it is a server.
DISPLAYED := $(if $(DISPLAY)$(WAYLAND_DISPLAY),yes)

# All programs and tests are built with the same features of the same crates, so that each dependency is compiled once.
ALL := --locked --workspace --features hob-tests/e2e

##@ Daily

.PHONY: run
run: release $(if $(DISPLAYED),release-desktop) ## Build, start Hob with examples/demo.toml (in the tray, if there is a display), show live status until Ctrl-C
	@scripts/setup demo
	exec scripts/demo "$(HOB)" $(if $(DISPLAYED),"$(DESKTOP)")

.PHONY: test
test: ## Everything that must be true before a change lands: check, tests, docs, pages, the desktop without a display
	@scripts/setup build test desktop display browser
	$(STEP) --begin
	scripts/cached $(MAKE) check test-ui test-rust test-peers doc
	$(STEP) --summary

.PHONY: check
check: ui/node_modules/.installed ## Format, lints, page types, generated types, dependencies; no test is run
	@scripts/setup build test desktop
	# The desktop takes the built pages in; for its lints there need be none.
	mkdir -p ui/dist
	$(STEP) "format" $(CARGO) fmt --all --check
	$(STEP) "lints" $(CARGO) clippy --locked --workspace --features hob-tests/e2e --all-targets -- -D warnings
	$(STEP) "page types" $(NPM) run --silent check
	$(STEP) "types from the catalog" $(NPM) run --silent gen -- --check
	if command -v cargo-deny >/dev/null; then
	    $(STEP) "licences, bans, sources" $(CARGO) deny --locked check bans licenses sources
	else
	    $(STEP) --skip "licences, bans, sources" "cargo-deny is not installed: cargo install --locked cargo-deny"
	fi

.PHONY: screenshots
screenshots: ui/node_modules/.installed ## Pictures of every page and state, light and dark, in two sizes, below target/screenshots
	@scripts/setup pages browser
	$(NPM) run --silent screenshots

.PHONY: soak
soak: ui/dist/index.html ## Ten minutes each of all that can happen to a daemon, and to one in the tray app (HOB_CHAOS_SECONDS=600); 10,000 crashes
	@scripts/setup build desktop display
	$(CARGO) build $(ALL) --bins $(QUIET)
	export HOB_CHAOS_SECONDS=$${HOB_CHAOS_SECONDS:-600} HOB_CRASHES=$${HOB_CRASHES:-10000}
	$(CARGO) test $(ALL) $(QUIET) --test chaos -- --nocapture --test-threads 1
	$(CARGO) test $(ALL) $(QUIET) --test tree -- --nocapture --test-threads 1 many::hundreds many::the_same

.PHONY: bench
bench: release ## Measure: micro-benchmarks, then the figures of the README
	@echo "bench: micro-benchmarks"
	$(CARGO) bench --locked -p daemon-core -p hob-verify $(QUIET)
	echo "bench: processes, sockets, memory"
	HOB_BIN="$(HOB)" $(CARGO) run --locked --release $(QUIET) -p hob-tests --bin figures

.PHONY: bench-peers
bench-peers: release ## Measure Hob beside its peers (supervisord, s6, runit, ...); installs them below target/, takes 20 minutes
	@scripts/setup peers
	scripts/peers "$(BUILD)/peers"
	python3 bench/peers --hob "$(HOB)" --peers "$(BUILD)/peers" $(or $(PEERS),--write)

.PHONY: bench-desktop
bench-desktop: release release-desktop ## Measure the tray app, in an X server without a screen
	@scripts/setup display
	HOB_BIN="$(HOB)" $(CARGO) run --locked --profile desktop $(QUIET) -p hob-tests --features e2e --bin desktop-figures

.PHONY: gen
gen: ui/node_modules/.installed ## Write anew what is generated: docs/ops.md, schemas, completions, TypeScript types
	@scripts/setup build
	echo "gen: from the operations"
	HOB_GEN=1 $(CARGO) test --locked $(QUIET) -p daemon-core --test generated
	HOB_GEN=1 $(CARGO) test --locked $(QUIET) -p hob-cli --test generated
	$(NPM) run --silent gen

##@ Installing

.PHONY: release
release: ## Build hob and its static launcher, optimised
ifdef SUDO_USER
	@if [ -x "$(HOB)" ] && [ -x "$(LAUNCH)" ]; then
	    echo "release: taking what $$SUDO_USER built in $(BUILD)"
	    exit
	fi
endif
	@scripts/setup build
	echo "release: building hob and hob-launch in $(BUILD) (the first time takes minutes)"
	$(CARGO) build --locked --release $(QUIET) -p hob-cli -p hob-verify
	$(CARGO) rustc --locked --release $(QUIET) -p hob-launch --bin hob-launch -- $(STATIC)

.PHONY: release-desktop
release-desktop: ui/dist/index.html ## Build hob-desktop, optimised; needs WebKitGTK's development files
ifdef SUDO_USER
	@if [ -x "$(DESKTOP)" ]; then
	    echo "release-desktop: taking what $$SUDO_USER built in $(BUILD)"
	    exit
	fi
endif
	@scripts/setup build desktop
	echo "release-desktop: building hob-desktop in $(BUILD) (the first time takes minutes)"
	$(CARGO) build --locked --profile desktop $(QUIET) -p hob-desktop
	cp -f "$(BUILD)/desktop/hob-desktop" "$(DESKTOP)"

.PHONY: install
install: release ## Install below PREFIX (default ~/.local); DESTDIR is honoured
	@scripts/install "$(HOB)" "$(LAUNCH)" "$(PREFIX)" "$(DESTDIR)"

.PHONY: install-desktop
install-desktop: install release-desktop ## Install the tray app too, with its entry in the desktop's menu
	@scripts/install --desktop "$(DESKTOP)" "$(PREFIX)" "$(DESTDIR)"

.PHONY: deb
deb: release release-desktop ## Make a Debian package of everything: target/hob_VERSION_ARCH.deb
	@scripts/deb "$(HOB)" "$(LAUNCH)" "$(DESKTOP)" "$(BUILD)"

.PHONY: uninstall
uninstall: ## Remove what install put below PREFIX; state and configuration stay
	@scripts/install --remove "$(PREFIX)" "$(DESTDIR)"

.PHONY: clean
clean: ## Remove what was built
	@echo "clean: removing $(BUILD), ui/dist, ui/node_modules (the demo's state stays in .hob)"
	$(CARGO) clean --quiet
	rm -rf ui/dist ui/node_modules

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	    /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile
	echo
	echo "  PREFIX=$(PREFIX)  builds go to $(BUILD)  V=1 shows all output"

# The parts of `test`. Of the desktop there are two: as it is shipped, and one that lets a test into its window.

DEBUG := $(BUILD)/debug

.PHONY: test-rust
test-rust: ui/dist/index.html
	@$(STEP) "build for tests" $(CARGO) build $(ALL) --lib --bins --tests --features hob-desktop/e2e
	cp -f "$(DEBUG)/hob-desktop" "$(DEBUG)/hob-desktop-e2e"
	$(STEP) "build the desktop as shipped" $(CARGO) build $(ALL) --lib --bins --tests
	HOB_DESKTOP="$(DEBUG)/hob-desktop-e2e" HOB_DESKTOP_SHIPPED="$(DEBUG)/hob-desktop" \
	    $(STEP) "tests" $(CARGO) test $(ALL) --no-fail-fast
	# As it is shipped, a launch does without the C library, which only shows in a static program.
	RUSTFLAGS="$(STATIC)" $(STEP) "tests of the static launcher" \
	    $(CARGO) test --locked -p hob-launch --tests --target host-tuple --target-dir "$(BUILD)/static"

.PHONY: doc
doc:
	@RUSTDOCFLAGS="-D warnings" $(STEP) "documentation" $(CARGO) doc --locked --workspace --no-deps

# What is told of the comparison, not the comparison: it needs no peer.
.PHONY: test-peers
test-peers:
	@if command -v python3 >/dev/null; then
	    $(STEP) "tests of the comparison" python3 -B -m unittest discover bench/peers
	else
	    $(STEP) --skip "tests of the comparison" "python3 is not installed"
	fi

.PHONY: test-ui
test-ui: ui/node_modules/.installed
	@$(STEP) "page tests" $(NPM) run --silent test
	$(STEP) "page build" $(NPM) run --silent build
	$(STEP) "page size" $(NPM) run --silent size
	$(STEP) "pages in a browser" $(NPM) run --silent test:pages

ui/dist/index.html: ui/node_modules/.installed $(shell find ui/src ui/index.html ui/vite.config.ts -type f)
	@$(NPM) run --silent build
	touch $@

ui/node_modules/.installed: ui/package-lock.json ui/package.json ui/.npmrc
	@scripts/setup pages
	$(STEP) "npm packages" $(NPM) ci
	touch $@
