#include "image/unpack.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/notice.h"
#include "image/step.h"
#include "sandbox/process/program.h"

#include <errno.h>
#include <sha256.h>
#include <string.h>

#define NOTICES_MAX 20

struct unpacking {
	unsigned left_out; /* and named */
	SHA2_CTX sha;
};

static bool ends_with(const char *text, const char *end)
{
	const size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static int complain(void *context, const char *line, struct error *err)
{
	struct unpacking *unpacking = context;

	(void)err;
	if (ends_with(line, "Exiting with failure status due to previous errors"))
		return 1;
	if (!ends_with(line, "Cannot mknod: Operation not permitted") && strstr(line, ": Removing leading `") == NULL)
		return 0;
	if (unpacking->left_out++ < NOTICES_MAX)
		notice("cofferdam", "image: left out: %s",
			strstr(line, "tar: ") != NULL ? strstr(line, "tar: ") + 5 : line);
	return 1;
}

static void fed(void *context, const void *block, size_t len)
{
	struct unpacking *unpacking = context;

	SHA256Update(&unpacking->sha, block, len);
}

int image_unpack_tar(const struct image_archive *archive, const struct image_work *work, enum image_ids ids,
	const struct image_size *most, char digest[65], struct error *err)
{
	const char *compression = image_compression(archive->fd);
	_cleanup_(freep) char *tar = program_find("tar");
	char *const argv[] = {tar, (char[]){"-x"}, (char[]){"-f"}, (char[]){"-"}, (char[]){"-C"}, (char[]){"/image"},
		(char[]){"-p"}, (char[]){"--numeric-owner"}, (char[]){"--delay-directory-restore"},
		(char[]){"--quoting-style=escape"}, (char[]){"--warning=no-timestamp"},
		(char[]){"--warning=no-unknown-keyword"}, (char[]){"--anchored"}, (char[]){"--exclude=dev/*"},
		(char[]){"--exclude=./dev/*"}, compression != NULL ? (char *)compression : NULL, NULL};
	_cleanup_(freep) char *root = format("%s/root", work->path);
	struct unpacking unpacking = {0};
	struct image_step step = {.program = "tar",
		.package = "tar",
		.argv = argv,
		.input = archive->fd,
		.fed = fed,
		.complaint = complain,
		.forgiving = true,
		.context = &unpacking};

	if (root == NULL)
		return error_set(err, ENOMEM, "image");
	SHA256Init(&unpacking.sha);
	image_step_show(&step, "--rw", root, "/image");
	image_step_option(&step, "--identity", "%s", image_ids_name(ids));
	image_step_option(&step, "--disk", "%llu", (unsigned long long)IMAGE_STORED(most));
	if (image_step_run(&step, err) < 0)
		return -1;
	SHA256End(&unpacking.sha, digest);
	if (unpacking.left_out > NOTICES_MAX)
		notice("cofferdam", "image: left out: %u more", unpacking.left_out - NOTICES_MAX);
	return 0;
}
