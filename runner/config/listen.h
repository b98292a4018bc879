/* COFFERDAM_LISTEN: where metrics and the status page are served. Pure, but for listen_open(). */
#pragma once

#include "common/error.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define LISTEN_DEFAULT "127.0.0.1:9464"
#define LISTEN_TEXT_SIZE 64

struct listen {
	bool is_off;   /* "none" */
	bool is_given; /* by the variable; else it is the default */
	bool is_remote;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
};

/* Parses "ADDRESS:PORT", with an IPv6 address in brackets, or localhost for 127.0.0.1; or "none". An address that
 * others can reach is refused unless it stands behind "remote:", for the page names repositories and jobs to whoever
 * asks. Port 0: one that is free. */
int listen_parse(const char *text, struct listen *listen, struct error *err);

/* Opens the socket; `text` gets its address with the port. Returns the descriptor, or -1. */
int listen_open(const struct listen *listen, char text[LISTEN_TEXT_SIZE], struct error *err);

/* Whether a request that came for this Host (a header, or NULL) is for us. A web page elsewhere can have its own name
 * resolved to 127.0.0.1, and then read what is served there. */
bool listen_is_host(const char *host);
