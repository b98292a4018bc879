#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/json.h"
#include "image/login.h"
#include "image/oci.h"
#include "image/step.h"
#include "image/unpack.h"
#include "sandbox/files/remove_tree.h"
#include "sandbox/process/program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REMOVAL_LIMIT_NS (600 * NS_PER_S)

/* What skopeo(1) calls the source inside. */
static char *source_inside(const struct image_archive *archive, const struct image_pull *pull)
{
	if (archive == NULL)
		return format("docker://%s", pull->reference);
	switch (archive->kind) {
	case IMAGE_KIND_OCI_DIR:
		return strdup("oci:/source");
	case IMAGE_KIND_OCI_ARCHIVE:
		return strdup("oci-archive:/source");
	default:
		return strdup("docker-archive:/source");
	}
}

/* An index in which a parser would drown is refused before one sees it. */
static int check_index(const struct image_archive *archive, struct error *err)
{
	_cleanup_(close_fd) int fd = -1;
	struct stat st;

	if (archive == NULL || archive->kind != IMAGE_KIND_OCI_DIR)
		return 0;
	fd = open(archive->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstatat(fd, "index.json", &st, 0) < 0)
		return error_set(err, errno, "%s/index.json", archive->path);
	return (uint64_t)st.st_size > JSON_TEXT_MAX
		       ? error_set(err, 0, "%s/index.json: more than %zu bytes", archive->path, JSON_TEXT_MAX)
		       : 0;
}

/* Certificates, names of registries and their mirrors; addresses are those of the network. */
static void open_network(struct image_step *step, const struct image_pull *pull)
{
	static const char *const shown[] = {"/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/containers", NULL};

	image_step_option(step, "--network", "open");
	for (const char *const *path = shown; *path != NULL; path++)
		image_step_option(step, "--ro-try", "%s", *path);
	for (const char *const *more = pull->network_open; more != NULL && *more != NULL; more++)
		image_step_option(step, "--network-open", "%s", *more);
}

/* The next step after what skopeo(1) says of a registry. */
static void hint(const struct image_pull *pull, struct error *err)
{
	static const char login[] =
		"--authfile FILE names a login, which `skopeo login --authfile FILE HOST` writes to a file";
	static const struct {
		const char *said, *hint;
	} hints[] = {
		{"TLS handshake", "--http accepts a registry without TLS"},
		{"x509: ",
			"install the certificate of its authority, in /usr/local/share/ca-certificates with update-ca-certificates, or in /etc/containers/certs.d/HOST:PORT"},
		{"rejected by policy", "policy.json says so: containers-policy.json(5)"},
		{"connect: ", "a registry on this host or in its networks: --network-open HOST:PORT"},
		{"i/o timeout", "a registry on this host or in its networks: --network-open HOST:PORT"},
		{"unauthorized", login},
		{"authentication required", login},
		{"invalid username/password", login},
	};

	for (size_t i = 0; i < sizeof hints / sizeof hints[0] && err->hint[0] == '\0'; i++)
		if (strstr(err->text, hints[i].said) != NULL && hints[i].hint == login && pull->authfile != NULL)
			error_hint_text(err, "the registry does not accept the login of --authfile");
		else if (strstr(err->text, hints[i].said) != NULL)
			error_hint_text(err, "%s", hints[i].hint);
}

int image_complaint_of_skopeo(void *context, const char *line, struct error *err)
{
	const char *level = strstr(line, "level=");

	(void)context;
	(void)err;
	return level != NULL && strncmp(level, "level=fatal", strlen("level=fatal")) != 0 &&
	       strncmp(level, "level=error", strlen("level=error")) != 0 &&
	       strncmp(level, "level=panic", strlen("level=panic")) != 0;
}

/* What the caller, or else the host, requires of signatures: containers-policy.json(5). Where neither says anything,
 * skopeo(1) would refuse every registry. One that cannot be read is skopeo's to refuse. */
static char *policy_here(void)
{
	const char *home = getenv("HOME");
	char *own = home != NULL && home[0] == '/' ? format("%s/.config/containers/policy.json", home) : NULL;

	if (own != NULL && (access(own, F_OK) == 0 || errno != ENOENT))
		return own;
	free(own);
	return access("/etc/containers/policy.json", F_OK) == 0 ? strdup("/etc/containers/policy.json") : NULL;
}

static int copy(const struct image_archive *archive, const struct image_pull *pull, const char *build,
	const struct image_size *most, struct error *err)
{
	_cleanup_(freep) char *skopeo = program_find("skopeo");
	_cleanup_(freep) char *source = source_inside(archive, pull);
	_cleanup_(freep) char *policy = archive == NULL ? policy_here() : NULL;
	char any[] = "--insecure-policy", named[] = "--policy=/policy.json";
	char without_tls[] = "--src-tls-verify=false";
	/* No name leads to it, and this program alone has it. */
	char login_given[] = "--authfile=/proc/self/fd/0";
	_cleanup_(close_fd) int login =
		archive == NULL && pull->authfile != NULL ? image_login_open(pull->authfile, pull->reference, err) : -1;
	char *argv[] = {skopeo, policy != NULL ? named : any, (char[]){"copy"}, (char[]){"--quiet"},
		(char[]){"--remove-signatures"}, source, (char[]){"oci:/build/oci:image"}, NULL, NULL, NULL};
	char **more = argv + 7;
	struct image_step step = {.program = "skopeo",
		.package = "skopeo",
		.argv = argv,
		.input = login,
		.complaint = image_complaint_of_skopeo};

	if (archive == NULL && pull->authfile != NULL && login < 0)
		return error_context(err, "--authfile");
	if (source == NULL)
		return error_set(err, ENOMEM, "image");
	if (archive == NULL && pull->http)
		*more++ = without_tls;
	if (login >= 0)
		*more++ = login_given;
	image_step_show(&step, "--rw", build, "/build");
	image_step_option(&step, "--env", "TMPDIR=/build/tmp");
	image_step_option(&step, "--disk", "%llu", (unsigned long long)IMAGE_STORED(most));
	if (policy != NULL)
		image_step_show(&step, "--ro", policy, "/policy.json");
	if (archive != NULL)
		image_step_show(&step, "--ro", archive->path, "/source");
	else
		open_network(&step, pull);
	if (image_step_run(&step, err) == 0)
		return 0;
	if (archive == NULL)
		hint(pull, err);
	return -1;
}

