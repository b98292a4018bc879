/* The tenant URL of the older services: where things are, which any runner asks anonymously, and the two of them that
 * a v2 runner still calls (actions/runner src/Sdk/DTGenerated/Generated/TaskAgentHttpClientBase.cs). */
#pragma once

#include "tests/hub/call.h"

/* Where the calls are; connection data tells the runner. */
#define TENANT_CONFIG_PATH "/_apis/distributedtask/runnerconfig/"
#define TENANT_AGENTS_PATH "/_apis/distributedtask/pools/"
#define TENANT_PACKAGES_PATH "/_apis/distributedtask/packages/"
#define TENANT_PLANS_PATH "/_apis/distributedtask/plans/"

/* Answers an error by the name that the client has for it. */
void tenant_refuse(struct call *call, unsigned int status, const char *kind, const char *message);

/* A list in the wrapper that all lists have. Consumes it. */
json_t *tenant_collection(json_t *list);

/* Handler of GET /tenant/_apis/connectionData. */
void tenant_connection_data(struct call *call);

/* Handler of POST /tenant/…/runnerconfig/ID/KIND, the answer to RunnerRefreshConfig: the runner's file of that kind, in
 * base64, comes back with what has changed. Credentials get the second place for access tokens: auth migration. */
void tenant_refresh_config(struct call *call);

/* Handler of PUT /tenant/…/pools/POOL/agents/ID/updates: how an update, or a new configuration, went. */
void tenant_agent_update(struct call *call);

/* The tenant's URL, with the slash at its end. The caller frees. */
char *tenant_url(const struct store *store);
