#include "tests/hub/tenant.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/memory.h"

#define INSTANCE "5f3c1f60-8a2e-4d0e-9d3a-7c0a5d1b2c3e"
#define OWNER "a85b8835-c1a1-4aac-ae97-1c3d0ba72dbd" /* the service that runners ask for (TaskResourceIds.AreaId) */
#define NOBODY "00000000-0000-0000-0000-000000000000"

char *tenant_url(const struct store *store)
{
	return must(format("%s/tenant/", store->settings.base));
}

void tenant_connection_data(struct call *call)
{
	_cleanup_(freep) char *url = tenant_url(call->store);
	json_t *user = must(json_pack("{s:s, s:s, s:s, s:b}", "id", NOBODY, "descriptor",
		"Microsoft.IdentityModel.Claims.ClaimsIdentity;anonymous", "providerDisplayName", "Anonymous",
		"isActive", 1));
	json_t *mapping = must(json_pack("{s:s, s:s, s:s, s:s}", "displayName", "Host Guid Access Mapping", "moniker",
		"HostGuidAccessMapping", "accessPoint", url, "serviceOwner", NOBODY));
	/* The services of the v1 flow would be listed here; this hub has none of them. */
	json_t *location = must(json_pack("{s:s, s:s, s:s, s:[o], s:b, s:i, s:i, s:[]}", "serviceOwner", OWNER,
		"defaultAccessMappingMoniker", "HostGuidAccessMapping", "webApplicationRelativeDirectory", "",
		"accessMappings", mapping, "clientCacheFresh", 0, "clientCacheTimeToLive", 3600, "lastChangeId", 1,
		"serviceDefinitions"));

	call_answer(call, MHD_HTTP_OK,
		must(json_pack("{s:o, s:O, s:s, s:s, s:s, s:o}", "authenticatedUser", user, "authorizedUser", user,
			"instanceId", INSTANCE, "deploymentId", INSTANCE, "deploymentType", "hosted",
			"locationServiceData", location)));
}
