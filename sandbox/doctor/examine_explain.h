/* Examines whether denied calls can be reported.
 * Only one filter can have a listener, and an outer one may have it.
 * Runs in: launcher */
#pragma once

#include "sandbox/doctor/examination.h"

/* For a launch that wants denials named: adds a row, of state `missing`, where this host, or what is around us, has no
 * listener for it. */
void examine_explain(struct examination *exam, enum probe_state missing);
