/* Answers of rtnetlink(7), however broken: reading ends, and what is kept is sorted, bounded and made of prefixes. */
#include "policy/egress/routes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static void check(const struct egress_prefixes *set)
{
	CHECK(set->n <= EGRESS_PREFIXES_MAX);
	for (size_t i = 0; i < set->n; i++) {
		CHECK(set->items[i].family == AF_INET || set->items[i].family == AF_INET6);
		CHECK(set->items[i].length <= egress_address_bits(set->items[i].family));
		CHECK(i == 0 || !egress_prefix_covers(&set->items[i - 1], &set->items[i]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct egress_routes routes = {0};
	struct error err = {0};

	if (egress_routes_read(&routes, data, size, 1, &err) < 0 || egress_routes_normalize(&routes, &err) < 0) {
		CHECK(err.text[0] != '\0');
	} else {
		check(&routes.host);
		check(&routes.lan);
	}
	egress_routes_free(&routes);
	return 0;
}
