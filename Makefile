# Cofferdam. `make deps demo` shows it, `make deps check` tests it; CONTRIBUTING.md explains the rest.

VERSION := 0.1.0
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX ?= /usr/local

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Wundef \
	-Wimplicit-fallthrough -Werror
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
HARDENING :=
override LDFLAGS += -fsanitize=$(SANITIZE)
endif

# `make V=1` shows the commands.
say = $(if $(V),,@echo '  $(1) $@';)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)))

COMMON := $(call objects,common/*.c)
POLICY := $(call objects,policy/*.c)
SANDBOX := $(call objects,sandbox/*.c)
RUNNER := $(filter-out %/main.o,$(call objects,runner/*.c))
CLI := $(filter-out $(BUILD)/obj/cli/runner_main.o,$(call objects,cli/*.c))
HUB := $(call objects,tests/hub/*.c)
STANDIN := $(call objects,tests/standin/shared/*.c)
LISTENER := $(call objects,tests/standin/listener/*.c)
WORKER := $(call objects,tests/standin/worker/*.c)

LAUNCHER_LIBS := -lseccomp -lcap -ljansson -lmd
RUNNER_LIBS := -lcurl -ljansson -lsystemd -lcrypto
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
PROGRAMS := $(BUILD)/cofferdam $(BUILD)/cofferdam-runner $(BUILD)/cofferdam-worker
DOUBLES := $(BUILD)/tests/hub $(BUILD)/tests/standin/Runner.Listener $(BUILD)/tests/standin/Runner.Worker
ATTACKS := $(patsubst tests/escape/%.c,$(BUILD)/tests/escape/%,$(wildcard tests/escape/*.c))

.PHONY: all deps demo check unit unit-asan e2e lint format bench fuzz check-vm install clean doubles
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAMS)

doubles: $(DOUBLES) $(ATTACKS)

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Embedded with .incbin, which no dependency file knows of.
$(BUILD)/obj/policy/builtin.o: $(wildcard profiles/*.json profiles/seccomp/*.json)

$(BUILD)/cofferdam: $(CLI) $(SANDBOX) $(POLICY) $(COMMON)
	$(call say,LD) $(CC) $(CFLAGS) $(if $(SANITIZE),$(LDFLAGS),$(STATIC)) -o $@ $^ $(LAUNCHER_LIBS)

$(BUILD)/cofferdam-runner: $(BUILD)/obj/cli/runner_main.o $(RUNNER) $(BUILD)/obj/sandbox/remove_tree.o $(COMMON)
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
	$(call say,LD) $(CC) $(CFLAGS) $(STATIC) -o $@ $^

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/libunit.a
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LAUNCHER_LIBS) $(RUNNER_LIBS) -lpthread

$(BUILD)/libunit.a: $(COMMON) $(POLICY) $(SANDBOX) $(RUNNER) $(filter-out %/main.o,$(CLI)) \
		$(filter-out %/main.o,$(call objects,runner/worker/*.c)) $(STANDIN)
	@rm -f $@
	$(call say,AR) ar rcs $@ $^

unit: $(UNIT_TESTS)
	tests/run-unit $^

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
