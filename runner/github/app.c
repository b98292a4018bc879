#include "runner/github/app.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/json_file.h"
#include "runner/github/app_jwt.h"
#include "runner/github/errors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIFE_MAX_S 3600
#define MARGIN_S 300 /* before its end, for a call that takes long */
#define FRESH_NS (10 * NS_PER_S)
#define SKEW_LEAST_S 30 /* less is not what a token was refused for */

static int64_t boot_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now); /* a token ages while the host sleeps */
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

struct signing {
	const struct app *app;
	struct secret jwt;
};

/* For each try, which the one before may have kept waiting for longer than a token lasts. */
static int sign(void *context, struct error *err)
{
	struct signing *signing = context;
	const struct app *app = signing->app;

	secret_free(&signing->jwt);
	return app_jwt(&signing->jwt, app->id, app->key, time(NULL) + app->ahead_s, err);
}

static int call_once(struct app *app, const char *method, const char *path, const json_t *body, int64_t bound_ns,
	struct github_reply *reply, struct error *err)
{
	struct signing signing = {.app = app};
	_cleanup_(github_close) struct github github = {.as = GITHUB_AS_APP, .before_try = sign, .context = &signing};
	int called = github_open(&github, app->api, GITHUB_BEARER, &signing.jwt, app->stop, err);

	if (called == 0)
		called = github_call(&github, method, path, body, bound_ns, reply, err);
	secret_free(&signing.jwt);
	return called;
}

/* One call as the App. Where GitHub's clock is another than ours, once more by its time. As github_call(). */
static int call(struct app *app, const char *method, const char *path, const json_t *body, int64_t bound_ns,
	struct github_reply *reply, struct error *err)
{
	const int64_t end = clock_monotonic_ns() + bound_ns;

	for (int tries = 0;; tries++) {
		int64_t ahead_s;

		if (call_once(app, method, path, body, end - clock_monotonic_ns(), reply, err) < 0)
			return -1;
		ahead_s = reply->date_s != 0 ? reply->date_s - time(NULL) : app->ahead_s;
		if (reply->status != 401 || tries > 0 || llabs(ahead_s - app->ahead_s) < SKEW_LEAST_S)
			return 0;
		app->ahead_s = ahead_s;
		github_reply_free(reply);
	}
}

static int refused(const struct app *app, const struct github_reply *reply, struct error *err)
{
	_cleanup_(freep) char *what = format("GitHub App %s", app->id);

	github_explain(what != NULL ? what : "GitHub App", reply, err);
	if (reply->status == 404) {
		error_set(err, 0, "GitHub App %s: not installed for %s: HTTP 404", app->id, app->entity);
		error_hint(err, "install it there, or correct GITHUB_URL");
	}
	return github_is_final(reply) ? GITHUB_REFUSED : -1;
}

static int find_installation(struct app *app, int64_t bound_ns, json_int_t *id, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/installation", app->entity);
	_cleanup_(github_reply_free) struct github_reply reply = {0};

	if (path == NULL)
		return error_set(err, ENOMEM, "GitHub App");
	if (call(app, "GET", path, NULL, bound_ns, &reply, err) < 0)
		return -1;
	if (reply.status != 200)
		return refused(app, &reply, err);
	*id = json_integer_value(json_object_get(reply.body, "id"));
	return *id > 0 ? 0 : error_set(err, 0, "GitHub App %s: the answer contains no installation", app->id);
}

/* What the token may do: what runners require, and for a repository there alone. Of an enterprise's, all that the App
 * may: GitHub names no permission for it. */
static json_t *narrowed(const struct app *app)
{
	if (strncmp(app->entity, "/repos/", 7) == 0)
		return json_pack("{s:[s], s:{s:s}}", "repositories", strrchr(app->entity, '/') + 1, "permissions",
			"administration", "write");
	if (strncmp(app->entity, "/orgs/", 6) == 0)
		return json_pack("{s:{s:s}}", "permissions", "organization_self_hosted_runners", "write");
	return json_object();
}

static int64_t seconds_left(const struct github_reply *reply)
{
	const char *text = json_string_value(json_object_get(reply->body, "expires_at"));
	struct tm until = {0};
	int64_t left = LIFE_MAX_S;

	if (text != NULL && strptime(text, "%Y-%m-%dT%H:%M:%S", &until) != NULL)
		left = timegm(&until) - (reply->date_s != 0 ? reply->date_s : time(NULL));
	return left < 0 ? 0 : left < LIFE_MAX_S ? left : LIFE_MAX_S;
}

static int take(struct app *app, const struct github_reply *reply, struct error *err)
{
	const json_t *text = json_object_get(reply->body, "token");
	const int64_t left_s = seconds_left(reply);

	if (!json_is_string(text))
		return error_set(err, 0, "GitHub App %s: the answer contains no token", app->id);
	secret_free(&app->token);
	if (secret_set(&app->token, json_string_value(text), json_string_length(text), err) < 0)
		return -1;
	if (secret_check_token(&app->token, err) < 0) {
		secret_free(&app->token);
		return error_context(err, "GitHub App %s", app->id);
	}
	app->given_ns = boot_ns();
	app->renew_ns = app->given_ns + (left_s > 2 * MARGIN_S ? left_s - MARGIN_S : left_s / 2) * NS_PER_S;
	return 0;
}

static int renew(void *context, bool anew, int64_t bound_ns, struct error *err)
{
	const int64_t end = clock_monotonic_ns() + bound_ns;
	struct app *app = context;
	_cleanup_(github_reply_free) struct github_reply reply = {0};
	_cleanup_(json_drop) json_t *body = NULL;
	_cleanup_(freep) char *path = NULL;
	json_int_t id = 0;
	int found;

	if (!anew && app->token.text != NULL && boot_ns() < app->renew_ns)
		return 0;
	secret_free(&app->token); /* the process that signs needs no copy of it */
	found = find_installation(app, bound_ns, &id, err);
	if (found < 0)
		return found;
	path = format("/app/installations/%lld/access_tokens", (long long)id);
	body = narrowed(app);
	if (path == NULL || body == NULL)
		return error_set(err, ENOMEM, "GitHub App");
	if (call(app, "POST", path, body, end - clock_monotonic_ns(), &reply, err) < 0)
		return -1;
	return reply.status == 201 ? take(app, &reply, err) : refused(app, &reply, err);
}

static bool is_fresh(const void *context)
{
	const struct app *app = context;

	return app->token.text != NULL && boot_ns() - app->given_ns < FRESH_NS;
}

int app_open(struct github *github, struct app *app, const char *api, const char *entity, struct stop *stop,
	struct error *err)
{
	if (app->entity == NULL || strcmp(app->entity, entity) != 0) {
		app_free(app);
		app->entity = strdup(entity);
		if (app->entity == NULL)
			return error_set(err, ENOMEM, "GitHub App");
	}
	app->api = api;
	app->stop = stop;
	github->as = GITHUB_AS_INSTALLATION;
	github->renew = renew;
	github->is_fresh = is_fresh;
	github->renews = app;
	return github_open(github, api, GITHUB_BEARER, &app->token, stop, err);
}

void app_free(struct app *app)
{
	secret_free(&app->token);
	free(app->entity);
	app->entity = NULL;
	app->renew_ns = app->given_ns = 0;
}
