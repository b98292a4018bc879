#include "common/cleanup.h"
#include "common/io.h"
#include "policy/egress/egress.h"

#include <string.h>

/* In the order in which they were found to be understood by every version since 2023-03. */
static const char *const fixed[] = {
	"--foreground",
	"--quiet",
	"--config-net",
	/* The gateway is no way to the host's loopback; nothing of the job's can be reached from the host. */
	"--no-map-gw",
	"--tcp-ports",
	"none",
	"--udp-ports",
	"none",
	/* The kernel gets its addresses; it need not ask. (Without ICMP there would be no neighbour discovery.) */
	"--no-dhcp",
	"--no-dhcpv6",
	"--no-ra",
	"--ns-ifname",
	"eth0",
	"--address",
	EGRESS_ADDRESS4,
	"--netmask",
	EGRESS_PREFIX4,
	"--gateway",
	EGRESS_GATEWAY4,
	"--address",
	EGRESS_ADDRESS6,
	"--gateway",
	EGRESS_GATEWAY6,
	"--dns-forward",
	EGRESS_RESOLVER4,
	"--dns-forward",
	EGRESS_RESOLVER6,
	/* It is ended by the launcher, with the namespaces. Newer versions close every descriptor above 2. */
	"--no-netns-quit",
	"--pid",
	"/proc/self/fd/1",
	"--netns",
	"/proc/self/fd/0",
};
#define N_FIXED (sizeof fixed / sizeof fixed[0])

/* "8080,9090", each port once, or "none". */
static char *loopback_ports(const struct egress_open *opens, size_t n_opens)
{
	char *list = NULL;

	for (size_t i = 0; i < n_opens; i++) {
		bool seen = false;
		char *longer;

		for (size_t j = 0; j < i; j++)
			seen = seen || (opens[j].loopback && opens[j].port == opens[i].port);
		if (!opens[i].loopback || seen)
			continue;
		longer = format("%s%s%u", list != NULL ? list : "", list != NULL ? "," : "", opens[i].port);
		free(list);
		list = longer;
		if (list == NULL)
			return NULL;
	}
	return list != NULL ? list : strdup("none");
}

char **egress_helper(const char *pasta, const struct egress_open *opens, size_t n_opens)
{
	_cleanup_(freep) char *ports = loopback_ports(opens, n_opens);
	char **argv = calloc(N_FIXED + 6, sizeof *argv);
	size_t n = 0;

	if (argv == NULL || ports == NULL) {
		free(argv);
		return NULL;
	}
	argv[n++] = strdup(pasta);
	for (size_t i = 0; i < N_FIXED; i++)
		argv[n++] = strdup(fixed[i]);
	argv[n++] = strdup("--tcp-ns");
	argv[n++] = strdup(ports);
	argv[n++] = strdup("--udp-ns");
	argv[n++] = strdup(ports);
	for (size_t i = 0; i < n; i++)
		if (argv[i] == NULL) {
			argv[n] = NULL;
			for (size_t j = 0; j < n; j++)
				free(argv[j]);
			free(argv);
			return NULL;
		}
	return argv;
}

void egress_argv_free(char **argv)
{
	for (char **arg = argv; arg != NULL && *arg != NULL; arg++)
		free(*arg);
	free(argv);
}

void egress_free(struct egress *egress)
{
	free(egress->opens);
	free(egress->opens_origin);
	free(egress->rules);
	free(egress->resolv_conf);
	egress_argv_free(egress->helper);
	free(egress->nft);
	*egress = (struct egress){0};
}
