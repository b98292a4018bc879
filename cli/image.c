/* cofferdam image: images that jobs have as their root. */
#include "cli/commands.h"

#include "cli/plan.h"
#include "cli/unknown.h"
#include "cli/usage.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/notice.h"
#include "common/parse.h"
#include "common/phrases.h"
#include "common/status.h"
#include "common/visible.h"
#include "image/collect.h"
#include "image/import.h"
#include "image/info.h"
#include "image/step.h"
#include "image/store.h"
#include "image/verify.h"
#include "policy/image_name.h"
#include "policy/plan_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BYTES_DEFAULT (UINT64_C(64) << 30)
#define ENTRIES_DEFAULT 4000000
#define NETWORK_OPEN_MAX 4
#define EXIT_FOUND 1

struct options {
	struct image_request request;
	const char *network_open[NETWORK_OPEN_MAX + 1];
	size_t n_network_open;
	bool json;
};

static int read_ids(const char *value, enum image_ids_wish *wish, struct error *err)
{
	if (strcmp(value, "single") != 0 && strcmp(value, "subuid") != 0)
		return error_set(err, 0, "--identity: %s: expected single or subuid", value);
	*wish = strcmp(value, "single") == 0 ? IMAGE_WISH_SINGLE : IMAGE_WISH_SUBUID;
	return 0;
}

static int read_one(int id, const char *value, void *context, struct error *err)
{
	struct options *options = context;

	switch (id) {
	case 'i':
		return read_ids(value, &options->request.wish, err);
	case 's':
		return parse_size(value, &options->request.most.bytes, err) < 0 ? error_context(err, "--size") : 0;
	case 'e':
		return parse_count(value, INT64_MAX, &options->request.most.entries, err) < 0
			       ? error_context(err, "--entries")
			       : 0;
	case 'n':
		if (options->n_network_open == NETWORK_OPEN_MAX)
			return error_set(err, 0, "--network-open: more than %d", NETWORK_OPEN_MAX);
		options->network_open[options->n_network_open++] = value;
		return 0;
	case 'h':
		options->request.pull.http = true;
		return 0;
	case 'a':
		options->request.pull.authfile = value;
		return 0;
	default:
		options->json = true;
		return 0;
	}
}

/* Reads the options; then argv[*first] is the first of exactly `n` other arguments. USAGE_HELP, or -1. */
static int read_options(
	const char *path, int argc, char **argv, int least, int most, struct options *options, struct error *err)
{
	const struct cli_subcommand *row = cli_subcommand(path);
	int at;

	*options = (struct options){.request.most = {BYTES_DEFAULT, ENTRIES_DEFAULT}};
	at = usage_read(row, argc, argv, read_one, options, err);
	if (at <= 0)
		return at;
	if (argc - at > most)
		return error_set(err, 0, "%s: %s: " PHRASE_UNEXPECTED_ARGUMENT, path, argv[at + most]);
	if (argc - at < least) {
		error_set(err, 0, "%s: no %s", path, argc == at ? "name" : "source");
		return error_hint(err, "expected cofferdam %s %s", path, row->usage);
	}
	return at;
}

static void tell_single(const struct image_result *result)
{
	notice("cofferdam",
		"image: one id only: %s. All files belong to the caller, so root inside, other users, and programs that change to them (postgres, apt) do not work in a job with this image",
		result->reason.text);
}

static int make_image(const char *name, const struct image_request *request)
{
	struct image_result result;
	struct error err;

	if (image_import(request, &result, &err) < 0) {
		const int status = cli_failed(&err);

		image_step_let_signal_end();
		return status;
	}
	if (result.ids == IMAGE_IDS_SINGLE)
		tell_single(&result);
	printf("%s sha256:%.64s%s\n", name, result.tree + strlen("sha256-"),
		result.known ? " (its content was there already)" : "");
	return cli_printed(0);
}

