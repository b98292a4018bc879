/* Runner.Listener: registers the runner, waits for jobs, starts a Worker for each. */
#include "common/cleanup.h"
#include "common/error.h"
#include "common/standard_fds.h"
#include "tests/standin/listener/arguments.h"
#include "tests/standin/listener/configure.h"
#include "tests/standin/listener/dotenv.h"
#include "tests/standin/listener/exit_code.h"
#include "tests/standin/listener/run.h"
#include "tests/standin/shared/http.h"
#include "tests/standin/shared/root.h"
#include "tests/standin/shared/version.h"

static const char usage[] =
	"Commands:\n"
	" ./config.sh         Configures the runner\n"
	" ./config.sh remove  Removes the runner\n"
	" ./run.sh            Runs the runner\n\n"
	"configure: --unattended --url URL --token TOKEN|--pat PAT --name NAME --labels A,B --runnergroup GROUP --work DIR\n"
	"           --replace --ephemeral --disableupdate --no-default-labels\n"
	"remove:    --token TOKEN|--pat PAT|--local\n"
	"run:       --jitconfig BLOB --once\n";

static int dispatch(const char *root, const struct arguments *arguments)
{
	if (arguments->value[ARG_HELP] != NULL) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	if (arguments->value[ARG_VERSION] != NULL || arguments->value[ARG_COMMIT] != NULL) {
		puts(arguments->value[ARG_VERSION] != NULL ? RUNNER_VERSION : "standin");
		return EXIT_OK;
	}
	switch (arguments->command) {
	case COMMAND_CONFIGURE:
		return (int)configure(root, arguments);
	case COMMAND_REMOVE:
		return (int)configure_remove(root, arguments);
	case COMMAND_WARMUP:
		return EXIT_OK;
	case COMMAND_RUN:
	case COMMAND_NONE:
		break;
	}
	return run(root, arguments);
}

static int fail(const struct error *err)
{
	error_print("Runner.Listener", err);
	return EXIT_TERMINATED_ERROR;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct error err = {0};
	_cleanup_(freep) char *root = NULL;
	int code;

	standard_fds_open();
	root = root_directory(&err);
	if (root == NULL || http_start(&err) < 0)
		return fail(&err);
	dotenv_load(root);
	if (arguments_parse(&arguments, argc, argv, &err) < 0) {
		arguments_free(&arguments);
		return fail(&err);
	}
	code = dispatch(root, &arguments);
	arguments_free(&arguments);
	return code;
}
