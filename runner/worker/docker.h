/* Whether a job message says that the job cannot do without Docker. Pure. */
#pragma once

#include "runner/worker/message.h"

/* What requires it. SUBJECT_DOCKER_COUNT is none of them. */
enum subject_docker {
	SUBJECT_DOCKER_NONE,
	SUBJECT_DOCKER_CONTAINER, /* `container:` of the job */
	SUBJECT_DOCKER_SERVICE,   /* one of its `services:` */
	SUBJECT_DOCKER_STEP,      /* a step that `uses: docker://IMAGE` */
	SUBJECT_DOCKER_COUNT,
};

/* Counts only what the message says in plain text: an expression may come to no image, which the Worker finds out. For
 * a step's image the Worker asks Docker whatever the step's condition comes to.
 * actions/runner: src/Sdk/DTPipelines/Pipelines/ObjectTemplating/PipelineTemplateConverter.cs (ConvertToJobContainer),
 * src/Runner.Worker/ActionManager.cs. */
enum subject_docker docker_required(struct message message);
