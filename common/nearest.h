/* Finds the known name that a misspelt word probably stands for. Pure. */
#pragma once

#include "common/error.h"

#include <stddef.h>

/* Longer names and words are near nothing. */
#define NEAREST_NAME_MAX 40

struct nearest {
	const char *word;
	unsigned distance; /* of the best so far; more than any name can have: there is none */
	char name[NEAREST_NAME_MAX + 1];
};

/* Starts a search for `word`, which stays the caller's. */
void nearest_start(struct nearest *nearest, const char *word);

/* Offers a known name. The first of several equally near ones wins. */
void nearest_offer(struct nearest *nearest, const char *name);

/* Offers each name of a list such as "default, strict, job". */
void nearest_offer_list(struct nearest *nearest, const char *list);

/* Returns the nearest name, or NULL if none is near enough: a third of the letters may be wrong, missing, superfluous
 * or exchanged with their neighbours. Case does not count, and '_' is '-'. A name also is near its beginning of three
 * or more letters. */
const char *nearest_name(const struct nearest *nearest);

/* Sets the hint "did you mean PREFIXNAME?", followed by " OTHERWISE"; without a near name just OTHERWISE. OTHERWISE
 * may be "". Always -1. */
int nearest_hint(const struct nearest *nearest, const char *prefix, const char *otherwise, struct error *err);
