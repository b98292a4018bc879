/* A hostile line on the control socket, and a hostile file of pools: both end with a request or pools that hold what
 * they say, or with an error. What was parsed is formatted and parsed as the same again. */
#include "runner/config/pool_file.h"
#include "runner/control/request.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static void try_line(const char *line, size_t len)
{
	struct control_request request, again;
	char text[CONTROL_LINE_MAX];
	struct error err = {0};

	if (control_request_parse(&request, line, len, &err) < 0) {
		CHECK(err.text[0] != '\0');
		return;
	}
	CHECK(request.target[0] == '\0' || control_is_target(request.target));
	control_request_format(&request, text);
	CHECK(strlen(text) > 0 && text[strlen(text) - 1] == '\n');
	CHECK(control_request_parse(&again, text, strlen(text) - 1, &err) == 0);
	CHECK(again.verb == request.verb && strcmp(again.target, request.target) == 0 &&
		again.deadline_ns == request.deadline_ns);
}

static void try_file(const char *text, size_t len)
{
	const struct pool_file_facts facts = {.has_groups = len % 2 == 0};
	struct problems problems = {0};
	struct pools pools = {0};
	struct json_doc doc = {0};
	struct error err = {0};
	unsigned total = 0;

	if (json_doc_parse(&doc, "pools.json", text, len, &err) == 0 &&
		pool_file_parse(&pools, &doc, &facts, &problems) == 0) {
		CHECK(pools.n > 0 && problems.n == 0);
		for (size_t i = 0; i < pools.n; i++) {
			CHECK(control_is_target(pools.v[i].name) && pools.v[i].profile != NULL);
			CHECK(pools.v[i].rate >= 0 && pools.v[i].slots >= 1 && pools.v[i].max >= pools.v[i].slots);
			total += pools.v[i].max;
		}
		CHECK(total >= pools.n && total <= POOL_SLOTS_MAX);
	} else {
		CHECK(problems.n > 0 || err.text[0] != '\0');
	}
	pools_free(&pools);
	problems_free(&problems);
	json_doc_free(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size > 0 ? size : 1); /* just this size, without a NUL */

	CHECK(text != NULL);
	memcpy(text, data, size);
	try_line(text, size);
	try_file(text, size);
	free(text);
	return 0;
}
