#include "policy/egress/embed.h"

#include "policy/egress/ranges.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

static const struct {
	uint8_t bytes[16];
	unsigned at; /* where the IPv4 address begins, in bytes */
} prefixes[] = {
	{{0x00, 0x64, 0xff, 0x9b}, 12},
	{{0x20, 0x02}, 2},
};
#define PREFIX_COUNT (sizeof prefixes / sizeof prefixes[0])

/* The address behind a prefix, and then `rest` in every byte. */
static const char *join(size_t prefix, const uint8_t ip4[4], uint8_t rest, char *text)
{
	uint8_t bytes[16];

	memcpy(bytes, prefixes[prefix].bytes, sizeof bytes);
	memset(bytes + prefixes[prefix].at, rest, sizeof bytes - prefixes[prefix].at);
	memcpy(bytes + prefixes[prefix].at, ip4, 4);
	return inet_ntop(AF_INET6, bytes, text, INET6_ADDRSTRLEN);
}

void egress_embed(FILE *out, const char *separator, const uint8_t ip4[4], unsigned length)
{
	for (size_t i = 0; i < PREFIX_COUNT; i++) {
		char text[INET6_ADDRSTRLEN];

		fprintf(out, "%s%s/%u", i == 0 ? separator : ", ", join(i, ip4, 0, text), prefixes[i].at * 8 + length);
	}
}

static void embed_range(FILE *out, const uint8_t first[4], const uint8_t last[4])
{
	for (size_t i = 0; i < PREFIX_COUNT; i++) {
		char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];

		fprintf(out, ", %s-%s", join(i, first, 0, from), join(i, last, 0xff, to));
	}
}

void egress_embed_list(FILE *out, const char *ip4)
{
	struct egress_element element;

	while (egress_element_next(&ip4, AF_INET, &element))
		if (element.length == 0)
			embed_range(out, element.first, element.last);
		else
			egress_embed(out, ", ", element.first, element.length);
}

const uint8_t *egress_embedded(const uint8_t *ip6)
{
	for (size_t i = 0; i < PREFIX_COUNT; i++)
		if (memcmp(ip6, prefixes[i].bytes, prefixes[i].at) == 0)
			return ip6 + prefixes[i].at;
	return NULL;
}
