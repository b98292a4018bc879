#include "runner/metrics/serve.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "runner/common/log.h"
#include "runner/config/context.h"
#include "runner/config/listen.h"
#include "runner/journal/db.h"
#include "runner/journal/now.h"
#include "runner/journal/reader.h"
#include "runner/metrics/deadline.h"
#include "runner/metrics/page.h"
#include "runner/metrics/text.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/landlock.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define RETRY_NS (30 * NS_PER_S)
#define REQUEST_MAX ((size_t)16 << 10)
#define ANSWER_AGE_MS 1000 /* who asks more often gets the same answer */
#define MEMINFO_MAX 4096

struct answer {
	char *text;
	size_t len;
	int64_t made_ms;
};

struct server {
	sqlite3 *db;
	int state, meminfo; /* the state directory, /proc/meminfo */
	bool is_remote;
	struct answer metrics, page;
	const char *broken; /* why the journal cannot be read; NULL: it can */
	struct deadlines deadlines;
};

/* Closes the file system to this process and its threads: what is open stays open. Where the kernel has no Landlock it
 * is said, and served all the same; whatever else fails is a refusal. */
static int leave_files(struct error *err)
{
	const struct landlock_ruleset_attr all = {.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
	_cleanup_(close_fd) int fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);

	if (fd < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) {
		log_line("metrics: Landlock: %s: the process that serves them can open files", strerror(errno));
		return 0;
	}
	if (fd < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return error_set(err, errno, "metrics: Landlock");
	return 0;
}

static int64_t available_memory(const struct server *server)
{
	char text[MEMINFO_MAX + 1] = "";
	const char *line;
	ssize_t n = pread(server->meminfo, text, MEMINFO_MAX, 0);

	line = n > 0 ? strstr(text, "MemAvailable:") : NULL;
	return line != NULL ? strtoll(line + strlen("MemAvailable:"), NULL, 10) * 1024 : -1;
}

static void look_at_host(const struct server *server, struct host_level *host)
{
	struct statvfs fs;
	struct sysinfo info;

	*host = (struct host_level){.state_free = -1, .memory_available = available_memory(server), .load = -1};
	if (fstatvfs(server->state, &fs) == 0)
		host->state_free = (int64_t)(fs.f_bavail * fs.f_frsize);
	if (sysinfo(&info) == 0)
		host->load = (double)info.loads[0] / (1 << SI_LOAD_SHIFT);
}

static int print_metrics(const struct server *server, FILE *out, struct error *err)
{
	struct host_level host;

	look_at_host(server, &host);
	return text_print(out, server->db, &host, err);
}

static int print_page(const struct server *server, FILE *out, struct error *err)
{
	return page_print(out, server->db, err);
}

/* All of it from one moment of the journal. */
static int print_all(const struct server *server, FILE *out,
	int (*print)(const struct server *server, FILE *out, struct error *err), struct error *err)
{
	int r = db_exec(server->db, "BEGIN", err);

	if (r == 0)
		r = print(server, out, err);
	sqlite3_exec(server->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

static int renew(const struct server *server, struct answer *answer,
	int (*print)(const struct server *server, FILE *out, struct error *err), struct error *err)
{
	const int64_t age = now_ms() - answer->made_ms;
	_cleanup_(freep) char *text = NULL;
	size_t len = 0;
	FILE *out;
	int r;

	if (answer->text != NULL && age >= 0 && age < ANSWER_AGE_MS)
		return 0;
	out = open_memstream(&text, &len);
	if (out == NULL)
		return error_set(err, errno, "metrics");
	r = print_all(server, out, print, err);
	if (fclose(out) != 0 && r == 0)
		r = error_set(err, errno, "metrics");
	if (r < 0)
		return -1;
	free(answer->text);
	*answer = (struct answer){.text = take_ptr(text), .len = len, .made_ms = now_ms()};
	return 0;
}

static enum MHD_Result respond(
	struct MHD_Connection *connection, unsigned status, const char *type, const char *text, size_t len)
{
	static const char *const headers[][2] = {
		{MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
		{"X-Content-Type-Options", "nosniff"},
		{"Content-Security-Policy",
			"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
			"form-action 'none'; frame-ancestors 'none'"},
		{"Referrer-Policy", "no-referrer"},
	};
	struct MHD_Response *response =
		MHD_create_response_from_buffer(len, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		MHD_add_response_header(response, headers[i][0], headers[i][1]);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *line)
{
	return respond(connection, status, "text/plain; charset=utf-8", line, strlen(line));
}

static enum MHD_Result failed(struct MHD_Connection *connection, const struct error *err)
{
	char line[ERROR_TEXT_MAX + 1];

	snprintf(line, sizeof line, "%s\n", err->text);
	return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, line);
}

static enum MHD_Result answer_metrics(struct server *server, struct MHD_Connection *connection)
{
	struct error err;

	if (renew(server, &server->metrics, print_metrics, &err) < 0)
		return failed(connection, &err);
	return respond(connection, MHD_HTTP_OK, TEXT_TYPE, server->metrics.text, server->metrics.len);
}

static enum MHD_Result answer_page(struct server *server, struct MHD_Connection *connection)
{
	struct error err;

	if (renew(server, &server->page, print_page, &err) < 0)
		return failed(connection, &err);
	return respond(connection, MHD_HTTP_OK, PAGE_TYPE, server->page.text, server->page.len);
}

/* The journal can be read. That the supervisor runs is certain: this process ends with it. */
static enum MHD_Result answer_health(struct server *server, struct MHD_Connection *connection)
{
	struct error err;
	int64_t n;

	if (db_number(server->db, "SELECT count(*) FROM supervisor", 0, &n, &err) < 0)
		return failed(connection, &err);
	return say(connection, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result answer_ready(struct server *server, struct MHD_Connection *connection)
{
	struct error err;
	int64_t n;

	if (db_number(server->db, "SELECT count(*) FROM slots WHERE state IN ('idle', 'busy')", 0, &n, &err) < 0)
		return failed(connection, &err);
	if (n == 0)
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "no slot takes jobs\n");
	return say(connection, MHD_HTTP_OK, "ready\n");
}

static const struct route {
	const char *path;
	enum MHD_Result (*answer)(struct server *server, struct MHD_Connection *connection);
} routes[] = {
	{"/", answer_page},
	{"/metrics", answer_metrics},
	{"/healthz", answer_health},
	{"/readyz", answer_ready},
};

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
	const char *method, const char *version, const char *body, size_t *body_len, void **request)
{
	struct server *server = context;
	struct error err;

	(void)version, (void)body, (void)body_len, (void)request;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD: nothing can be changed here\n");
	if (!server->is_remote &&
		!listen_is_host(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST)))
		return say(connection, MHD_HTTP_MISDIRECTED_REQUEST, "Host: expected a name of this host's loopback\n");
	if (server->broken != NULL) {
		error_set(&err, 0, "%s", server->broken);
		return failed(connection, &err);
	}
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
		if (strcmp(path, routes[i].path) == 0)
			return routes[i].answer(server, connection);
	return say(connection, MHD_HTTP_NOT_FOUND, "there are /, /metrics, /healthz and /readyz\n");
}

static void close_all(struct server *server)
{
	db_close(&server->db);
	close_fd(&server->state);
	close_fd(&server->meminfo);
}

static int open_all(struct server *server, const char *dir, struct error *err)
{
	int64_t n;

	server->meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	server->state = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (server->state < 0)
		return error_set(err, errno, "%s", dir);
	/* The first read opens the files of the WAL. */
	return db_open_to_read(&server->db, dir, err) < 0
		       ? -1
		       : db_number(server->db, "SELECT count(*) FROM supervisor", 0, &n, err);
}

static struct MHD_Daemon *start(struct server *server)
{
	return MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, on_request, server,
		MHD_OPTION_LISTEN_SOCKET, SERVE_FD, MHD_OPTION_CONNECTION_LIMIT, (unsigned)DEADLINE_CONNECTIONS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, REQUEST_MAX, MHD_OPTION_NOTIFY_CONNECTION, deadline_connection,
		&server->deadlines, MHD_OPTION_NOTIFY_COMPLETED, deadline_answered, NULL, MHD_OPTION_END);
}

/* Its thread serves; this one looks after the connections. The supervisor ends both. */
static int serve_for(struct server *server, int64_t ns)
{
	struct MHD_Daemon *daemon = start(server);

	if (daemon == NULL) {
		log_line("metrics: the server cannot be started");
		return -1;
	}
	deadline_enforce(&server->deadlines, ns < 0 ? -1 : clock_monotonic_ns() + ns);
	MHD_quiesce_daemon(daemon); /* the socket stays open */
	MHD_stop_daemon(daemon);
	return 0;
}

/* As long as the journal cannot be read, who asks is told why. */
static int open_at_last(struct server *server, const char *dir)
{
	char said[ERROR_TEXT_MAX] = "";
	struct error err;

	while (open_all(server, dir, &err) < 0) {
		if (strcmp(said, err.text) != 0)
			log_error(&err);
		snprintf(said, sizeof said, "%s", err.text);
		close_all(server);
		server->broken = said;
		if (serve_for(server, RETRY_NS) < 0)
			return -1;
		server->broken = NULL;
	}
	return 0;
}

int serve(int argc, char **argv)
{
	struct server server = {.is_remote = argc > 2 && strcmp(argv[2], SERVE_REMOTE) == 0,
		.state = -1,
		.meminfo = -1,
		.deadlines = {.lock = PTHREAD_MUTEX_INITIALIZER, .begun = PTHREAD_COND_INITIALIZER}};
	struct error err;

	log_time();
	if (argc < 2)
		return RUNNER_USAGE;
	if (open_at_last(&server, argv[1]) < 0)
		return RUNNER_FAILED;
	if (leave_files(&err) < 0) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	serve_for(&server, -1);
	return RUNNER_FAILED;
}
