#include "tests/hub/server.h"

#include "tests/hub/auth.h"
#include "tests/hub/faults.h"
#include "tests/hub/memory.h"
#include "tests/hub/ratelimit.h"
#include "tests/hub/requests.h"
#include "tests/hub/routes.h"

#include <errno.h>
#include <string.h>

#define BODY_MAX ((size_t)16 << 20)
#define IDLE_TIMEOUT_S 300u

/* What every call of the REST API must pass before it is looked at. Lock held. */
static bool api_admits(struct call *call)
{
	static const char no_agent[] =
		"Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\r\n";
	const char *agent = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_USER_AGENT);

	if (!rates_count(call))
		return false;
	if (agent == NULL || *agent == '\0') {
		call_text(call, MHD_HTTP_FORBIDDEN, no_agent, sizeof no_agent - 1);
		return false;
	}
	return true;
}

static void dispatch(struct call *call, const struct route *route)
{
	store_lock(call->store);
	if (route_is_api(call->url) && !api_admits(call))
		; /* answered */
	else if (route == NULL)
		call_error(call, MHD_HTTP_NOT_FOUND, "Not Found");
	else if (call->body_too_long)
		call_error(call, MHD_HTTP_CONTENT_TOO_LARGE, "Payload too large");
	else if (auth_check(call, route->allow))
		route->handle(call);
	store_changed(call->store);
	store_unlock(call->store);
}

static enum MHD_Result answer(struct call *call, const struct route *route)
{
	bool for_tests = strncmp(call->url, "/_hub/", 6) == 0;
	json_t *after = NULL;
	enum fault_stage stage = for_tests ? FAULT_NONE : faults_before(call, &after);

	if (stage == FAULT_NONE || stage == FAULT_AFTER)
		dispatch(call, route);
	if (stage == FAULT_AFTER)
		faults_after(call, after);
	if (!for_tests)
		requests_add(call, stage != FAULT_NONE);
	return call_send(call);
}

/* One call of the application: first with the headers, then with each piece of the body, last with its end. */
struct progress {
	struct call *call;
	const struct route *route;
};

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
	const char *version, const char *data, size_t *data_len, void **state)
{
	struct progress *progress = *state;

	(void)version;
	if (progress == NULL) {
		progress = must(calloc(1, sizeof *progress));
		progress->call = call_new(cls, connection, method, url);
		auth_parse(progress->call);
		progress->route = route_find(progress->call);
		*state = progress;
		return MHD_YES;
	}
	if (*data_len > 0) {
		size_t max = progress->route != NULL && progress->route->body_max != 0 ? progress->route->body_max
										       : BODY_MAX;

		call_add_body(progress->call, data, *data_len, max);
		*data_len = 0;
		return MHD_YES;
	}
	return answer(progress->call, progress->route);
}

static void on_completed(
	void *cls, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
	struct progress *progress = *state;

	(void)cls;
	(void)connection;
	(void)code;
	if (progress != NULL) {
		call_free(progress->call);
		free(progress);
	}
	*state = NULL;
}

struct MHD_Daemon *server_start(
	struct store *store, const struct sockaddr_in *address, uint16_t *port, struct error *err)
{
	const union MHD_DaemonInfo *info;
	struct MHD_Daemon *daemon;

	errno = 0;
	daemon = MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
					  MHD_USE_ERROR_LOG | MHD_ALLOW_UPGRADE,
		ntohs(address->sin_port), NULL, NULL, on_request, store, MHD_OPTION_SOCK_ADDR,
		(const struct sockaddr *)address, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S, MHD_OPTION_END);
	if (daemon == NULL) {
		error_set(err, errno, "cannot listen");
		return NULL;
	}
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	*port = info == NULL ? ntohs(address->sin_port) : info->port;
	return daemon;
}

void server_stop(struct store *store, struct MHD_Daemon *daemon)
{
	store_lock(store);
	store->stopping = true;
	store_changed(store);
	store_unlock(store);
	MHD_stop_daemon(daemon);
}
