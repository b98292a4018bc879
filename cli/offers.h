/* The options of a subcommand from all tables, for completions and man pages. */
#pragma once

#include "cli/subcommands.h"

#define OFFER_NAME_MAX 80
#define OFFER_WORDS_MAX 256

struct offer {
	char name[OFFER_NAME_MAX];   /* without the dashes */
	char letter;                 /* of the short form, or 0 */
	char arg[OFFER_WORDS_MAX];   /* the word for the value; "" for a flag */
	char words[OFFER_WORDS_MAX]; /* possible values, separated by blanks */
	bool path;                   /* the value can also be a file or directory */
	bool images;                 /* … or image:NAME */
	bool repeated;
	const char *help;
};

typedef void offer_fn(const struct offer *offer, void *context);

/* Calls `each` for every option in the order of the help, --help last. */
void offers(const struct cli_subcommand *subcommand, offer_fn *each, void *context);

/* Sets `words` to the possible operands, as above. Returns whether a file or directory is possible too. */
bool offers_operand(const struct cli_subcommand *subcommand, char words[OFFER_WORDS_MAX]);
