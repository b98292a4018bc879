/* The administrator's REST API (facts 1.d.1): tokens, runners, groups.
 * Handlers of routes.c: called with the lock held, they set the call's answer. */
#pragma once

#include "tests/hub/call.h"

void rest_registration_token(struct call *call);
void rest_remove_token(struct call *call);
void rest_list_runners(struct call *call);
void rest_get_runner(struct call *call);
void rest_delete_runner(struct call *call);
void rest_get_labels(struct call *call);
void rest_runner_groups(struct call *call);
void rest_downloads(struct call *call);
