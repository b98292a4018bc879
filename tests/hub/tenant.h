/* The tenant URL of the older services, of which a v2 runner still asks the one anonymous question where things are. */
#pragma once

#include "tests/hub/call.h"

/* Handler of GET /tenant/_apis/connectionData. */
void tenant_connection_data(struct call *call);

/* The tenant's URL, with the slash at its end. The caller frees. */
char *tenant_url(const struct store *store);
