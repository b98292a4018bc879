/* What an entrypoint has put up, and what it leaves to the runtime around it. */
#pragma once

#include "policy/plan.h"
#include "sandbox/entrypoint.h"
#include "sandbox/outcome.h"

void container_protections(const struct plan *plan, const struct entrypoint *entrypoint, struct outcome *outcome);
