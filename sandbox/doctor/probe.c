#include "sandbox/doctor/probe.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static void found(struct probe *probe, enum probe_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void found(struct probe *probe, enum probe_state state, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(probe->found, sizeof probe->found, fmt, ap);
	va_end(ap);
	probe->state = state;
}

static void remedy(struct probe *probe, const char *text)
{
	snprintf(probe->remedy, sizeof probe->remedy, "%s", text);
}

/* cgroup.kill and RLIMIT_NPROC counted per user namespace came with 5.14, the youngest things that we lean on. */
static void probe_kernel(struct probe *probe, const struct host_facts *facts)
{
	struct utsname uts;

	uname(&uts);
	found(probe, facts->kernel >= 5014 ? PROBE_OK : PROBE_MISSING, "Linux %s", uts.release);
	if (probe->state != PROBE_OK)
		remedy(probe, "a kernel of 5.14 or later (Debian 12 has 6.1)");
}

/* A row that is ok unless `missing` found something. */
static void conclude(struct probe *probe, bool missing, const struct host_finding *finding, const char *ok)
{
	found(probe, missing ? PROBE_MISSING : PROBE_OK, "%s", missing ? finding->cause : ok);
	if (missing)
		remedy(probe, finding->remedy);
}

static void probe_system_calls(struct probe *probe, const struct host_facts *facts)
{
	struct host_finding finding;

	conclude(probe, host_system_calls(facts, &finding), &finding,
		facts->filtered ? "the outer filter allows what set-up requires" : "all that set-up requires");
}

static void probe_user_namespaces(struct probe *probe, const struct host_facts *facts)
{
	struct host_finding finding;

	conclude(probe, host_user_namespaces(facts, &finding), &finding, "all seven namespaces can be made");
}

static void probe_proc(struct probe *probe, const struct host_facts *facts)
{
	struct host_finding finding;

	conclude(probe, host_proc(facts, &finding), &finding, "a fresh procfs can be mounted");
	if (probe->state == PROBE_OK && facts->proc == HOST_NOT_TRIED) {
		found(probe, PROBE_MISSING, "cannot be tested without a user namespace");
		remedy(probe, "that of user namespaces");
	}
}

static void probe_seccomp(struct probe *probe, const struct host_facts *facts)
{
	unsigned action = SECCOMP_RET_KILL_PROCESS;

	(void)facts;
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0) {
		found(probe, PROBE_OK, "filters with KILL_PROCESS");
		return;
	}
	found(probe, PROBE_MISSING, "seccomp(2): %s", strerror(errno));
	remedy(probe, "a kernel with CONFIG_SECCOMP_FILTER");
}

void probe_host(const struct host_facts *facts, struct probe probes[PROBE_COUNT])
{
	static const struct {
		const char *name, *why;
		void (*probe)(struct probe *probe, const struct host_facts *facts);
	} table[PROBE_COUNT] = {
		{"kernel", "cgroup.kill and process limits per user namespace", probe_kernel},
		{"system calls", "mounts made without looking a path up twice, descriptors closed at once",
			probe_system_calls},
		{"user namespaces", "everything: this is what replaces root", probe_user_namespaces},
		{"/proc", "a job that sees its own processes only", probe_proc},
		{"seccomp", "the filter on the job's system calls", probe_seccomp},
	};

	for (size_t i = 0; i < PROBE_COUNT; i++) {
		probes[i] = (struct probe){.name = table[i].name, .why = table[i].why};
		table[i].probe(&probes[i], facts);
	}
}
