/* Reads the file of pools again while slots run. */
#pragma once

#include "runner/config/problems.h"
#include "runner/slots.h"

/* Without a file only drained slots are started again. Reads and checks the whole file first: with any mistake nothing
 * changes, and `wrong` says why. Else slots are added, drained or told to take their pool's new settings between two
 * jobs, and drained ones are started again; `said` has a line for each pool that changed. 0 or -1. */
int reload(struct slots *slots, struct problems *said, struct problems *wrong);
