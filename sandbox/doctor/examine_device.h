/* Examines a device that a launch grants.
 * Runs in: launcher */
#pragma once

#include "sandbox/doctor/examination.h"

/* Adds a row: whether the caller may open it. */
void examine_device(struct examination *exam, const char *path);
