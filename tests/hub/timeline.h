/* What a job of the v1 flow says of itself: the records of its timelines, its logs, its end (actions/runner
 * src/Runner.Common/JobServer.cs, src/Sdk/DTWebApi/WebApi/TimelineRecord.cs). Handlers of routes.c: lock held. */
#pragma once

#include "tests/hub/call.h"

void timeline_add(struct call *call);
void timeline_get(struct call *call);
void timeline_update(struct call *call);
void timeline_feed(struct call *call);
void timeline_attach(struct call *call);
void timeline_add_log(struct call *call);
void timeline_append_log(struct call *call);
void timeline_event(struct call *call);
