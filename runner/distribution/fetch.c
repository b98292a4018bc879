#include "runner/distribution/fetch.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/architecture.h"
#include "runner/common/log.h"
#include "runner/common/shortage.h"
#include "runner/distribution/digest.h"
#include "runner/distribution/download.h"
#include "runner/distribution/list.h"
#include "runner/distribution/store.h"
#include "runner/distribution/unpack.h"
#include "runner/github/errors.h"
#include "runner/github/github.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LOCK_LIMIT_NS (3600 * NS_PER_S)
#define LIST_LIMIT_NS (60 * NS_PER_S)
#define DOWNLOAD_LIMIT_NS (1800 * NS_PER_S)
#define UNPACK_LIMIT_NS (900 * NS_PER_S)

/* The distribution that is to become the current one. */
struct wanted {
	struct offer offer; /* url is NULL if the archive is at hand */
	const char *architecture;
};

char *fetch_directory(const char *state_dir)
{
	return format("%s/distributions", state_dir);
}

static int find_architecture(const char **architecture, struct error *err)
{
	const struct architecture *found;
	struct utsname host;

	if (uname(&host) < 0)
		return error_set(err, errno, "uname");
	found = architecture_find(host.machine);
	*architecture = found != NULL ? found->download : NULL;
	return *architecture != NULL ? 0
				     : error_set(err, 0, "%s: no official runner for this architecture", host.machine);
}

/* The caller may have hoped for what is at hand, and given neither. 0, -1 or FETCH_IMPOSSIBLE. */
static int check_can_ask(const struct fetch *fetch, struct error *err)
{
	if (!fetch->config->has_url) {
		error_set(err, 0, "GITHUB_URL: required");
		error_hint(err, "such as https://github.com/OWNER/REPOSITORY");
		return FETCH_IMPOSSIBLE;
	}
	if (administrator_is_given(fetch->administrator)) {
		if (administrator_check_key(fetch->administrator, err) == 0)
			return 0;
		return shortage_is(err->errnum) ? -1 : FETCH_IMPOSSIBLE;
	}
	error_set(err, 0, "ACCESS_TOKEN or APP_PRIVATE_KEY: required");
	error_hint(err, "GitHub shows its list to no other credential; --from FILE --sha256 HEX does without");
	return FETCH_IMPOSSIBLE;
}

/* What GitHub's list has for this machine. */
static int ask(const struct fetch *fetch, struct wanted *wanted, struct error *err)
{
	const struct github_url *url = &fetch->config->github;
	_cleanup_(freep) char *path = format("%s/actions/runners/downloads", url->entity);
	_cleanup_(github_close) struct github github = {0};
	_cleanup_(github_reply_free) struct github_reply reply = {0};
	struct github_url scratch = {0};
	int checked;

	checked = check_can_ask(fetch, err);
	if (checked < 0)
		return checked;
	if (path == NULL)
		return error_set(err, ENOMEM, "list of distributions");
	if (administrator_open(&github, fetch->administrator, url->api, url->entity, fetch->stop, err) < 0)
		return -1;
	checked = administrator_check(&github, LIST_LIMIT_NS, err);
	if (checked < 0)
		return checked == GITHUB_REFUSED ? FETCH_REFUSED : -1;
	if (github_call(&github, "GET", path, NULL, LIST_LIMIT_NS, &reply, err) < 0)
		return -1;
	if (reply.status != 200) {
		github_explain("list of distributions", &reply, err);
		return github_is_final(&reply) ? FETCH_REFUSED : -1;
	}
	if (list_pick(&wanted->offer, reply.body, wanted->architecture, err) < 0)
		return error_context(err, "list of distributions");
	/* Its rules of schemes and hosts are those of an API; a query is all that an archive's URL may have beyond. */
	if (strncasecmp(wanted->offer.url, "http://", 7) == 0 &&
		github_url_set_api(&scratch, wanted->offer.url, err) < 0)
		return error_context(err, "list of distributions");
	github_url_free(&scratch);
	return 0;
}

/* Makes a version that is there the current one. */
static int use(struct fetch *fetch, const struct store *store, const char *version, struct error *err)
{
	const bool was_current = strcmp(fetch->current, version) == 0;

	if (store_switch(store, version, err) < 0)
		return -1;
	if (!was_current || fetch->shows)
		log_line("distribution %s: %s", version, was_current ? "already current" : "now current");
	strcpy(fetch->current, version); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy): of the same size */
	store_prune(store);
	return 0;
}

