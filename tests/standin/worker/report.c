#include "tests/standin/worker/report.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/http.h"
#include "tests/standin/worker/expression_functions.h"
#include "tests/standin/worker/tokens.h"

#include <string.h>

/* The job's outputs: expressions over steps.*.outputs. One that holds a secret is left out, as in the official one. */
static json_t *job_outputs(struct work *work)
{
	struct expression_scope scope = work_scope(work);
	json_t *tokens = token_plain(field(work->message, "jobOutputs"));
	json_t *outputs = json_object(), *token;
	const char *name;
	struct error err;

	json_object_foreach (tokens, name, token) {
		json_t *value = expression_expand(token, &scope, &err);
		_cleanup_(freep) char *text = value == NULL ? NULL : expression_text(value);
		_cleanup_(freep) char *masked = text == NULL ? NULL : masks_apply(&work->log.masks, text);

		json_decref(value);
		if (text == NULL)
			job_log_print(&work->log, "##[warning]output '%s': %s", name, err.text);
		else if (strcmp(text, masked) != 0)
			job_log_print(&work->log, "##[warning]output '%s' holds a secret and is left out", name);
		else
			json_object_set_new(outputs, name, json_pack("{s:s}", "value", text));
	}
	json_decref(tokens);
	return outputs;
}

int report_job(struct work *work, const char *conclusion, struct error *err)
{
	_cleanup_(freep) char *url = format("%s/completejob", work->url);
	json_t *object = json_pack("{s:s, s:s, s:s, s:o, s:O, s:O}", "planId", work->plan_id, "jobId", work->job_id,
		"conclusion", conclusion, "outputs", job_outputs(work), "stepResults", work->step_results,
		"annotations", work->annotations);
	_cleanup_(freep) char *body = json_dumps(object, JSON_COMPACT);
	struct http_request request = {"POST", url, work->authorization, NULL, body, 30, NULL};
	long status = 0;
	int rc = -1;

	json_decref(object);
	if (url == NULL || body == NULL)
		return error_set(err, ENOMEM, "completejob");
	for (int tries = 0; tries < 5 && rc < 0; tries++) {
		if (tries > 0)
			sleep(1);
		rc = http_json(&request, NULL, &status, err);
		if (status >= 400 && status < 500)
			break;
	}
	return rc;
}