static int count_layer(int layout, const char *hex, const struct image_size *most, int64_t deadline_ns,
	uint64_t *entries, struct error *err)
{
	_cleanup_(freep) char *path = oci_blob(hex);
	_cleanup_(close_fd) int fd = path != NULL ? openat(layout, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;

	return fd < 0 ? error_set(err, errno, "%s", hex) : image_tar_count(fd, most, deadline_ns, entries, err);
}

/* Each is read once, also where the manifest names it a thousand times, and all within one limit. */
static int count_layers(int layout, const struct oci_image *image, const struct image_size *most, struct error *err)
{
	const int64_t deadline_ns = clock_monotonic_ns() + IMAGE_COUNT_LIMIT_NS;
	_cleanup_(freep) uint64_t *counts = calloc(image->n_layers + 1, sizeof *counts);
	uint64_t entries = 0;

	if (counts == NULL)
		return error_set(err, ENOMEM, "layers");
	for (size_t i = 0; i < image->n_layers; i++) {
		const size_t first = oci_image_first(image, i);
		const uint64_t before = entries;
		const int counted = first < i ? image_count_again(counts[first], most, &entries, err)
					      : count_layer(layout, image->layers[i], most, deadline_ns, &entries, err);

		if (counted < 0)
			return error_context(err, "layer %zu", i + 1);
		counts[i] = entries - before;
	}
	return 0;
}

/* What umoci(1) says beside errors: what it does, and what it makes instead of devices. */
static int complain(void *context, const char *line, struct error *err)
{
	(void)context;
	(void)err;
	return strstr(line, "⨯") == NULL && strncmp(line, "cofferdam: ", strlen("cofferdam: ")) != 0;
}

static int unpack(
	const char *build, const char *root, enum image_ids ids, const struct image_size *most, struct error *err)
{
	_cleanup_(freep) char *umoci = program_find("umoci");
	_cleanup_(freep) char *layout = format("%s/oci", build);
	char rootless[] = "--rootless", target[] = "/image";
	char *const argv[] = {umoci, (char[]){"raw"}, (char[]){"unpack"}, (char[]){"--image"}, (char[]){"/oci:image"},
		ids == IMAGE_IDS_SINGLE ? rootless : target, ids == IMAGE_IDS_SINGLE ? target : NULL, NULL};
	struct image_step step = {
		.program = "umoci", .package = "umoci", .argv = argv, .input = -1, .complaint = complain};

	if (layout == NULL)
		return error_set(err, ENOMEM, "image");
	image_step_show(&step, "--rw", root, "/image");
	image_step_show(&step, "--ro", layout, "/oci");
	image_step_option(&step, "--identity", "%s", image_ids_name(ids));
	image_step_option(&step, "--disk", "%llu", (unsigned long long)IMAGE_STORED(most));
	return image_step_run(&step, err);
}

static int read_layout(const struct image_work *work, const struct image_size *most, char digest[65], struct error *err)
{
	_cleanup_(close_fd) int layout =
		openat(work->dirfd, "build/oci", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(oci_image_free) struct oci_image image = {.n_layers = 0};

	if (layout < 0)
		return error_set(err, errno, "OCI image");
	if (oci_image_read(layout, &image, err) < 0)
		return error_context(err, "OCI image");
	memcpy(digest, image.digest, sizeof image.digest);
	return count_layers(layout, &image, most, err);
}

int image_unpack_layers(const struct image_archive *archive, const struct image_pull *pull,
	const struct image_work *work, enum image_ids ids, const struct image_size *most, char digest[65],
	struct error *err)
{
	_cleanup_(freep) char *build = format("%s/build", work->path);
	_cleanup_(freep) char *root = format("%s/root", work->path);

	if (build == NULL || root == NULL)
		return error_set(err, ENOMEM, "image");
	if (check_index(archive, err) < 0)
		return -1;
	if (mkdirat(work->dirfd, "build", 0700) < 0 || mkdirat(work->dirfd, "build/tmp", 0700) < 0)
		return error_set(err, errno, "images: %s", work->path);
	if (copy(archive, pull, build, most, err) < 0 || read_layout(work, most, digest, err) < 0 ||
		unpack(build, root, ids, most, err) < 0)
		return -1;
	return remove_tree(work->dirfd, "build", clock_monotonic_ns() + REMOVAL_LIMIT_NS, err);
}