static int import(int argc, char **argv)
{
	struct options options;
	struct error err;
	const int at = read_options("image import", argc, argv, 2, 2, &options, &err);

	if (at == USAGE_HELP)
		return cli_printed(0);
	if (at < 0)
		return cli_failed(&err);
	options.request.name = argv[at];
	options.request.path = argv[at + 1];
	return make_image(argv[at], &options.request);
}

static int pull(int argc, char **argv)
{
	struct options options;
	struct error err;
	const int at = read_options("image pull", argc, argv, 2, 2, &options, &err);

	if (at == USAGE_HELP)
		return cli_printed(0);
	if (at < 0)
		return cli_failed(&err);
	options.request.name = argv[at];
	options.request.pull.reference = argv[at + 1];
	options.request.pull.network_open = options.network_open;
	return make_image(argv[at], &options.request);
}

/* What one image takes, in the largest unit that leaves a digit before the point. */
static void print_size(uint64_t bytes)
{
	static const char units[] = "KMGT";
	double size = (double)bytes / 1024;
	size_t unit = 0;

	while (size >= 1024 && unit + 1 < sizeof units - 1) {
		size /= 1024;
		unit++;
	}
	printf("%8.1f%c", size, units[unit]);
}

static json_t *row_json(const char *name, const char *tree, const struct image_info *info)
{
	char digest[80];

	snprintf(digest, sizeof digest, "sha256:%.64s", tree + strlen("sha256-"));
	return json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:I}", "name", name, "digest", digest, "identity",
		image_ids_name(image_ids_of_tree(tree)), "source", plan_text_json(info->source), "bytes",
		(json_int_t)info->size.bytes, "entries", (json_int_t)info->size.entries, "created",
		(json_int_t)info->created);
}

static void print_row(const char *name, const char *tree, const struct image_info *info)
{
	const time_t created = (time_t)info->created;
	struct tm tm;
	char date[32] = "";

	if (gmtime_r(&created, &tm) != NULL)
		strftime(date, sizeof date, "%Y-%m-%d", &tm);
	printf("%-24s %.12s  %-6s ", name, tree + strlen("sha256-"), image_ids_name(image_ids_of_tree(tree)));
	print_size(info->size.bytes);
	printf(" %8llu  %s  ", (unsigned long long)info->size.entries, date);
	visible_print(stdout, info->source != NULL ? info->source : "");
	putchar('\n');
}

/* One image of the list. An image that is going at this moment is none. */
static int list_one(const struct image_store *store, const char *name, json_t *rows, struct error *err)
{
	_cleanup_(image_info_free) struct image_info info = {.source = NULL};
	_cleanup_(close_fd) int fd = -1;
	char tree[IMAGE_TREE_SIZE];
	const int found = image_store_read_name(store, name, tree, err);

	if (found <= 0)
		return found;
	fd = openat(store->trees, tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || image_info_read(fd, &info, err) < 0)
		return fd < 0 ? error_set(err, errno, "image: %s", name) : error_context(err, "image: %s", name);
	if (rows != NULL)
		json_array_append_new(rows, row_json(name, tree, &info));
	else
		print_row(name, tree, &info);
	return 0;
}

static int print_list(const struct image_store *store, bool as_json, struct error *err)
{
	_cleanup_(image_names_free) struct image_names names = {.n = 0};
	json_t *rows = as_json ? json_array() : NULL;
	int result = store->names >= 0 ? image_store_names(store, &names, err) : 0;

	for (size_t i = 0; result == 0 && i < names.n; i++)
		result = list_one(store, names.v[i], rows, err);
	if (result == 0 && as_json && (json_dumpf(rows, stdout, JSON_SHOWN) < 0 || putchar('\n') == EOF))
		result = error_set(err, errno, "standard output");
	json_decref(rows);
	return result;
}

/* Takes the lock and removes what nobody uses any more. */
static int tidy(struct image_store *store, struct error *err)
{
	int result;

	if (image_store_lock(store, err) < 0)
		return -1;
	result = image_collect(store, err);
	image_store_unlock(store);
	image_empty_trash(store);
	return result;
}

