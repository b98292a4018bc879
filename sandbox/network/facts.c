#include "sandbox/network/facts.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/network/rtnetlink.h"
#include "sandbox/process/program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define RESOLV_CONF_MAX 65536

static int detect_tun(void)
{
	_cleanup_(close_fd) int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? errno : 0;
}

/* Rules without them would let the job reach this host: not known is as good as missing. */
static int detect_routes(struct facts_network *facts, struct error *err)
{
	struct error why;

	if (rtnetlink_ask(&facts->routes, &why) == 0)
		return 0;
	facts->routes_missing = strdup(why.text);
	return facts->routes_missing == NULL ? error_set(err, ENOMEM, "network open") : 0;
}

int network_facts_detect(struct facts_network *facts, struct error *err)
{
	struct error ignored; /* no resolv.conf: the C library has a default, and so have we */
	size_t len;

	*facts = (struct facts_network){.tun_errnum = detect_tun()};
	facts->pasta = program_find("pasta");
	facts->nft = program_find("nft");
	if (detect_routes(facts, err) < 0)
		return -1;
	if (read_file_at(AT_FDCWD, "/etc/resolv.conf", RESOLV_CONF_MAX, &facts->resolv_conf, &len, &ignored) < 0)
		facts->resolv_conf = strdup("");
	return facts->resolv_conf == NULL ? error_set(err, ENOMEM, "network open") : 0;
}

void network_facts_free(struct facts_network *facts)
{
	free(facts->pasta);
	free(facts->nft);
	egress_routes_free(&facts->routes);
	free(facts->routes_missing);
	free(facts->resolv_conf);
	*facts = (struct facts_network){0};
}
