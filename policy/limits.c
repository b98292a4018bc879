#include "policy/limits.h"

#include "common/words.h"

#include <string.h>

#define FIELD(member) .offset = offsetof(struct plan, limits.member)

#define PIDS_MOST 4194304     /* PID_MAX_LIMIT of a 64-bit kernel */
#define CPU_WEIGHT_MOST 10000 /* CGROUP_WEIGHT_MAX */

/* What pasta and the process that counts need to do their work. */
#define HELPERS_MEMORY (UINT64_C(64) << 20)
#define HELPERS_PIDS 16
#define HELPERS_CPUS_MILLI 250

const struct limit limit_rows[PLAN_LIMIT_COUNT] = {
	[PLAN_LIMIT_MEMORY] = {.file = "memory.max",
		.instead = "docker run --memory, or resources.limits of the pod",
		.helpers_least = HELPERS_MEMORY,
		.degradable = PLAN_DEGRADABLE_MEMORY,
		.controller = FACTS_CONTROLLER_MEMORY,
		.format = LIMIT_NUMBER,
		.holds = LIMIT_AT_MOST,
		.seen = "max",
		.report = "limit",
		.setting = {.key = "memory",
			.type = SETTING_SIZE,
			.flags = SETTING_NONE,
			FIELD(memory),
			.min = 1,
			.help = "memory limit (memory.max)"}},
	[PLAN_LIMIT_MEMORY_HIGH] = {.file = "memory.high",
		.instead = "podman run --cgroup-conf memory.high=SIZE; Docker has --memory alone",
		.helpers_least = HELPERS_MEMORY,
		.degradable = PLAN_DEGRADABLE_MEMORY,
		.controller = FACTS_CONTROLLER_MEMORY,
		.format = LIMIT_NUMBER,
		.holds = LIMIT_AT_MOST,
		.seen = "high",
		.report = "high",
		.setting = {.key = "memory_high",
			.type = SETTING_SIZE,
			.flags = SETTING_NONE,
			FIELD(memory_high),
			.min = 1,
			.help = "memory throttling limit (memory.high): above it the job is slowed down, not killed"}},
	[PLAN_LIMIT_MEMORY_MIN] = {.file = "memory.min",
		.instead = "podman run --cgroup-conf memory.min=SIZE; docker run --memory-reservation sets memory.low",
		.degradable = PLAN_DEGRADABLE_MEMORY,
		.controller = FACTS_CONTROLLER_MEMORY,
		.format = LIMIT_NUMBER,
		.holds = LIMIT_AT_LEAST,
		.seen = "min",
		.report = "min",
		.setting = {.key = "memory_min",
			.type = SETTING_SIZE,
			.flags = SETTING_NONE,
			FIELD(memory_min),
			.min = 1,
			.help = "memory protected from reclaim (memory.min), as far as the cgroups above protect it too"}},
	[PLAN_LIMIT_SWAP] = {.file = "memory.swap.max",
		.instead = "docker run --memory-swap",
		.absent = "this kernel does not account swap: use --swap none",
		.degradable = PLAN_DEGRADABLE_SWAP,
		.controller = FACTS_CONTROLLER_MEMORY,
		.format = LIMIT_NUMBER,
		.holds = LIMIT_AT_MOST,
		.seen = "max",
		.report = "limit",
		.setting = {.key = "swap",
			.type = SETTING_SIZE,
			.flags = SETTING_NONE,
			FIELD(swap),
			.unset = PLAN_SWAP_UNSET,
			.max = PLAN_SWAP_UNSET - 1,
			.help = "swap limit (memory.swap.max)"}},
	[PLAN_LIMIT_PIDS] = {.file = "pids.max",
		.instead = "docker run --pids-limit",
		.helpers_least = HELPERS_PIDS,
		.degradable = PLAN_DEGRADABLE_PIDS,
		.controller = FACTS_CONTROLLER_PIDS,
		.format = LIMIT_NUMBER,
		.holds = LIMIT_AT_MOST,
		.seen = "max",
		.report = "limit",
		.setting = {.key = "pids",
			.type = SETTING_COUNT,
			.flags = SETTING_NONE,
			FIELD(pids),
			.min = 2,
			.max = PIDS_MOST,
			.help = "limit on processes and threads (pids.max)"}},
	[PLAN_LIMIT_CPUS] = {.file = "cpu.max",
		.instead = "docker run --cpus, or resources.limits of the pod",
		.helpers_least = HELPERS_CPUS_MILLI,
		.degradable = PLAN_DEGRADABLE_CPU,
		.controller = FACTS_CONTROLLER_CPU,
		.format = LIMIT_QUOTA,
		.holds = LIMIT_EXACTLY,
		.seen = "quota_usec",
		.report = "limit_milli",
		.setting = {.key = "cpus",
			.type = SETTING_CPUS,
			.flags = SETTING_NONE,
			FIELD(cpus_milli),
			.help = "CPU time limit in CPUs, such as 2 or 0.5 (cpu.max)"}},
	[PLAN_LIMIT_CPU_WEIGHT] = {.file = "cpu.weight",
		.instead = "docker run --cpu-shares, or resources.requests of the pod",
		.degradable = PLAN_DEGRADABLE_CPU,
		.controller = FACTS_CONTROLLER_CPU,
		.format = LIMIT_NUMBER,
		.holds = LIMIT_EXACTLY,
		.seen = "weight",
		.report = "weight",
		.setting = {.key = "cpu_weight",
			.type = SETTING_COUNT,
			.flags = SETTING_NONE,
			FIELD(cpu_weight),
			.min = 1,
			.max = CPU_WEIGHT_MOST,
			.help = "CPU weight under contention; the default of others is 100 (cpu.weight)"}},
	[PLAN_LIMIT_IO_READ] = {.file = "io.max",
		.instead = "docker run --device-read-bps",
		.degradable = PLAN_DEGRADABLE_IO,
		.controller = FACTS_CONTROLLER_IO,
		.format = LIMIT_RATE,
		.holds = LIMIT_EXACTLY,
		.word = "rbps",
		.seen = "devices",
		.report = "read_limit",
		.setting = {.key = "io_read",
			.type = SETTING_SIZE,
			.flags = SETTING_NONE,
			FIELD(io_read),
			.arg = "RATE",
			.min = 1,
			.help = "read limit in bytes per second, for each disk that a mount lies on (io.max)"}},
	/* What is written goes to the page cache first; only with both can the kernel say whose it was. */
	[PLAN_LIMIT_IO_WRITE] = {.file = "io.max",
		.instead = "docker run --device-write-bps",
		.degradable = PLAN_DEGRADABLE_IO,
		.controller = FACTS_CONTROLLER_IO,
		.also = FACTS_CONTROLLER_MEMORY,
		.format = LIMIT_RATE_WRITTEN,
		.holds = LIMIT_EXACTLY,
		.word = "wbps",
		.seen = "devices",
		.report = "write_limit",
		.setting = {.key = "io_write",
			.type = SETTING_SIZE,
			.flags = SETTING_NONE,
			FIELD(io_write),
			.arg = "RATE",
			.min = 1,
			.help = "write limit in bytes per second, for each disk that a writable mount lies on (io.max)"}},
};

