/* Whose code a job runs, as far as its message says. Pure. */
#pragma once

#include "runner/worker/message.h"

/* SUBJECT_SOURCE_COUNT is none of them. */
enum subject_source {
	SUBJECT_SOURCE_UNKNOWN,
	SUBJECT_SOURCE_OWN,  /* only who may write to the repository can have begun it, with code from there */
	SUBJECT_SOURCE_FORK, /* a pull request from another repository */
	SUBJECT_SOURCE_COUNT,
};

/* `github` is the dictionary contextData.github, `repository` what it says of itself. What is not known to be the
 * repository's own is unknown: an event that is not listed, or a pull request whose repository is gone. Of
 * workflow_run, issue_comment and the like it is unknown, too: they often handle what a fork has sent.
 * docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows */
enum subject_source source_of(struct message github, const char *repository);
