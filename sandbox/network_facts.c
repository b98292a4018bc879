#include "sandbox/network_facts.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/program.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

#define RESOLV_CONF_MAX 65536

static int look_for_tun(void)
{
	_cleanup_(close_fd) int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? errno : 0;
}

static uint8_t prefix_length(const uint8_t *mask, size_t size)
{
	uint8_t length = 0;

	for (size_t i = 0; i < size; i++)
		length = (uint8_t)(length + __builtin_popcount(mask[i]));
	return length;
}

/* False for what has no IP address. */
static bool read_address(const struct ifaddrs *entry, struct egress_prefix *address)
{
	const void *bytes, *mask = NULL;
	size_t size;

	if (entry->ifa_addr == NULL)
		return false;
	address->family = entry->ifa_addr->sa_family;
	if (address->family == AF_INET) {
		bytes = &((const struct sockaddr_in *)(const void *)entry->ifa_addr)->sin_addr;
		if (entry->ifa_netmask != NULL)
			mask = &((const struct sockaddr_in *)(const void *)entry->ifa_netmask)->sin_addr;
		size = 4;
	} else if (address->family == AF_INET6) {
		bytes = &((const struct sockaddr_in6 *)(const void *)entry->ifa_addr)->sin6_addr;
		if (entry->ifa_netmask != NULL)
			mask = &((const struct sockaddr_in6 *)(const void *)entry->ifa_netmask)->sin6_addr;
		size = 16;
	} else {
		return false;
	}
	memcpy(address->bytes, bytes, size);
	address->length = mask != NULL ? prefix_length(mask, size) : (uint8_t)(8 * size);
	return true;
}

static int look_for_addresses(struct facts_network *facts, struct error *err)
{
	struct ifaddrs *list;
	size_t n = 0;

	if (getifaddrs(&list) < 0)
		return error_set(err, errno, "network open: the host's addresses");
	for (const struct ifaddrs *entry = list; entry != NULL; entry = entry->ifa_next)
		n++;
	facts->addresses = calloc(n + 1, sizeof facts->addresses[0]);
	for (const struct ifaddrs *entry = list; facts->addresses != NULL && entry != NULL; entry = entry->ifa_next)
		if (read_address(entry, &facts->addresses[facts->n_addresses]))
			facts->n_addresses++;
	freeifaddrs(list);
	return facts->addresses == NULL ? error_set(err, ENOMEM, "network open") : 0;
}

int network_facts_look(struct facts_network *facts, struct error *err)
{
	struct error ignored; /* no resolv.conf: the C library has a default, and so have we */
	size_t len;

	*facts = (struct facts_network){.tun_errnum = look_for_tun()};
	facts->pasta = program_find("pasta");
	facts->nft = program_find("nft");
	if (look_for_addresses(facts, err) < 0)
		return -1;
	if (read_file_at(AT_FDCWD, "/etc/resolv.conf", RESOLV_CONF_MAX, &facts->resolv_conf, &len, &ignored) < 0)
		facts->resolv_conf = strdup("");
	return facts->resolv_conf == NULL ? error_set(err, ENOMEM, "network open") : 0;
}

void network_facts_free(struct facts_network *facts)
{
	free(facts->pasta);
	free(facts->nft);
	free(facts->addresses);
	free(facts->resolv_conf);
	*facts = (struct facts_network){0};
}
