/* The standard phrases of messages, each in one wording.
 *
 * A message is `object: problem (remedy)`. The problem is one of these phrases wherever one fits, so that a user who
 * has understood it once understands it everywhere, and a script can match it:
 *
 *   unknown X                     a name that is not in the list of names
 *   requires X                    something else has to be there, too
 *   requires a value              an option without its argument, or with it:
 *   does not take a value
 *   expected X                    another form; in the remedy where the problem is said already
 *   must be X                     a value of the right form that is out of range
 *   not a X                       a value of the wrong form
 *   given more than once          X and Y exclude each other; more than N X; unexpected argument
 *   not supported yet             planned; `not supported`: not planned
 *   not available on this host    the kernel, the container or a missing program; where else it lacks, that is named
 *   refusing to X                 possible, and not done
 *   cannot X                      not possible
 *
 * Phrases without a variable part are macros. tests/lint-phrases refuses other wordings of all of them. */
#pragma once

#define PHRASE_UNKNOWN_OPTION "unknown option"
#define PHRASE_UNEXPECTED_ARGUMENT "unexpected argument"
#define PHRASE_REQUIRES_VALUE "requires a value"
#define PHRASE_TAKES_NO_VALUE "does not take a value"
#define PHRASE_GIVEN_AGAIN "given more than once"
#define PHRASE_EXCLUDE "exclude each other"
#define PHRASE_NOT_YET "not supported yet"
#define PHRASE_NOT_HERE "not available on this host"
#define PHRASE_REFUSING_ROOT "refusing to run as root"
