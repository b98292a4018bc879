#include "tests/hub/faults.h"

#include "common/cleanup.h"
#include "tests/hub/clock.h"
#include "tests/hub/memory.h"

#include <stdlib.h>
#include <string.h>

#define API_BASE "/api/v3"

struct fault {
	struct fault *next;
	int64_t id;
	json_t *spec; /* as posted, checked */
	char *method; /* NULL: any */
	char *path;   /* prefix, without the base of the REST API */
	int64_t nth, times, every, seen;
};

struct faults {
	struct fault *first;
};

struct faults *faults_new(void)
{
	return must(calloc(1, sizeof(struct faults)));
}

static void clear(struct faults *faults)
{
	while (faults->first != NULL) {
		struct fault *fault = faults->first;

		faults->first = fault->next;
		json_decref(fault->spec);
		free(fault->method);
		free(fault->path);
		free(fault);
	}
}

void faults_free(struct faults *faults)
{
	clear(faults);
	free(faults);
}

static const char *without_base(const char *path)
{
	size_t len = strlen(API_BASE);

	return strncmp(path, API_BASE, len) == 0 && path[len] == '/' ? path + len : path;
}

/* Counts the call against the fault: true when this is one of those that it is meant for. */
static bool due(struct fault *fault, const struct call *call)
{
	const char *path = without_base(call->url);

	if (fault->method != NULL && strcmp(fault->method, call->method) != 0)
		return false;
	if (strncmp(path, fault->path, strlen(fault->path)) != 0)
		return false;
	fault->seen++;
	if (fault->seen < fault->nth || (fault->seen - fault->nth) % fault->every != 0)
		return false;
	return fault->times == 0 || (fault->seen - fault->nth) / fault->every < fault->times;
}

/* A copy of the specification of the first fault that is due, or NULL. The caller releases it. */
static json_t *due_fault(struct call *call)
{
	json_t *spec = NULL;

	store_lock(call->store);
	for (struct fault *fault = call->store->faults->first; fault != NULL; fault = fault->next)
		if (due(fault, call) && spec == NULL)
			spec = must(json_deep_copy(fault->spec));
	store_unlock(call->store);
	return spec;
}

static void wait_ms(struct call *call, int64_t ms)
{
	int64_t until = now_ns() + ms * (NS_PER_S / 1000);

	store_lock(call->store);
	while (store_wait(call->store, until))
		;
	store_unlock(call->store);
}

static void set_answer(struct call *call, json_t *spec, unsigned int status)
{
	json_t *body = json_object_get(spec, "body"), *value;
	const char *name;

	if (json_is_string(body))
		call_text(call, status, json_string_value(body), json_string_length(body));
	else
		call_answer(call, status, json_incref(body));
	json_object_foreach (json_object_get(spec, "headers"), name, value) {
		call_header(call, name, json_string_value(value));
	}
}

/* The answer, or none. */
static void play(struct call *call, json_t *spec)
{
	const json_t *drop = json_object_get(spec, "drop"), *status = json_object_get(spec, "status");

	if (json_is_true(drop) || json_is_string(drop))
		call->drop = true;
	else if (status != NULL)
		set_answer(call, spec, (unsigned int)json_integer_value(status));
}

enum fault_stage faults_before(struct call *call, json_t **after)
{
	json_t *spec = due_fault(call), *drop, *status;
	enum fault_stage stage = FAULT_NONE;

	if (spec == NULL)
		return FAULT_NONE;
	drop = json_object_get(spec, "drop");
	status = json_object_get(spec, "status");
	if (json_object_get(spec, "delay_ms") != NULL)
		wait_ms(call, json_integer_value(json_object_get(spec, "delay_ms")));
	if (json_is_string(drop) || json_is_true(json_object_get(spec, "effect")) ||
		json_object_get(spec, "late_ms") != NULL) {
		*after = spec;
		return FAULT_AFTER;
	}
	if (json_is_true(drop) || status != NULL) {
		play(call, spec);
		stage = FAULT_INSTEAD;
	}
	json_decref(spec);
	return stage;
}