static int list(int argc, char **argv)
{
	_cleanup_(image_store_close) struct image_store store = IMAGE_STORE_NONE;
	struct options options;
	struct error err;
	int opened;
	const int at = read_options("image list", argc, argv, 0, 0, &options, &err);

	if (at == USAGE_HELP)
		return cli_printed(0);
	if (at < 0)
		return cli_failed(&err);
	opened = image_store_open(&store, false, &err);
	if (opened < 0 || (opened > 0 && tidy(&store, &err) < 0) || print_list(&store, options.json, &err) < 0)
		return cli_failed(&err);
	return cli_printed(0);
}

static int remove_name(struct image_store *store, const char *name, struct error *err)
{
	struct error kept;
	int removed;

	if (image_store_lock(store, err) < 0)
		return -1;
	removed = image_store_remove_name(store, name, err);
	if (image_collect(store, &kept) < 0)
		error_print("cofferdam", &kept);
	image_store_unlock(store);
	image_empty_trash(store);
	return removed == 0 ? image_store_unknown(store, name, err) : removed;
}

static int remove_image(int argc, char **argv)
{
	_cleanup_(image_store_close) struct image_store store = IMAGE_STORE_NONE;
	struct options options;
	struct error err;
	int opened;
	const int at = read_options("image remove", argc, argv, 1, 1, &options, &err);

	if (at == USAGE_HELP)
		return cli_printed(0);
	if (at < 0 || image_name_check(argv[at], &err) < 0)
		return cli_failed(&err);
	opened = image_store_open(&store, false, &err);
	if (opened == 0)
		opened = image_store_unknown(&store, argv[at], &err);
	return opened < 0 || remove_name(&store, argv[at], &err) < 0 ? cli_failed(&err) : 0;
}

/* One image, or all. The exit status. */
static int verify_names(const struct image_store *store, const char *name, struct error *err)
{
	_cleanup_(image_names_free) struct image_names names = {.n = 0};
	bool found = false;

	if (name == NULL && image_store_names(store, &names, err) < 0)
		return cli_failed(err);
	for (size_t i = 0; i < (name != NULL ? 1 : names.n); i++) {
		const int64_t differences = image_verify(store, name != NULL ? name : names.v[i], err);

		if (differences < 0)
			return cli_failed(err);
		found |= differences > 0;
	}
	return cli_printed(found ? EXIT_FOUND : 0);
}

static int verify(int argc, char **argv)
{
	_cleanup_(image_store_close) struct image_store store = IMAGE_STORE_NONE;
	struct options options;
	struct error err;
	int opened;
	const int at = read_options("image verify", argc, argv, 0, 1, &options, &err);

	if (at == USAGE_HELP)
		return cli_printed(0);
	if (at < 0 || (argv[at] != NULL && image_name_check(argv[at], &err) < 0))
		return cli_failed(&err);
	opened = image_store_open(&store, false, &err);
	if (opened == 0 && argv[at] != NULL)
		opened = image_store_unknown(&store, argv[at], &err);
	if (opened < 0)
		return cli_failed(&err);
	return opened == 0 ? 0 : verify_names(&store, argv[at], &err);
}

static int help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	usage_print_command("image", stdout);
	return cli_printed(0);
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{"import", import},
	{"pull", pull},
	{"list", list},
	{"verify", verify},
	{"remove", remove_image},
	{"--help", help},
	{"-h", help},
	{"help", help},
};

int cli_image(int argc, char **argv)
{
	struct error err;

	if (argc < 2) {
		usage_print_command("image", stderr);
		return STATUS_LAUNCHER;
	}
	for (size_t i = 0; i < sizeof subcommands / sizeof subcommands[0]; i++)
		if (strcmp(argv[1], subcommands[i].name) == 0) {
			if (geteuid() != 0 || i >= sizeof subcommands / sizeof subcommands[0] - 3)
				return subcommands[i].run(argc - 1, argv + 1);
			error_set(&err, 0, PHRASE_REFUSING_ROOT);
			error_hint(&err, "images belong to the user whose jobs have them");
			return cli_failed(&err);
		}
	unknown_subcommand("image", argv[1], &err);
	return cli_failed(&err);
}
