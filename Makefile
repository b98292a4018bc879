# Cofferdam. `make deps demo` shows it, `make deps check` tests it; CONTRIBUTING.md explains the rest.

VERSION := 0.1.0
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Wundef \
	-Wimplicit-fallthrough $(if $(WERROR),-Werror)
HARDENING := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection
CPPFLAGS += -I. -D_GNU_SOURCE -DCOFFERDAM_VERSION='"$(VERSION)"'
CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu17 -fPIE $(WARNINGS) $(HARDENING)
override LDFLAGS += -pie -Wl,-z,relro,-z,now
# Debian's static libraries are position-independent, so the static programs are static-pie too.
STATIC := -static-pie -Wl,-z,relro,-z,now

# Sanitizers and fuzzers build the same objects elsewhere: `make BUILD=build/asan SANITIZE=address,undefined unit`.
ifdef SANITIZE
override CFLAGS := $(filter-out -D_FORTIFY_SOURCE=3,$(CFLAGS)) -U_FORTIFY_SOURCE -fsanitize=$(SANITIZE) \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
override LDFLAGS += -fsanitize=$(SANITIZE)
endif

# `make V=1` shows the commands.
say = $(if $(V),,@echo '  $(1) $@';)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)))

COMMON := $(call objects,common/*.c)
POLICY_SOURCES := $(call objects,policy/*.c)
PREBUILT := $(addprefix $(BUILD)/gen/prebuilt_,filters.c profiles.c)
POLICY := $(POLICY_SOURCES) $(PREBUILT:.c=.o)
SANDBOX := $(call objects,sandbox/*.c)
RUNNER := $(filter-out %/main.o,$(call objects,runner/*.c))
# What the supervisor has of the sandbox: finding a job's cgroup, removing its files.
RUNNER_SANDBOX := remove_tree.o cgroup_find.o cgroup_parse.o idmap_remove.o idmap_run.o idmap_give.o idmap.o facts_idmap.o program.o user.o wait.o caps.o
CLI := $(filter-out $(BUILD)/obj/cli/runner_main.o,$(call objects,cli/*.c))
HUB := $(call objects,tests/hub/*.c)
STANDIN := $(call objects,tests/standin/shared/*.c)
LISTENER := $(call objects,tests/standin/listener/*.c)
WORKER := $(call objects,tests/standin/worker/*.c)

LAUNCHER_LIBS := -lseccomp -lcap -ljansson -lmd
RUNNER_LIBS := -lcurl -ljansson -lsystemd -lcap
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
PROGRAMS := $(BUILD)/cofferdam $(BUILD)/cofferdam-runner $(BUILD)/cofferdam-worker
DOUBLES := $(BUILD)/tests/hub $(BUILD)/tests/standin/Runner.Listener $(BUILD)/tests/standin/Runner.Worker
ATTACKS := $(patsubst tests/escape/%.c,$(BUILD)/tests/escape/%,$(wildcard tests/escape/*.c)) $(BUILD)/tests/vm/hog

MAN := $(patsubst docs/man/%.in,$(BUILD)/man/%,$(wildcard docs/man/*.in))
COMPLETIONS := $(addprefix $(BUILD)/completion/cofferdam.,bash zsh fish)

.PHONY: all docs deps demo demo-here check check-here unit unit-asan lint format bench bench-here fuzz check-vm check-vm-here install clean doubles
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAMS)

doubles: $(DOUBLES) $(ATTACKS)

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# What is shipped, read and compiled by our own code: policy/profile_prebuilt.h, policy/seccomp_prebuilt.h.
$(BUILD)/gen/%: $(BUILD)/obj/policy/build/%.o $(BUILD)/obj/policy/build/none.o $(POLICY_SOURCES) $(COMMON)
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LAUNCHER_LIBS)

$(BUILD)/gen/prebuilt_%.c: $(BUILD)/gen/%
	$(call say,GEN) $< >$@

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c policy/profile_prebuilt.h policy/seccomp_prebuilt.h
	$(call say,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# Programs without a C library have nothing that stack protectors and fortified functions need.
RAW_CFLAGS := -std=gnu17 -O2 $(WARNINGS) -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables

# PID 1, embedded in the launcher. Position-independent without relocations: nobody would apply them.
$(BUILD)/init: sandbox/init/main.c sandbox/init/raw.h sandbox/forwarded.h sandbox/message.h common/error.h common/status.h Makefile
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(RAW_CFLAGS) -fPIE -nostdlib -static-pie -s -Wl,-z,noseparate-code -Wl,--build-id=none -o $@ $<
	@if readelf -rW $@ | grep -q R_; then echo "$@: has relocations" >&2; rm $@; exit 1; fi

$(BUILD)/obj/sandbox/init.o: $(BUILD)/init
$(BUILD)/obj/sandbox/init.o: CPPFLAGS += -DCOFFERDAM_INIT='"$(BUILD)/init"'

# Embedded with .incbin, which no dependency file knows of.
$(BUILD)/obj/policy/builtin.o: $(wildcard profiles/*.json profiles/seccomp/*.json)

$(BUILD)/cofferdam: $(CLI) $(SANDBOX) $(POLICY) $(COMMON)
	$(call say,LD) $(CC) $(CFLAGS) $(if $(SANITIZE),$(LDFLAGS),$(STATIC)) -o $@ $^ $(LAUNCHER_LIBS)

$(BUILD)/cofferdam-runner: $(BUILD)/obj/cli/runner_main.o $(RUNNER) $(addprefix $(BUILD)/obj/sandbox/,$(RUNNER_SANDBOX)) \
		$(addprefix $(BUILD)/obj/policy/,idmap.o subid.o capabilities.o) $(COMMON)
	$(call say,LD) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(RUNNER_LIBS)

$(BUILD)/cofferdam-worker: $(call objects,runner/worker/*.c)
	$(call say,LD) $(CC) $(CFLAGS) $(if $(SANITIZE),$(LDFLAGS),$(STATIC)) -o $@ $^

$(BUILD)/tests/hub: $(HUB) $(COMMON)
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lmicrohttpd -ljansson -lcrypto -lpthread

$(BUILD)/tests/standin/Runner.Listener: $(LISTENER) $(STANDIN) $(COMMON)
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcurl -ljansson -lcrypto

$(BUILD)/tests/standin/Runner.Worker: $(WORKER) $(STANDIN) $(COMMON)
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcurl -ljansson -lcrypto

# Attack programs are static: they run in roots that have nothing else.
$(BUILD)/tests/escape/%: $(BUILD)/obj/tests/escape/%.o
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(CFLAGS) $(STATIC) -o $@ $^ -lseccomp

# Man pages and completions: from the tables that the programs parse with.
docs: $(MAN) $(COMPLETIONS)

$(BUILD)/man-options: $(BUILD)/obj/docs/man/options.o $(POLICY) $(COMMON)
	$(call say,LD) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LAUNCHER_LIBS)

$(BUILD)/man/%: docs/man/%.in $(BUILD)/man-options
	@mkdir -p $(@D)
	$(call say,MAN) for list in options keys groups arguments; do $(BUILD)/man-options $$list >$@.$$list || exit 1; done && \
		sed -e 's/@VERSION@/$(VERSION)/' -e '/^@OPTIONS@$$/{r $@.options' -e 'd}' -e '/^@KEYS@$$/{r $@.keys' -e 'd}' \
			-e '/^@GROUPS@$$/{r $@.groups' -e 'd}' -e '/^@ARGUMENTS@$$/{r $@.arguments' -e 'd}' $< >$@ && \
		rm $@.options $@.keys $@.groups $@.arguments

$(BUILD)/completion/cofferdam.%: $(BUILD)/cofferdam
	@mkdir -p $(@D)
	$(call say,GEN) $< completion $* >$@

$(BUILD)/tests/vm/%: $(BUILD)/obj/tests/vm/%.o
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(CFLAGS) $(STATIC) -o $@ $^

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/libunit.a
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LAUNCHER_LIBS) $(RUNNER_LIBS) -lpthread

$(BUILD)/libunit.a: $(COMMON) $(POLICY) $(SANDBOX) $(RUNNER) $(filter-out %/main.o,$(CLI)) \
		$(filter-out %/main.o,$(call objects,runner/worker/*.c))
	@rm -f $@
	$(call say,AR) ar qcs $@ $^

unit: $(UNIT_TESTS)
	@tests/run-unit $^

# The same tests with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer.
unit-asan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined unit

deps:
	@tests/deps

# Root drops to the test user, in a copy of the tree; anybody else stays who he is.
check:
	@tests/as-user $(MAKE) --no-print-directory -j$(JOBS) check-here

check-here: all docs doubles $(UNIT_TESTS)
	@BUILD=$(abspath $(BUILD)) tests/check $(abspath $(UNIT_TESTS))

demo:
	@tests/as-user $(MAKE) --no-print-directory -j$(JOBS) demo-here

demo-here: all doubles
	@BUILD=$(abspath $(BUILD)) tests/demo/demo

lint:
	@tests/lint

format:
	git ls-files '*.c' '*.h' | xargs clang-format -i

# libFuzzer, a fixed number of runs each; `make fuzz FUZZ_RUNS=10000000` for a long one.
FUZZ_RUNS ?= 20000
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CFLAGS := -std=gnu17 -O1 -g -fno-sanitize-recover=all -fsanitize=address,undefined
FUZZED := $(wildcard common/*.c policy/*.c) sandbox/cgroup_parse.c \
	$(addprefix runner/,jit.c base64.c wipe.c runner_file.c worker/frame.c worker/queue.c)

$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC) clang $(CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/obj/policy/builtin.o: $(wildcard profiles/*.json profiles/seccomp/*.json)

$(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/tests/fuzz/%.o $(FUZZED:%.c=$(BUILD)/fuzz/obj/%.o) $(PREBUILT:.c=.o)
	$(call say,FUZZ) clang $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LAUNCHER_LIBS)

fuzz: $(FUZZERS)
	@FUZZ_RUNS=$(FUZZ_RUNS) tests/fuzz/run $^

# Limits and attacks on kernels with all of cgroup v2: builds the image of a virtual machine, as root, if there is none yet.
check-vm:
	@[ "$$(id -u)" != 0 ] || tests/vm/image
	@tests/as-user $(MAKE) --no-print-directory -j$(JOBS) check-vm-here

check-vm-here: all doubles
	@BUILD=$(abspath $(BUILD)) tests/vm/run

# What a launch costs, beside other launchers (BENCH_ROUNDS=100 of each, in turn).
BENCH := $(addprefix $(BUILD)/tests/bench/,measure filter seccomp $(if $(filter x86_64,$(shell uname -m)),floor payload))

bench:
	@tests/bench/start $(MAKE) --no-print-directory -j$(JOBS) bench-here

bench-here: all $(BENCH)
	@BUILD=$(abspath $(BUILD)) tests/bench/bench

$(BUILD)/tests/bench/measure: $(call objects,$(addprefix tests/bench/,measure.c rows.c memory.c))
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/tests/bench/filter $(BUILD)/tests/bench/seccomp: $(BUILD)/tests/bench/%: $(BUILD)/obj/tests/bench/%.o $(POLICY) $(COMMON)
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LAUNCHER_LIBS)

$(BUILD)/tests/bench/floor $(BUILD)/tests/bench/payload: $(BUILD)/tests/bench/%: tests/bench/%.c sandbox/init/raw.h Makefile
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(RAW_CFLAGS) -fno-pie -nostdlib -static -no-pie -Wl,-z,noseparate-code -o $@ $<

install: all docs
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/cofferdam/profiles/seccomp
	install -m 0755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 0644 $(filter %.1,$(MAN)) $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 0644 $(filter %.5,$(MAN)) $(DESTDIR)$(PREFIX)/share/man/man5
	install -D -m 0644 $(BUILD)/completion/cofferdam.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/cofferdam
	install -D -m 0644 $(BUILD)/completion/cofferdam.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_cofferdam
	install -D -m 0644 $(BUILD)/completion/cofferdam.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/cofferdam.fish
	install -m 0644 profiles/*.json $(DESTDIR)$(PREFIX)/share/cofferdam/profiles
	install -m 0644 profiles/seccomp/*.json $(DESTDIR)$(PREFIX)/share/cofferdam/profiles/seccomp

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj $(BUILD)/fuzz/obj -name '*.d' 2>/dev/null)
