#include "sandbox/sudo/options.h"

#include <string.h>

enum takes { TAKES_NOTHING, TAKES_VALUE, TAKES_OPTIONAL /* --long=VALUE only */ };

enum does {
	DOES_FLAG,
	DOES_IGNORE, /* there is never a password to ask for */
	DOES_USER,
	DOES_GROUP,
	DOES_DIRECTORY,
	DOES_KEEP,
	DOES_FORGET,
	DOES_REMOVE,
	DOES_HELP,
	DOES_VERSION,
	DOES_REFUSE,
};

/* No pointers in it: nobody would relocate them. */
struct row {
	char letter;
	char name[20];
	enum takes takes;
	enum does does;
	uint32_t flag;
};

static const struct row rows[] = {
	{'A', "askpass", TAKES_NOTHING, DOES_IGNORE, 0},
	{'b', "background", TAKES_NOTHING, DOES_FLAG, SUDO_BACKGROUND},
	{'B', "bell", TAKES_NOTHING, DOES_IGNORE, 0},
	{'C', "close-from", TAKES_VALUE, DOES_REFUSE, 0},
	{'D', "chdir", TAKES_VALUE, DOES_DIRECTORY, 0},
	{'E', "preserve-env", TAKES_OPTIONAL, DOES_KEEP, SUDO_PRESERVE_ENV},
	{'e', "edit", TAKES_NOTHING, DOES_REFUSE, 0},
	{'g', "group", TAKES_VALUE, DOES_GROUP, 0},
	{'H', "set-home", TAKES_NOTHING, DOES_FLAG, SUDO_SET_HOME},
	{'h', "help", TAKES_NOTHING, DOES_HELP, 0},
	{0, "host", TAKES_VALUE, DOES_REFUSE, 0},
	{'i', "login", TAKES_NOTHING, DOES_FLAG, SUDO_LOGIN},
	{'K', "remove-timestamp", TAKES_NOTHING, DOES_REMOVE, 0},
	{'k', "reset-timestamp", TAKES_NOTHING, DOES_FORGET, 0},
	{'l', "list", TAKES_NOTHING, DOES_FLAG, SUDO_LIST},
	{'N', "no-update", TAKES_NOTHING, DOES_IGNORE, 0},
	{'n', "non-interactive", TAKES_NOTHING, DOES_IGNORE, 0},
	{'P', "preserve-groups", TAKES_NOTHING, DOES_FLAG, SUDO_PRESERVE_GROUPS},
	{'p', "prompt", TAKES_VALUE, DOES_IGNORE, 0},
	{'R', "chroot", TAKES_VALUE, DOES_REFUSE, 0},
	{'r', "role", TAKES_VALUE, DOES_REFUSE, 0},
	{'S', "stdin", TAKES_NOTHING, DOES_IGNORE, 0},
	{'s', "shell", TAKES_NOTHING, DOES_FLAG, SUDO_SHELL},
	{'T', "command-timeout", TAKES_VALUE, DOES_REFUSE, 0},
	{'t', "type", TAKES_VALUE, DOES_REFUSE, 0},
	{'U', "other-user", TAKES_VALUE, DOES_REFUSE, 0},
	{'u', "user", TAKES_VALUE, DOES_USER, 0},
	{'V', "version", TAKES_NOTHING, DOES_VERSION, 0},
	{'v', "validate", TAKES_NOTHING, DOES_FLAG, SUDO_VALIDATE},
};
#define N_ROWS (sizeof rows / sizeof rows[0])

struct reading {
	struct options *options;
	bool forget, remove, help, version;
};

static void refuse(struct reading *reading, enum options_action why, const char *word, char letter)
{
	reading->options->action = why;
	reading->options->word = word;
	reading->options->letter = letter;
}

/* What was meant by a long option, whole or abbreviated; NULL: refused. */
static const struct row *find_long(struct reading *reading, const char *word)
{
	const size_t len = strcspn(word + 2, "=");
	const struct row *found = NULL;

	for (size_t i = 0; i < N_ROWS; i++) {
		if (strncmp(rows[i].name, word + 2, len) != 0)
			continue;
		if (rows[i].name[len] == '\0')
			return &rows[i];
		if (found != NULL) {
			refuse(reading, OPTIONS_AMBIGUOUS, word, 0);
			return NULL;
		}
		found = &rows[i];
	}
	if (found == NULL)
		refuse(reading, OPTIONS_UNKNOWN, word, 0);
	return found;
}

static const struct row *find_short(char letter)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].letter != 0 && rows[i].letter == letter)
			return &rows[i];
	return NULL;
}

