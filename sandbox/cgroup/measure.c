/* Peaks and counters of a leaf, read when its processes are gone and it is not. */
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/cgroup/parse.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <string.h>

#define TEXT_MAX ((size_t)1 << 20)

void cgroup_measure(const struct cgroup *cgroup, struct outcome *outcome)
{
	uint64_t memory = 0, usec = 0;
	const struct {
		const char *file, *key;
		uint64_t *value;
		uint64_t (*parse)(const char *text, const char *key);
	} table[] = {
		{"memory.peak", "", &memory, cgroup_parse_number},
		{"memory.swap.peak", "", &outcome->swap_peak, cgroup_parse_number},
		{"memory.events", "oom_kill", &outcome->oom_kills, cgroup_parse_number},
		{"memory.events", "oom", &outcome->memory_oom, cgroup_parse_number},
		{"memory.events", "high", &outcome->memory_high_events, cgroup_parse_number},
		{"pids.peak", "", &outcome->pids_peak, cgroup_parse_number},
		{"pids.events", "max", &outcome->pids_refused, cgroup_parse_number},
		{"cpu.stat", "usage_usec", &usec, cgroup_parse_number},
		{"cpu.stat", "throttled_usec", &outcome->cpu_throttled_usec, cgroup_parse_number},
		{"io.stat", "rbytes", &outcome->io_read, cgroup_parse_io},
		{"io.stat", "wbytes", &outcome->io_written, cgroup_parse_io},
	};

	_cleanup_(freep) char *text = NULL;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct error ignored; /* the controller is not there: nothing to measure */
		size_t len;

		if (i == 0 || strcmp(table[i].file, table[i - 1].file) != 0) {
			freep(&text);
			if (read_file_at(cgroup->dirfd, table[i].file, TEXT_MAX, &text, &len, &ignored) < 0)
				text = NULL;
		}
		if (text != NULL)
			*table[i].value = table[i].parse(text, table[i].key);
	}
	if (memory != 0) {
		outcome->memory_peak = memory;
		outcome->memory_peak_is_rss = false;
	}
	if (usec != 0)
		outcome->cpu_usec = usec;
}