void faults_after(struct call *call, json_t *after)
{
	if (json_object_get(after, "late_ms") != NULL)
		wait_ms(call, json_integer_value(json_object_get(after, "late_ms")));
	play(call, after);
	json_decref(after);
}

static bool number_between(json_t *spec, const char *key, json_int_t min, json_int_t max)
{
	const json_t *value = json_object_get(spec, key);

	return value == NULL ||
	       (json_is_integer(value) && json_integer_value(value) >= min && json_integer_value(value) <= max);
}

/* NULL when the fault is good, otherwise what is wrong. */
static const char *check(json_t *spec)
{
	static const char *const known[] = {"method", "path", "nth", "times", "every", "status", "headers", "body",
		"delay_ms", "late_ms", "effect", "drop", NULL};
	const json_t *drop = json_object_get(spec, "drop"), *method = json_object_get(spec, "method");
	const json_t *effect = json_object_get(spec, "effect");
	const char *key;
	json_t *value;

	json_object_foreach (spec, key, value) {
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], key) != 0)
			i++;
		if (known[i] == NULL)
			return "a fault is made of method, path, nth, times, every, status, headers, body, delay_ms, late_ms, effect and drop";
	}
	if (!json_is_string(json_object_get(spec, "path")) || (method != NULL && !json_is_string(method)))
		return "path and method are strings, and path is required";
	if (!number_between(spec, "nth", 1, 1000000) || !number_between(spec, "times", 0, 1000000) ||
		!number_between(spec, "every", 1, 1000000) || !number_between(spec, "status", 200, 599) ||
		!number_between(spec, "delay_ms", 0, 600000) || !number_between(spec, "late_ms", 0, 600000))
		return "nth counts from 1, times from 0 (for ever), every from 1, status is 200 to 599, delay_ms and late_ms are at most 600000";
	if (effect != NULL && !json_is_boolean(effect))
		return "effect is true or false";
	if (drop != NULL && !json_is_boolean(drop) &&
		!(json_is_string(drop) && strcmp(json_string_value(drop), "after") == 0))
		return "drop is true, false or \"after\"";
	json_object_foreach (json_object_get(spec, "headers"), key, value) {
		if (!json_is_string(value))
			return "headers are strings";
	}
	if (json_object_get(spec, "status") == NULL && json_object_get(spec, "delay_ms") == NULL &&
		json_object_get(spec, "late_ms") == NULL && drop == NULL)
		return "a fault has status, delay_ms, late_ms or drop";
	return NULL;
}

static int64_t number_or(json_t *spec, const char *key, int64_t fallback)
{
	const json_t *value = json_object_get(spec, key);

	return value == NULL ? fallback : json_integer_value(value);
}

void faults_post(struct call *call)
{
	json_t *spec = call_json(call);
	struct fault *fault, **end = &call->store->faults->first;
	const char *wrong;

	if (spec == NULL)
		return;
	wrong = check(spec);
	if (wrong != NULL) {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "%s", wrong);
		return;
	}
	fault = must(calloc(1, sizeof *fault));
	fault->id = store_next_id(call->store);
	fault->spec = must(json_deep_copy(spec));
	fault->method = copy_text(json_string_value(json_object_get(spec, "method")));
	fault->path = copy_text(without_base(json_string_value(json_object_get(spec, "path"))));
	fault->nth = number_or(spec, "nth", 1);
	fault->times = number_or(spec, "times", 1);
	fault->every = number_or(spec, "every", 1);
	while (*end != NULL)
		end = &(*end)->next;
	*end = fault;
	call_answer(call, MHD_HTTP_CREATED, must(json_pack("{s:I}", "id", (json_int_t)fault->id)));
}

void faults_get(struct call *call)
{
	json_t *list = must(json_array());

	for (const struct fault *fault = call->store->faults->first; fault != NULL; fault = fault->next) {
		json_t *item = must(json_copy(fault->spec));

		json_object_set_new(item, "id", json_integer((json_int_t)fault->id));
		json_object_set_new(item, "seen", json_integer((json_int_t)fault->seen));
		json_array_append_new(list, item);
	}
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:o}", "faults", list)));
}

void faults_delete(struct call *call)
{
	clear(call->store->faults);
	call_answer(call, MHD_HTTP_NO_CONTENT, NULL);
}
