/* Tells whether a variable looks like a secret: the one table of such names and values. Pure. */
#pragma once

#include <stdbool.h>

/* By the words of its name (at '_', at other signs and in camelCase, without regard to case), or by its value: a URL
 * with a password in it, a private key, a token of a known form. It errs towards secrets, and cannot know one that has
 * neither a name nor a form. */
bool secret_like(const char *name, const char *value);

/* The same for a name that stands before a value inside of a variable: {"pass": …}, Password = …. A lone "key" is none
 * there, nor is a key whose value is a path. */
bool secret_like_within(const char *name, const char *value);
