/* hub: a double of GitHub's side of a self-hosted runner, for tests. See README.md. */
#include "common/cleanup.h"
#include "common/error.h"
#include "common/io.h"
#include "common/parse.h"
#include "common/standard_fds.h"
#include "tests/hub/app.h"
#include "tests/hub/blobs.h"
#include "tests/hub/clock.h"
#include "tests/hub/memory.h"
#include "tests/hub/server.h"
#include "tests/hub/store.h"
#include "tests/hub/tokens.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

struct options {
	struct sockaddr_in listen;
	const char *state_file;
};

static int option_listen(struct options *options, struct store *store, const char *value, struct error *err)
{
	const char *colon = strrchr(value, ':');
	_cleanup_(freep) char *host = colon == NULL ? NULL : must(strndup(value, (size_t)(colon - value)));
	uint64_t port;

	(void)store;
	options->listen.sin_family = AF_INET;
	if (host == NULL || inet_pton(AF_INET, host, &options->listen.sin_addr) != 1)
		return error_set(err, 0, "%s: not ADDRESS:PORT", value);
	if (parse_count(colon + 1, UINT16_MAX, &port, err) < 0)
		return -1;
	options->listen.sin_port = htons((uint16_t)port);
	return 0;
}

static int option_state_file(struct options *options, struct store *store, const char *value, struct error *err)
{
	(void)store;
	(void)err;
	options->state_file = value;
	return 0;
}

static int option_pat(struct options *options, struct store *store, const char *value, struct error *err)
{
	(void)options;
	(void)err;
	token_add(store, TOKEN_PAT, value, NULL, 0, 0);
	return 0;
}

static int option_app(struct options *options, struct store *store, const char *value, struct error *err)
{
	(void)options;
	return app_set(store, value, err);
}

static int option_registration_token(struct options *options, struct store *store, const char *value, struct error *err)
{
	(void)options;
	(void)err;
	token_add(store, TOKEN_REGISTER, value, NULL, 0, 3600);
	return 0;
}

static int option_group(struct options *options, struct store *store, const char *value, struct error *err)
{
	(void)options;
	(void)err;
	store_add_group(store, value, false);
	return 0;
}

static int option_blob_storage(struct options *options, struct store *store, const char *value, struct error *err)
{
	static const char *const forms[] = {
		[BLOB_AZURE] = "azure", [BLOB_AZURE_SDK] = "azure-sdk", [BLOB_PLAIN] = "plain"};

	(void)options;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (strcmp(forms[i], value) == 0) {
			store->settings.blob_form = (int)i;
			return 0;
		}
	return error_set(err, 0, "--blob-storage: %s: unknown value (expected azure, azure-sdk or plain)", value);
}

static int option_flow(struct options *options, struct store *store, const char *value, struct error *err)
{
	(void)options;
	if (strcmp(value, "v1") != 0 && strcmp(value, "v2") != 0)
		return error_set(err, 0, "--flow: %s: unknown value (expected v1 or v2)", value);
	store->settings.older = strcmp(value, "v1") == 0;
	return 0;
}

static int option_job_record(struct options *options, struct store *store, const char *value, struct error *err)
{
	(void)options;
	if (strcmp(value, "server") != 0 && strcmp(value, "worker") != 0)
		return error_set(err, 0, "--job-record: %s: unknown value (expected server or worker)", value);
	store->settings.no_record = strcmp(value, "worker") == 0;
	return 0;
}

/* The options whose value is a number, in the field of struct settings at `offset`. */
static const struct number_option {
	const char *name, *help;
	size_t offset;
	int64_t unit, usual;
} number_options[] = {
	{"--poll-seconds", "how long a poll for messages is held", offsetof(struct settings, poll_ns), NS_PER_S, 5},
	{"--session-seconds", "after how long a silent session is dead", offsetof(struct settings, session_ns),
		NS_PER_S, 10},
	{"--offer-seconds", "how long a job may be offered without being acquired", offsetof(struct settings, offer_ns),
		NS_PER_S, 30},
	{"--lost-after", "seconds without renewal after which a running job has failed",
		offsetof(struct settings, lost_ns), NS_PER_S, 600},
	{"--token-ttl", "life of registration tokens, remove tokens and those of an App, in seconds",
		offsetof(struct settings, token_s), 1, 3600},
	{"--clock-ahead", "by how many seconds the clock is ahead of this host's", offsetof(struct settings, ahead_s),
		1, 0},
	{"--clock-behind", "by how many seconds it is behind", offsetof(struct settings, behind_s), 1, 0},
	{"--rate-limit", "requests of the REST API an hour and credential", offsetof(struct settings, rate_limit), 1,
		5000},
};

