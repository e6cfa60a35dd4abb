# The front door. Meson and Ninja do the work; `make help` says what there is.

BUILD  ?= build
DATA   ?= data
LISTEN ?= 127.0.0.1:8080
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
FUZZ_RUNS ?= -1

.PHONY: help setup build run test browser crash bench san fuzz planted lint coverage install clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: ## install what the build needs: Debian packages, npm packages of the lock file
	@scripts/setup.sh build

build: setup $(BUILD)/build.ninja ## build/souk, optimised and hardened
	@ninja -C $(BUILD) -n souk | grep -q 'no work to do' || ninja -C $(BUILD) souk

run: build ## build, load 100,000 products on the first start, serve on http://127.0.0.1:8080
	@# A new data folder is filled; .seeding lies in it until that is done, so that an interrupted start goes on.
	@if [ -z "$$DATABASE_URL" ] && { [ ! -e $(DATA)/souk.db ] || [ -e $(DATA)/.seeding ]; }; then \
	    install -d -m 700 $(DATA) && touch $(DATA)/.seeding && \
	    $(BUILD)/souk seed --products 100000 --data $(DATA) && rm $(DATA)/.seeding; \
	fi
	@exec $(BUILD)/souk serve --listen $(LISTEN) --data $(DATA)

test: ## everything, on SQLite and on a private PostgreSQL; T=PATTERN runs a part
	@tests/run $(T)

browser: ## the shop window in Chromium, and what axe-core says of it; not part of `make test`
	@scripts/setup.sh browser
	@tests/run browser/

crash: ## kill the shop 100 times on each database while people buy; 100,000 random steps against the model
	@SOUK_TEST_SOAK_KILLS=100 SOUK_TEST_MODEL_STEPS=50000 tests/run --slow 8 crash/ model/

bench: ## measure against the opponents; bench/README.md says how
	@scripts/setup.sh bench
	@bench/run

san: ## unit tests and conversations under AddressSanitizer, UBSan and ThreadSanitizer
	@scripts/san.sh

fuzz: ## FUZZ_SECONDS (60) of libFuzzer for each parser, or FUZZ_RUNS inputs; T=NAME fuzzes one
	@FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_RUNS=$(FUZZ_RUNS) scripts/fuzz.sh $(T)

planted: ## would `make fuzz` find a mistake? one is made in each parser, in a copy; T=NAME tries one
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz.sh --planted $(T)

lint: ## both compilers with -Werror, layers, banned functions, clang-format, clang-tidy, shellcheck
	@scripts/lint.sh

coverage: ## what the tests reach, by folder
	@scripts/coverage.sh

# What the program says of itself, made by the program: $(call made,COMMAND,FILE)
define made
	install -d $(DESTDIR)$(PREFIX)/share/$(dir $(2))
	$(BUILD)/souk $(1) > $(DESTDIR)$(PREFIX)/share/$(2)
	chmod 644 $(DESTDIR)$(PREFIX)/share/$(2)
endef

install: build ## to $(DESTDIR)$(PREFIX), with manual page, completion and a systemd unit
	install -D -m 755 $(BUILD)/souk $(DESTDIR)$(PREFIX)/bin/souk
	$(call made,man,man/man1/souk.1)
	$(call made,completion bash,bash-completion/completions/souk)
	$(call made,completion fish,fish/vendor_completions.d/souk.fish)
	$(call made,completion zsh,zsh/site-functions/_souk)
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@PREFIX@|$(PREFIX)|' deploy/souk.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/souk.service
	install -m 644 deploy/souk.socket $(DESTDIR)$(PREFIX)/lib/systemd/system/souk.socket

clean: ## remove what was built; ./data stays
	rm -rf build build-* compile_commands.json

$(BUILD)/build.ninja: | setup
	meson setup $(BUILD)
	ln -sfn $(BUILD)/compile_commands.json compile_commands.json
