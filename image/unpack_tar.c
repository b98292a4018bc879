#include "image/unpack.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/notice.h"
#include "image/step.h"
#include "sandbox/process/program.h"

#include <errno.h>
#include <string.h>

#define NOTICES_MAX 20

/* What is left out and named. */
struct left_out {
	unsigned n;
};

static bool ends_with(const char *text, const char *end)
{
	const size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static int complain(void *context, const char *line, struct error *err)
{
	struct left_out *left_out = context;

	(void)err;
	if (ends_with(line, "Exiting with failure status due to previous errors"))
		return 1;
	if (!ends_with(line, "Cannot mknod: Operation not permitted") && strstr(line, ": Removing leading `") == NULL)
		return 0;
	if (left_out->n++ < NOTICES_MAX)
		notice("cofferdam", "image: left out: %s",
			strstr(line, "tar: ") != NULL ? strstr(line, "tar: ") + 5 : line);
	return 1;
}

int image_unpack_tar(const struct image_archive *archive, const struct image_work *work, enum image_ids ids,
	const struct image_size *most, struct error *err)
{
	const char *compression = image_compression(archive->fd);
	_cleanup_(freep) char *tar = program_find("tar");
	char *const argv[] = {tar, (char[]){"-x"}, (char[]){"-f"}, (char[]){"-"}, (char[]){"-C"}, (char[]){"/image"},
		(char[]){"-p"}, (char[]){"--numeric-owner"}, (char[]){"--delay-directory-restore"},
		(char[]){"--quoting-style=escape"}, (char[]){"--warning=no-timestamp"},
		(char[]){"--warning=no-unknown-keyword"}, (char[]){"--anchored"}, (char[]){"--exclude=dev/*"},
		(char[]){"--exclude=./dev/*"}, compression != NULL ? (char *)compression : NULL, NULL};
	_cleanup_(freep) char *root = format("%s/root", work->path);
	struct left_out left_out = {0};
	struct image_step step = {.program = "tar",
		.package = "tar",
		.argv = argv,
		.input = archive->fd,
		.complaint = complain,
		.forgiving = true,
		.context = &left_out};

	if (root == NULL)
		return error_set(err, ENOMEM, "image");
	if (lseek(archive->fd, 0, SEEK_SET) < 0)
		return error_set(err, errno, "%s", archive->path);
	image_step_show(&step, "--rw", root, "/image");
	image_step_option(&step, "--identity", "%s", image_ids_name(ids));
	image_step_option(&step, "--disk", "%llu", (unsigned long long)IMAGE_STORED(most));
	if (image_step_run(&step, err) < 0)
		return -1;
	if (left_out.n > NOTICES_MAX)
		notice("cofferdam", "image: left out: %u more", left_out.n - NOTICES_MAX);
	return 0;
}
