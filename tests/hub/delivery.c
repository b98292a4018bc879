#include "tests/hub/delivery.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/jobs.h"
#include "tests/hub/memory.h"
#include "tests/hub/message.h"
#include "tests/hub/notices.h"
#include "tests/hub/runners.h"
#include "tests/hub/runservice.h"

/* Consumes `body`. */
static json_t *message(const char *type, json_t *body)
{
	return must(json_pack("{s:s, s:o}", "type", type, "body", body));
}

static json_t *job_message(struct store *store, const struct job *job)
{
	_cleanup_(freep) char *url = must(format("%s/run/", store->settings.base));

	if (store->settings.older)
		return message("PipelineAgentJobRequest", message_json(store, job, run_job_token(store, job)));
	return message("RunnerJobRequest",
		must(json_pack("{s:s, s:s, s:b, s:s, s:s}", "id", job->request_id, "runner_request_id", job->request_id,
			"should_acknowledge", 1, "run_service_url", url, "billing_owner_id", "hub")));
}

static json_t *cancel_message(const struct job *job)
{
	int seconds = (int)job->cancel_s;
	_cleanup_(freep) char *timeout =
		must(format("%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60));

	return message("JobCancellation", must(json_pack("{s:s, s:s}", "jobId", job->job_id, "timeout", timeout)));
}

json_t *delivery_next(struct store *store, struct runner *runner, bool wants_job)
{
	struct job *job = runner_job(store, runner);
	json_t *notice;

	if (job != NULL && job->cancel && !job->cancel_sent && job->status == JOB_IN_PROGRESS) {
		job->cancel_sent = true;
		return cancel_message(job);
	}
	notice = notices_next(runner);
	if (notice != NULL)
		return notice;
	if (!wants_job || (job = job_for(store, runner)) == NULL)
		return NULL;
	job_offer(job, runner);
	return job_message(store, job);
}
