/* Whether denied calls can be named: one filter has a listener, and one around us may be it. */
#pragma once

#include "sandbox/examine.h"

/* Adds a row where the profile wants denials named and this host, or what is around us, has no listener for it. */
void examine_explain(struct examination *exam, const char *profile);
