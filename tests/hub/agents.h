/* Registrations of the v1 flow: pools and agents (actions/runner
 * src/Sdk/DTGenerated/Generated/TaskAgentHttpClientBase.cs). Handlers of routes.c: lock held. */
#pragma once

#include "tests/hub/call.h"

void agents_pools(struct call *call);
void agents_list(struct call *call);
void agents_add(struct call *call);
void agents_replace(struct call *call);
void agents_delete(struct call *call);

/* The packages of the runner that a job's Worker asks for to warn of an old one: none. */
void agents_packages(struct call *call);
