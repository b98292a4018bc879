/* /proc inside: a fresh procfs of the new PID namespace, with what speaks of the whole machine masked. proc(5). */
#pragma once

#include "common/error.h"
#include "sandbox/mask.h"

int proc_mount(int rootfd, struct mask *mask, struct error *err);
