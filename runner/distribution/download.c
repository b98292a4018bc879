#include "runner/distribution/download.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "runner/github/transport.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REDIRECTS_MAX 5L
#define TRIES_MAX 6
#define RETRY_FIRST_NS NS_PER_S
#define CONNECT_LIMIT_MS 15000L
/* A try without this many bytes a second for so long has stalled. */
#define STALL_BYTES 1024L
#define STALL_S 30L
#define PROGRESS_NS (NS_PER_S / 5)
#define MIB ((int64_t)1 << 20)

/* One try. */
struct transfer {
	struct download *download;
	CURL *curl;
	int fd;
	int64_t have;     /* bytes in the file */
	int errnum;       /* of a write, or EFBIG */
	int64_t shown_ns; /* the last progress line */
	bool shows;
	char why[CURL_ERROR_SIZE];
};

static size_t on_data(char *data, size_t size, size_t n, void *context)
{
	struct transfer *t = context;
	const size_t len = size * n;

	if ((int64_t)len > DOWNLOAD_BYTES_MAX - t->have) {
		t->errnum = EFBIG;
		return 0;
	}
	if (write_all(t->fd, data, len) < 0) {
		t->errnum = errno;
		return 0;
	}
	t->have += (int64_t)len;
	return len;
}

static void show(struct transfer *t, int64_t total)
{
	const int64_t now = clock_monotonic_ns();

	if (!t->shows || now - t->shown_ns < PROGRESS_NS)
		return;
	t->shown_ns = now;
	if (total > 0)
		fprintf(stderr, "\rfetching %s: %lld of %lld MiB ", t->download->label, (long long)(t->have / MIB),
			(long long)(total / MIB));
	else
		fprintf(stderr, "\rfetching %s: %lld MiB ", t->download->label, (long long)(t->have / MIB));
}

/* libcurl calls this at least once a second, also while nothing moves. */
static int on_progress(void *context, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	struct transfer *t = context;

	(void)ultotal, (void)ulnow;
	show(t, dltotal > 0 ? t->have - dlnow + dltotal : 0);
	return stop_poll(t->download->stop);
}

static void set_options(struct transfer *t, struct curl_slist *headers, int64_t left_ns)
{
	CURL *curl = t->curl;
	const char *url = t->download->url;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	transport_secure(curl, url);
	/* Archives lie on other hosts. A token stays with the first: libcurl sends no Authorization of ours to another
	 * (CVE-2018-1000007), and one without encryption is not gone to from one with it. */
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(
		curl, CURLOPT_REDIR_PROTOCOLS_STR, strncasecmp(url, "https://", 8) == 0 ? "https" : "http,https");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->have);
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)DOWNLOAD_BYTES_MAX);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_LIMIT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left_ns > NS_PER_MS ? (long)(left_ns / NS_PER_MS) : 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, STALL_S);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->why);
}

static struct curl_slist *make_headers(const struct download *download, struct error *err)
{
	_cleanup_(freep) char *authorization = NULL;
	struct curl_slist *list = curl_slist_append(NULL, "Accept: application/octet-stream");

	if (list != NULL && download->token != NULL) {
		struct curl_slist *longer = NULL;

		authorization = format("Authorization: Bearer %s", download->token);
		if (authorization != NULL)
			longer = curl_slist_append(list, authorization);
		if (longer == NULL)
			curl_slist_free_all(list);
		list = longer;
		if (authorization != NULL)
			explicit_bzero(authorization, strlen(authorization));
	}
	if (list == NULL)
		error_set(err, ENOMEM, "download");
	return list;
}

static bool is_transient(CURLcode code, long status)
{
	return code == CURLE_HTTP_RETURNED_ERROR ? status >= 500 : transport_is_transient(code);
}

/* The server cannot continue, or the file on disk is as long as its own or longer: from the beginning. */
static bool must_begin_again(const struct transfer *t, CURLcode code, long status)
{
	return t->have > 0 && (code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME || status == 416);
}

static int begin_again(struct transfer *t, struct error *err)
{
	if (ftruncate(t->fd, 0) < 0 || lseek(t->fd, 0, SEEK_SET) < 0)
		return error_set(err, errno, "download");
	t->have = 0;
	return 0;
}

static int explain(const struct transfer *t, CURLcode code, long status, struct error *err)
{
	const char *url = t->download->url;

	if (code == CURLE_ABORTED_BY_CALLBACK)
		return error_set(err, EINTR, "download");
	if (code == CURLE_FILESIZE_EXCEEDED || t->errnum == EFBIG)
		return error_set(err, 0, "%s: more than %lld MiB", url, (long long)(DOWNLOAD_BYTES_MAX / MIB));
	if (t->errnum != 0)
		return error_set(err, t->errnum, "download of %s", t->download->label);
	if (code == CURLE_TOO_MANY_REDIRECTS)
		return error_set(err, 0, "%s: more than %ld redirects", url, REDIRECTS_MAX);
	if (code == CURLE_HTTP_RETURNED_ERROR)
		return error_set(err, 0, "%s: HTTP %ld", url, status);
	return error_set(err, 0, "%s: %s", url, t->why[0] != '\0' ? t->why : curl_easy_strerror(code));
}

static void keep_type(struct transfer *t)
{
	const char *type = NULL;

	curl_easy_getinfo(t->curl, CURLINFO_CONTENT_TYPE, &type);
	snprintf(t->download->type, sizeof t->download->type, "%s", type != NULL ? type : "");
}

static int try_until_done(struct transfer *t, struct curl_slist *headers, struct error *err)
{
	const int64_t end = clock_monotonic_ns() + t->download->limit_ns;
	int64_t wait = RETRY_FIRST_NS;

	for (int tries = 1;; tries++) {
		const int64_t had = t->have;
		long status = 0;
		CURLcode code;

		t->why[0] = '\0';
		set_options(t, headers, end - clock_monotonic_ns());
		code = curl_easy_perform(t->curl);
		curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
		keep_type(t);
		if (code == CURLE_OK)
			return 0;
		if (t->have > had) {
			tries = 1; /* it moves */
			wait = RETRY_FIRST_NS;
		}
		if (t->errnum == 0 && must_begin_again(t, code, status)) {
			if (begin_again(t, err) < 0)
				return -1;
			continue;
		}
		if (t->errnum != 0 || !is_transient(code, status) || tries == TRIES_MAX ||
			wait > end - clock_monotonic_ns())
			return explain(t, code, status, err);
		if (stop_sleep(t->download->stop, wait))
			return error_set(err, EINTR, "download");
		wait *= 2;
	}
}

int download(struct download *download, int fd, struct error *err)
{
	struct transfer t = {.download = download, .fd = fd, .shows = download->shows && isatty(STDERR_FILENO) != 0};
	struct curl_slist *headers = make_headers(download, err);
	struct stat st;
	int result = -1;

	if (headers == NULL)
		return -1;
	t.curl = curl_easy_init();
	if (t.curl == NULL)
		error_set(err, 0, "libcurl: initialization failed");
	else if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_END) < 0)
		error_set(err, errno, "download");
	else {
		t.have = st.st_size;
		result = try_until_done(&t, headers, err);
	}
	if (t.shown_ns != 0)
		fputs("\r\033[K", stderr);
	if (t.curl != NULL)
		curl_easy_cleanup(t.curl);
	curl_slist_free_all(headers);
	return result;
}