static int compare_digest(const struct fetch *fetch, int fd, const char *sha256, struct error *err)
{
	char found[SHA256_HEX_SIZE];

	if (digest_file(fd, fetch->stop, found, err) < 0)
		return -1;
	return strcmp(found, sha256) == 0 ? 0
					  : error_set(err, 0, "wrong checksum: expected %s, found %s", sha256, found);
}

static bool is_disk_full(const struct error *err)
{
	return err->errnum == ENOSPC || err->errnum == EDQUOT;
}

/* The archive into its file, and its checksum compared. What cannot be continued is removed. */
static int get_archive(
	const struct fetch *fetch, const struct store *store, const struct offer *offer, int fd, struct error *err)
{
	struct download get = {.url = offer->url,
		.token = offer->token,
		.label = offer->version,
		.stop = fetch->stop,
		.limit_ns = DOWNLOAD_LIMIT_NS,
		.shows = fetch->shows};
	struct stat st;

	for (;;) {
		const bool resumed = fstat(fd, &st) == 0 && st.st_size > 0;

		/* Whoever was killed may have come so far. */
		if (resumed && compare_digest(fetch, fd, offer->sha256, err) == 0)
			return 0;
		if (download(&get, fd, err) < 0) {
			/* What is kept is worth being continued. */
			if (is_disk_full(err) || (fstat(fd, &st) == 0 && st.st_size == 0))
				store_remove_download(store, offer->sha256);
			return -1;
		}
		if (!unpack_is_gzip(fd)) {
			error_set(err, 0, "%s: not an archive%s%s", offer->url, get.type[0] != '\0' ? " but " : "",
				get.type);
		} else if (compare_digest(fetch, fd, offer->sha256, err) == 0) {
			return 0;
		} else if (err->errnum != 0) {
			return -1;
		} else {
			error_context(err, "%s", offer->url);
		}
		if (!resumed || ftruncate(fd, 0) < 0)
			break; /* the beginning of another file may have been on disk */
	}
	store_remove_download(store, offer->sha256);
	return -1;
}

static int copy(const struct fetch *fetch, int from, int to, struct error *err)
{
	static char buffer[1 << 18];
	int64_t size = 0;
	ssize_t n;

	if (ftruncate(to, 0) < 0)
		return error_set(err, errno, "copy");
	while ((n = read(from, buffer, sizeof buffer)) > 0) {
		size += n;
		if (size > DOWNLOAD_BYTES_MAX)
			return error_set(err, 0, "more than %lld MiB", (long long)(DOWNLOAD_BYTES_MAX >> 20));
		if (write_all(to, buffer, (size_t)n) < 0)
			return error_set(err, errno, "copy");
		if (stop_poll(fetch->stop))
			return error_set(err, EINTR, "copy");
	}
	return n < 0 ? error_set(err, errno, "read") : 0;
}

/* The file may be another user's, who could change it between its checksum and what is unpacked: both are of a copy. */
static int copy_file(
	const struct fetch *fetch, const struct store *store, const struct offer *offer, int from, struct error *err)
{
	_cleanup_(close_fd) int to = store_open_download(store, offer->sha256, err);

	if (to < 0)
		return -1;
	if (copy(fetch, from, to, err) == 0 && compare_digest(fetch, to, offer->sha256, err) == 0)
		return take_fd(&to);
	store_remove_download(store, offer->sha256);
	return error_context(err, "%s", fetch->file);
}

static int open_file(const struct fetch *fetch, const struct store *store, const struct offer *offer, struct error *err)
{
	_cleanup_(close_fd) int fd = open(fetch->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "%s", fetch->file);
	if (!S_ISREG(st.st_mode))
		return error_set(err, 0, "%s: not a regular file", fetch->file);
	if (!unpack_is_gzip(fd))
		return error_set(err, 0, "%s: not an archive", fetch->file);
	return copy_file(fetch, store, offer, fd, err);
}

/* The archive with the right checksum: a descriptor. */
static int open_archive(
	const struct fetch *fetch, const struct store *store, const struct offer *offer, struct error *err)
{
	_cleanup_(close_fd) int fd = -1;

	if (offer->url == NULL)
		return open_file(fetch, store, offer, err);
	fd = store_open_download(store, offer->sha256, err);
	if (fd < 0)
		return -1;
	return get_archive(fetch, store, offer, fd, err) < 0 ? -1 : take_fd(&fd);
}

