/* Hostile mountinfo (a container's runtime and its mount points choose the text): reading ends, and what it says agrees
 * with itself. */
#include "sandbox/doctor/host.h"
#include "sandbox/doctor/host_mounts.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host_facts facts = {.proc = EPERM};
	struct host_finding finding = {.cause = ""};
	char *text = malloc(size + 1);

	CHECK(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	host_mounts_parse(text, &facts);
	CHECK((facts.proc_covered > 0) == (facts.proc_example[0] != '\0'));
	CHECK(facts.proc_covered == 0 || strncmp(facts.proc_example, "/proc/", 6) == 0);
	CHECK(facts.cgroup_mounted || !facts.cgroup_readonly);
	CHECK(host_proc(&facts, &finding) && finding.cause[0] != '\0' && finding.remedy[0] != '\0');
	free(text);
	return 0;
}