/* `value` is NULL where none was given, and none is required. */
static void apply(struct reading *reading, const struct row *row, char *value, const char *word, char letter)
{
	struct options *options = reading->options;

	switch (row->does) {
	case DOES_FLAG:
		options->flags |= row->flag;
		break;
	case DOES_IGNORE:
		break;
	case DOES_USER:
		options->user = value;
		break;
	case DOES_GROUP:
		options->group = value;
		break;
	case DOES_DIRECTORY:
		options->directory = value;
		break;
	case DOES_KEEP:
		if (value == NULL)
			options->flags |= row->flag;
		else
			options->keep[options->n_keep++] = value;
		break;
	case DOES_FORGET:
		reading->forget = true;
		break;
	case DOES_REMOVE:
		reading->remove = true;
		break;
	case DOES_HELP:
		reading->help = true;
		break;
	case DOES_VERSION:
		reading->version = true;
		break;
	case DOES_REFUSE:
		refuse(reading, OPTIONS_UNSUPPORTED, word, letter);
		break;
	}
	if ((row->does == DOES_USER || row->does == DOES_GROUP || row->does == DOES_DIRECTORY) &&
		(value == NULL || *value == '\0'))
		refuse(reading, OPTIONS_USAGE, word, letter);
}

/* Returns how many words of argv it was. */
static int read_long(struct reading *reading, char **argv)
{
	const struct row *row = find_long(reading, argv[0]);
	char *value = strchr(argv[0], '=');

	if (row == NULL)
		return 1;
	if (value != NULL && row->takes == TAKES_NOTHING) {
		*value = '\0';
		refuse(reading, OPTIONS_A_VALUE, argv[0], 0);
		return 1;
	}
	if (value == NULL && row->takes == TAKES_VALUE && argv[1] == NULL) {
		refuse(reading, OPTIONS_NO_VALUE, argv[0], 0);
		return 1;
	}
	if (value != NULL) {
		apply(reading, row, value + 1, argv[0], 0);
		return 1;
	}
	apply(reading, row, row->takes == TAKES_VALUE ? argv[1] : NULL, argv[0], 0);
	return row->takes == TAKES_VALUE ? 2 : 1;
}

static int read_short(struct reading *reading, char **argv)
{
	for (char *letter = argv[0] + 1; *letter != '\0' && reading->options->action == OPTIONS_CALL; letter++) {
		const struct row *row = find_short(*letter);

		if (row == NULL) {
			refuse(reading, OPTIONS_UNKNOWN, argv[0], *letter);
			return 1;
		}
		if (row->takes != TAKES_VALUE) {
			apply(reading, row, NULL, argv[0], *letter);
			continue;
		}
		if (letter[1] != '\0') {
			apply(reading, row, letter + 1, argv[0], *letter);
			return 1;
		}
		if (argv[1] == NULL)
			refuse(reading, OPTIONS_NO_VALUE, argv[0], *letter);
		else
			apply(reading, row, argv[1], argv[0], *letter);
		return 2;
	}
	return 1;
}

/* What the options come to, once all are read. */
static void decide(struct reading *reading)
{
	struct options *options = reading->options;
	const uint32_t shells = SUDO_LOGIN | SUDO_SHELL, none = SUDO_LIST | SUDO_VALIDATE;
	const bool command = options->n_args > 0 || (options->flags & shells) != 0;

	if (reading->help)
		options->action = OPTIONS_HELP;
	else if (reading->version)
		options->action = OPTIONS_VERSION;
	else if (reading->remove)
		options->action = command || reading->forget ? OPTIONS_USAGE : OPTIONS_NOTHING;
	else if ((options->flags & shells) == shells)
		refuse(reading, OPTIONS_CONFLICT, "the -i and -s", 0);
	else if ((options->flags & (SUDO_LOGIN | SUDO_PRESERVE_ENV)) == (SUDO_LOGIN | SUDO_PRESERVE_ENV))
		refuse(reading, OPTIONS_CONFLICT, "the -i and -E", 0);
	else if ((options->flags & none) == none || ((options->flags & SUDO_VALIDATE) != 0 && command) ||
		 ((options->flags & SUDO_BACKGROUND) != 0 && (options->flags & none) != 0))
		options->action = OPTIONS_USAGE;
	else if (!command && (options->flags & none) == 0)
		options->action = reading->forget ? OPTIONS_NOTHING : OPTIONS_USAGE;
}

void options_read(int argc, char **argv, char **lists, struct options *options)
{
	struct reading reading = {.options = options};
	bool more = true; /* options; assignments stay assignments after -- */
	int i = 1;

	memset(options, 0, sizeof *options);
	options->user = options->group = options->directory = "";
	options->assignments = lists;
	options->keep = lists + argc + 1;
	while (i < argc && options->action == OPTIONS_CALL) {
		if (more && strcmp(argv[i], "--") == 0) {
			more = false;
			i++;
		} else if (more && argv[i][0] == '-' && argv[i][1] != '\0') {
			i += argv[i][1] == '-' ? read_long(&reading, argv + i) : read_short(&reading, argv + i);
		} else if (more && sudo_is_assignment(argv[i])) {
			options->assignments[options->n_assignments++] = argv[i++];
		} else {
			break;
		}
	}
	options->assignments[options->n_assignments] = NULL;
	options->keep[options->n_keep] = NULL;
	options->args = argv + (i < argc ? i : argc);
	options->n_args = (size_t)(i < argc ? argc - i : 0);
	if (options->action == OPTIONS_CALL)
		decide(&reading);
}
