#include "tests/standin/listener/arguments.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <string.h>
#include <strings.h>

#define PREFIX "ACTIONS_RUNNER_INPUT_"
#define ANY (COMMAND_CONFIGURE | COMMAND_REMOVE | COMMAND_RUN | COMMAND_WARMUP)

static const struct {
	const char *name;
	bool flag;
	int commands;
} table[ARG_COUNT] = {
	[ARG_UNATTENDED] = {"unattended", true, COMMAND_CONFIGURE | COMMAND_REMOVE},
	[ARG_REPLACE] = {"replace", true, COMMAND_CONFIGURE},
	[ARG_EPHEMERAL] = {"ephemeral", true, COMMAND_CONFIGURE},
	[ARG_DISABLEUPDATE] = {"disableupdate", true, COMMAND_CONFIGURE},
	[ARG_NO_DEFAULT_LABELS] = {"no-default-labels", true, COMMAND_CONFIGURE},
	[ARG_RUNASSERVICE] = {"runasservice", true, COMMAND_CONFIGURE},
	[ARG_GENERATESERVICECONFIG] = {"generateServiceConfig", true, COMMAND_CONFIGURE},
	[ARG_URL] = {"url", false, COMMAND_CONFIGURE},
	[ARG_TOKEN] = {"token", false, COMMAND_CONFIGURE | COMMAND_REMOVE},
	[ARG_PAT] = {"pat", false, COMMAND_CONFIGURE | COMMAND_REMOVE},
	[ARG_NAME] = {"name", false, COMMAND_CONFIGURE},
	[ARG_LABELS] = {"labels", false, COMMAND_CONFIGURE},
	[ARG_RUNNERGROUP] = {"runnergroup", false, COMMAND_CONFIGURE},
	[ARG_WORK] = {"work", false, COMMAND_CONFIGURE},
	[ARG_AUTH] = {"auth", false, COMMAND_CONFIGURE},
	[ARG_USERNAME] = {"username", false, COMMAND_CONFIGURE},
	[ARG_MONITORSOCKETADDRESS] = {"monitorsocketaddress", false, COMMAND_CONFIGURE},
	[ARG_LOCAL] = {"local", true, COMMAND_REMOVE},
	[ARG_ONCE] = {"once", true, COMMAND_RUN},
	[ARG_JITCONFIG] = {"jitconfig", false, COMMAND_RUN},
	[ARG_STARTUPTYPE] = {"startuptype", false, COMMAND_RUN},
	[ARG_HELP] = {"help", true, ANY},
	[ARG_VERSION] = {"version", true, ANY},
	[ARG_COMMIT] = {"commit", true, ANY},
	[ARG_CHECK] = {"check", true, ANY},
};

static const struct {
	const char *name;
	enum command command;
} commands[] = {
	{"configure", COMMAND_CONFIGURE},
	{"remove", COMMAND_REMOVE},
	{"run", COMMAND_RUN},
	{"warmup", COMMAND_WARMUP},
};

static int find(const char *name)
{
	for (int i = 0; i < ARG_COUNT; i++)
		if (strcasecmp(table[i].name, name) == 0)
			return i;
	return -1;
}

static int set(struct arguments *arguments, int i, const char *value, struct error *err)
{
	free(arguments->value[i]);
	arguments->value[i] = strdup(value);
	return arguments->value[i] == NULL ? error_set(err, ENOMEM, "--%s", table[i].name) : 0;
}

static int parse_vector(struct arguments *arguments, int argc, char **argv, struct error *err)
{
	int at = 1;

	for (size_t c = 0; at < argc && c < sizeof commands / sizeof *commands; c++) {
		if (strcasecmp(argv[at], commands[c].name) == 0) {
			arguments->command = commands[c].command;
			at++;
			break;
		}
	}
	for (; at < argc; at++) {
		int i = strncmp(argv[at], "--", 2) == 0 ? find(argv[at] + 2) : -1;
		int command = arguments->command == COMMAND_NONE ? ANY : (int)arguments->command;

		if (i < 0 || (table[i].commands & command) == 0)
			return error_set(err, 0, "Unrecognized command-line input arguments: '%s'", argv[at]);
		if (table[i].flag) {
			if (set(arguments, i, "true", err) < 0)
				return -1;
		} else if (at + 1 >= argc) {
			return error_set(err, 0, "--%s: requires a value", table[i].name);
		} else if (set(arguments, i, argv[++at], err) < 0) {
			return -1;
		}
	}
	return 0;
}

static bool is_true(const char *text)
{
	return strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0 || strcasecmp(text, "yes") == 0 ||
	       strcasecmp(text, "on") == 0;
}

/* Takes one variable of the prefix out of the environment; false when none is left. */
static bool take_variable(char **name, char **value)
{
	for (char **entry = environ; *entry != NULL; entry++) {
		const char *equals = strchr(*entry, '=');

		if (equals == NULL || strncmp(*entry, PREFIX, sizeof PREFIX - 1) != 0)
			continue;
		*name = strndup(*entry, (size_t)(equals - *entry));
		*value = strdup(equals + 1);
		if (*name == NULL || *value == NULL || unsetenv(*name) < 0)
			abort();
		return true;
	}
	return false;
}

int arguments_parse(struct arguments *arguments, int argc, char **argv, struct error *err)
{
	memset(arguments, 0, sizeof *arguments);
	if (parse_vector(arguments, argc, argv, err) < 0)
		return -1;
	for (;;) {
		_cleanup_(freep) char *name = NULL, *value = NULL;
		int i;

		if (!take_variable(&name, &value))
			return 0;
		i = find(name + sizeof PREFIX - 1);
		if (i < 0 || arguments->value[i] != NULL || *value == '\0')
			continue;
		if (table[i].flag && !is_true(value))
			continue;
		if (set(arguments, i, table[i].flag ? "true" : value, err) < 0)
			return -1;
	}
}

void arguments_free(struct arguments *arguments)
{
	for (int i = 0; i < ARG_COUNT; i++) {
		free(arguments->value[i]);
		arguments->value[i] = NULL;
	}
}