static const struct text_option {
	const char *name, *help;
	int (*set)(struct options *options, struct store *store, const char *value, struct error *err);
} text_options[] = {
	{"--listen", "ADDRESS:PORT; port 0 is any free one (default 127.0.0.1:0)", option_listen},
	{"--state-file", "file to write the URL into", option_state_file},
	{"--pat", "a personal access token to accept; may be repeated", option_pat},
	{"--app", "ID:FILE, a GitHub App and its public key", option_app},
	{"--registration-token", "a registration token to accept for an hour; may be repeated",
		option_registration_token},
	{"--blob-storage", "form of the uploads: azure (default), azure-sdk or plain", option_blob_storage},
	{"--flow", "what runners speak: v2 (default), or v1 as at older servers", option_flow},
	{"--job-record", "with --flow v1, who makes the job's record: server (default), or worker as at other servers",
		option_job_record},
	{"--runner-group", "name of a further runner group; may be repeated", option_group},
};

static int64_t *number_at(struct settings *settings, const struct number_option *option)
{
	return (int64_t *)(void *)((char *)settings + option->offset);
}

static void print_help(void)
{
	puts("usage: hub [--listen 127.0.0.1:0] [--state-file FILE] [OPTION VALUE]...");
	for (size_t i = 0; i < sizeof text_options / sizeof text_options[0]; i++)
		printf("  %-22s %s\n", text_options[i].name, text_options[i].help);
	for (size_t i = 0; i < sizeof number_options / sizeof number_options[0]; i++)
		printf("  %-22s %s (default %lld)\n", number_options[i].name, number_options[i].help,
			(long long)number_options[i].usual);
}

static int set_option(
	struct options *options, struct store *store, const char *name, const char *value, struct error *err)
{
	for (size_t i = 0; i < sizeof text_options / sizeof text_options[0]; i++)
		if (strcmp(text_options[i].name, name) == 0)
			return value == NULL ? error_set(err, 0, "%s: wants a value", name)
					     : text_options[i].set(options, store, value, err);
	for (size_t i = 0; i < sizeof number_options / sizeof number_options[0]; i++) {
		uint64_t count;

		if (strcmp(number_options[i].name, name) != 0)
			continue;
		if (value == NULL)
			return error_set(err, 0, "%s: wants a value", name);
		if (parse_count(value, 1000000, &count, err) < 0)
			return error_context(err, "%s", name);
		*number_at(&store->settings, &number_options[i]) = (int64_t)count * number_options[i].unit;
		return 0;
	}
	error_set(err, 0, "%s: unknown option", name);
	return error_hint(err, "hub --help lists them");
}

static int parse_options(int argc, char **argv, struct options *options, struct store *store, struct error *err)
{
	if (option_listen(options, store, "127.0.0.1:0", err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof number_options / sizeof number_options[0]; i++)
		*number_at(&store->settings, &number_options[i]) = number_options[i].usual * number_options[i].unit;
	for (int i = 1; i < argc; i += 2)
		if (set_option(options, store, argv[i], i + 1 < argc ? argv[i + 1] : NULL, err) < 0)
			return -1;
	return 0;
}

/* Writes the URL beside the file and renames, so that a reader never sees half of it. */
static int write_state(const char *path, const char *url, struct error *err)
{
	_cleanup_(freep) char *beside = must(format("%s.new", path));
	_cleanup_(close_fd) int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write_all(fd, url, strlen(url)) < 0 || write_all(fd, "\n", 1) < 0 || rename(beside, path) < 0)
		return error_set(err, errno, "%s", path);
	return 0;
}

/* Serves until SIGTERM or SIGINT, which every thread has blocked. */
static int serve(struct store *store, const struct options *options, const sigset_t *signals, struct error *err)
{
	char host[INET_ADDRSTRLEN];
	struct MHD_Daemon *daemon;
	uint16_t port;
	int signal_number, result = 0;

	/* No request may see the store before it knows its own address. */
	store_lock(store);
	daemon = server_start(store, &options->listen, &port, err);
	if (daemon != NULL) {
		inet_ntop(AF_INET, &options->listen.sin_addr, host, sizeof host);
		/* Clients leave out the default port, in what they sign too. */
		store->settings.base =
			must(port == 80 ? format("http://%s", host) : format("http://%s:%u", host, port));
	}
	store_unlock(store);
	if (daemon == NULL)
		return -1;
	if (options->state_file != NULL)
		result = write_state(options->state_file, store->settings.base, err);
	if (result == 0) {
		printf("hub: listening on %s\n", store->settings.base);
		fflush(stdout);
		sigwait(signals, &signal_number);
	}
	server_stop(store, daemon);
	return result;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct store store;
	struct error err;
	sigset_t signals;
	int status = EXIT_SUCCESS;

	standard_fds_open();
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		print_help();
		return EXIT_SUCCESS;
	}
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	store_init(&store);
	if (parse_options(argc, argv, &options, &store, &err) < 0)
		status = EXIT_USAGE;
	clock_set_ahead(store.settings.ahead_s - store.settings.behind_s);
	if (status == EXIT_SUCCESS && serve(&store, &options, &signals, &err) < 0)
		status = EXIT_FAILURE;
	if (status != EXIT_SUCCESS)
		error_print("hub", &err);
	store_free(&store);
	return status;
}