#define BIT(what) (1U << PLAN_DEGRADABLE_##what)

/* name, value */
const struct setting_choice limit_degradables[PLAN_DEGRADABLE_COUNT + 3] = {
	[PLAN_DEGRADABLE_MEMORY] = {"memory", BIT(MEMORY), NULL, 0},
	[PLAN_DEGRADABLE_SWAP] = {"swap", BIT(SWAP), NULL, 0},
	[PLAN_DEGRADABLE_PIDS] = {"pids", BIT(PIDS), NULL, 0},
	[PLAN_DEGRADABLE_CPU] = {"cpu", BIT(CPU), NULL, 0},
	[PLAN_DEGRADABLE_DISK] = {"disk", BIT(DISK), NULL, 0},
	[PLAN_DEGRADABLE_IO] = {"io", BIT(IO), NULL, 0},
	[PLAN_DEGRADABLE_LANDLOCK] = {"landlock", BIT(LANDLOCK), NULL, 0},
	[PLAN_DEGRADABLE_EXPLAIN] = {"explain", BIT(EXPLAIN), NULL, 0},
	[PLAN_DEGRADABLE_NETWORK] = {"network", BIT(NETWORK), NULL, 0},
	[PLAN_DEGRADABLE_COUNT] = {"limits", LIMIT_DEGRADABLES, NULL, 0},
	[PLAN_DEGRADABLE_COUNT + 1] = {"none", 0, NULL, 0}, /* takes back what was allowed before it */
};

const struct limit_controller limit_controllers[LIMIT_CONTROLLERS] = {
	{FACTS_CONTROLLER_MEMORY, "memory"},
	{FACTS_CONTROLLER_PIDS, "pids"},
	{FACTS_CONTROLLER_CPU, "cpu"},
	{FACTS_CONTROLLER_IO, "io"},
};

const char *limit_degradable_name(enum plan_degradable what)
{
	return limit_degradables[what].name;
}

void limit_degradable_names(unsigned bits, const char *separator, char *text, size_t size)
{
	struct words words = {text, size, 0};

	text[0] = '\0';
	for (unsigned i = 0; i < PLAN_DEGRADABLE_COUNT; i++)
		if ((bits & (1U << i)) != 0)
			words_put(&words, "%s%s", words.used > 0 ? separator : "", limit_degradable_name(i));
}

const struct limit *limit_of_setting(const struct setting *setting)
{
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++)
		if (&limit_rows[i].setting == setting)
			return &limit_rows[i];
	return NULL;
}

uint64_t *limit_field(const struct plan_limits *limits, const struct limit *limit)
{
	return (uint64_t *)((uintptr_t)limits + limit->setting.offset - offsetof(struct plan, limits));
}

bool limit_is_asked_for(const struct plan_limits *limits, const struct limit *limit)
{
	return *limit_field(limits, limit) != limit->setting.unset;
}

bool limit_is_enforced(const struct plan_limits *limits, unsigned degraded, const struct limit *limit)
{
	return limit_is_asked_for(limits, limit) && (degraded & (1u << limit->degradable)) == 0;
}

bool limit_is_rate(const struct limit *limit)
{
	return limit->format == LIMIT_RATE || limit->format == LIMIT_RATE_WRITTEN;
}

bool limit_shares_file(const struct limit *limit)
{
	return limit != limit_rows && strcmp(limit->file, (limit - 1)->file) == 0;
}

const struct limit *limit_next_of_file(const struct limit *limit)
{
	const struct limit *next = limit + 1;

	return next < limit_rows + PLAN_LIMIT_COUNT && limit_shares_file(next) ? next : NULL;
}
