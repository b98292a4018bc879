/* The live log: a websocket (RFC 6455) over which a Worker sends the lines of its steps as they come, in the JSON of
 * actions/runner src/Sdk/DTWebApi/WebApi/TimelineRecordFeedLinesWrapper.cs. */
#pragma once

#include "tests/hub/call.h"

#define FEED_PATH "/_ws/ingest.sock"

/* Handler of GET FEED_PATH: 101, and then the connection's thread reads messages until either side ends it. The lines
 * are the live log of the job whose token it is; what comes when the job has ended is thrown away. */
void feed_open(struct call *call);
