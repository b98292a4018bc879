/* Decides when a slot's event loop has nothing left to wait for. */
#include "runner/slot/attend.h"

void attend_check_done(struct attend *attend)
{
	if (attend->listener == 0 && !attend->job.active)
		sd_event_exit(attend->event, 0);
}
