/* Reads a job message: JSON in UTF-16LE (actions/runner: src/Runner.Common/StreamString.cs). Pure, without memory of
 * its own and without recursion, because the texts are whatever a workflow says. A message that ends in the middle of
 * something ends every loop: MESSAGE_END is neither a quote nor a bracket. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MESSAGE_END (-1)
#define MESSAGE_KEY_SIZE 32 /* longer than any that is looked for */

/* What is still to be read; a copy is a place to come back to. Not owned. */
struct message {
	const unsigned char *at, *end;
};

/* The next code unit, or MESSAGE_END. */
int message_peek(const struct message *message);

/* Takes the next code unit that is not white space, or MESSAGE_END. */
int message_token(struct message *message);

/* Takes a string whose opening quote was taken, as UTF-8 without NUL and half pairs. `to` NULL: passes over it. False
 * where it does not end, or does not fit: then it is cut. */
bool message_string(struct message *message, char *to, size_t size);

/* Passes over one value, however deep it is, and over the comma behind it. */
void message_skip(struct message *message);

/* Enters an object and stops at the value of `key`. */
bool message_enter(struct message *message, const char *key);

/* Whether an element of the array stands there. message_skip() passes over it. */
bool message_has_element(const struct message *message);

/* The string at `key` of the object there. False as with message_string(), or if there is none. */
bool message_text(struct message message, const char *key, char *to, size_t size);
