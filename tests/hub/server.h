/* From a connection to a route and back. */
#pragma once

#include "common/error.h"
#include "tests/hub/store.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdint.h>

/* Listens on `address` (port 0: any free one) and serves with a thread per connection, until server_stop().
 * *port: the port in use. NULL with `err` set on failure. */
struct MHD_Daemon *server_start(
	struct store *store, const struct sockaddr_in *address, uint16_t *port, struct error *err);

/* Ends the calls that wait, then the server. */
void server_stop(struct store *store, struct MHD_Daemon *daemon);
