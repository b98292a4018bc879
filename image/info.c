#include "image/info.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define INFO_MAX ((size_t)64 << 10)

int image_info_write(int treefd, const struct image_info *info, struct error *err)
{
	_cleanup_(close_fd) int fd =
		openat(treefd, "info.json", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	_cleanup_(freep) char *text = NULL;
	json_t *json = json_pack("{s:s, s:I, s:I, s:I, s:s*}", "source", info->source, "bytes",
		(json_int_t)info->size.bytes, "entries", (json_int_t)info->size.entries, "created",
		(json_int_t)info->created, "map", info->map);

	text = json != NULL ? json_dumps(json, JSON_SHOWN) : NULL;
	json_decref(json);
	if (text == NULL)
		return error_set(err, ENOMEM, "image: info.json");
	return fd < 0 || write_all(fd, text, strlen(text)) < 0 ? error_set(err, errno, "image: info.json") : 0;
}

int image_info_read(int treefd, struct image_info *info, struct error *err)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	_cleanup_(freep) char *text = NULL;
	json_int_t bytes = 0, entries = 0, created = 0;
	const char *source = "", *map = NULL;
	size_t len;

	*info = (struct image_info){.source = NULL};
	if (read_file_at(treefd, "info.json", INFO_MAX, &text, &len, err) < 0 ||
		json_doc_parse(&doc, "info.json", text, len, err) < 0)
		return -1;
	if (json_unpack(doc.root, "{s:s, s:I, s:I, s:I, s?s}", "source", &source, "bytes", &bytes, "entries", &entries,
		    "created", &created, "map", &map) < 0)
		return error_set(err, 0, "info.json: not that of an image");
	info->source = strdup(source);
	info->size = (struct image_size){(uint64_t)bytes, (uint64_t)entries};
	info->created = created;
	info->map = map != NULL ? strdup(map) : NULL;
	return info->source != NULL && (map == NULL || info->map != NULL) ? 0 : error_set(err, ENOMEM, "info.json");
}

void image_info_free(struct image_info *info)
{
	freep(&info->source);
	freep(&info->map);
}