static int install(const struct fetch *fetch, const struct store *store, const struct offer *offer, struct error *err)
{
	_cleanup_(close_fd) int archive = -1;
	_cleanup_(close_fd) int dirfd = -1;

	archive = open_archive(fetch, store, offer, err);
	if (archive < 0)
		return error_context(err, "distribution %s", offer->version);
	dirfd = store_begin(store, err);
	if (dirfd >= 0 &&
		unpack_archive(archive, dirfd, fetch->credentials, fetch->administrator, fetch->stop, UNPACK_LIMIT_NS,
			err) == 0 &&
		store_commit(store, offer->version, err) == 0) {
		store_clean(store, NULL); /* the archive is of no use any more */
		return 0;
	}
	/* After a signal the next one need not download it again. */
	store_clean(store, err->errnum == EINTR && offer->url != NULL ? offer->sha256 : NULL);
	return error_context(err, "distribution %s", offer->version);
}

/* What the current version says to what GitHub's list has. 1: there is nothing to do. */
static int weigh(struct fetch *fetch, const struct wanted *wanted, struct error *err)
{
	const char *offered = wanted->offer.version;

	if (fetch->version != NULL && strcmp(fetch->version, offered) != 0) {
		error_set(err, 0, "distribution %s: not in GitHub's list, which has %s", fetch->version, offered);
		error_hint(err, "download it by hand, and use --from FILE --sha256 HEX");
		return FETCH_IMPOSSIBLE;
	}
	if (fetch->version != NULL || fetch->current[0] == '\0' || version_compare(offered, fetch->current) >= 0)
		return 0;
	log_line("distribution %s: stays current: GitHub's list has the older %s (--version %s switches to it)",
		fetch->current, offered, offered);
	return 1;
}

static int name_file(struct fetch *fetch, struct wanted *wanted, struct error *err)
{
	_cleanup_(freep) char *copy = strdup(fetch->file);
	char version[VERSION_SIZE];

	if (copy == NULL)
		return error_set(err, ENOMEM, "%s", fetch->file);
	if (fetch->version != NULL) {
		snprintf(wanted->offer.version, sizeof wanted->offer.version, "%s", fetch->version);
	} else if (list_version_of(basename(copy), wanted->architecture, version)) {
		snprintf(wanted->offer.version, sizeof wanted->offer.version, "%s", version);
	} else {
		error_set(err, 0, "%s: not named actions-runner-linux-%s-VERSION.tar.gz", fetch->file,
			wanted->architecture);
		error_hint(err, "say which version it is: --version VERSION");
		return FETCH_IMPOSSIBLE;
	}
	list_sha256(fetch->sha256, wanted->offer.sha256);
	if (fetch->version == NULL && fetch->current[0] != '\0' &&
		version_compare(wanted->offer.version, fetch->current) < 0) {
		error_set(err, 0, "distribution %s: older than the current %s", wanted->offer.version, fetch->current);
		error_hint(err, "--version %s takes it all the same", wanted->offer.version);
		return FETCH_IMPOSSIBLE;
	}
	return 0;
}

static int fetch_locked(struct fetch *fetch, const struct store *store, struct wanted *wanted, struct error *err)
{
	int result;

	if (!store_link(store, "current", fetch->current))
		fetch->current[0] = '\0';
	/* One that is there needs neither network nor file. */
	if (fetch->version != NULL && store_has(store, fetch->version)) {
		store_clean(store, NULL);
		return use(fetch, store, fetch->version, err);
	}
	result = find_architecture(&wanted->architecture, err);
	if (result == 0)
		result = fetch->file != NULL ? name_file(fetch, wanted, err) : ask(fetch, wanted, err);
	if (result == 0 && fetch->file == NULL) {
		store_note_check(store);
		result = weigh(fetch, wanted, err);
	}
	if (result != 0)
		return result > 0 ? 0 : result;
	store_clean(store, wanted->offer.sha256);
	if (!store_has(store, wanted->offer.version) && install(fetch, store, &wanted->offer, err) < 0)
		return -1;
	return use(fetch, store, wanted->offer.version, err);
}

int fetch(struct fetch *fetch, struct error *err)
{
	_cleanup_(store_close) struct store store = {.dirfd = -1, .lockfd = -1};
	struct wanted wanted = {.offer = {.url = NULL}};
	int result = -1;

	if (store_open(&store, fetch->dir, err) == 0 && store_lock(&store, fetch->stop, LOCK_LIMIT_NS, err) == 0)
		result = fetch_locked(fetch, &store, &wanted, err);
	offer_free(&wanted.offer);
	return result;
}
