#include "image/map.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "image/info.h"
#include "image/inside.h"
#include "sandbox/identity/idmap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Each extent takes 32 digits and separators at most. */
#define MAP_TEXT ((size_t)34 * IDMAP_EXTENTS_MAX)

static void write_map(const struct idmap *map, char text[MAP_TEXT])
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < map->n && used < MAP_TEXT; i++)
		used += (size_t)snprintf(text + used, MAP_TEXT - used, "%s%u:%u:%u", i > 0 ? "," : "",
			map->extents[i].inside, map->extents[i].outside, map->extents[i].count);
}

char *image_map_here(struct error *err)
{
	_cleanup_(facts_idmap_free) struct facts_idmap facts = {0};
	char uid_text[MAP_TEXT], gid_text[MAP_TEXT], *text;
	struct idmap uids, gids;

	if (facts_idmap_detect(&facts, err) < 0 || idmap_decide(&facts, getuid(), getgid(), &uids, &gids, err) < 0)
		return NULL;
	write_map(&uids, uid_text);
	write_map(&gids, gid_text);
	text = format("uids %s gids %s", uid_text, gid_text);
	if (text == NULL)
		error_set_text(err, ENOMEM, "image");
	return text;
}

int image_map_check(int treefd, const char *tree, struct error *err)
{
	_cleanup_(image_info_free) struct image_info info = {.source = NULL};
	_cleanup_(freep) char *here = NULL;
	struct error ignored;

	if (image_ids_of_tree(tree) != IMAGE_IDS_SUBUID)
		return 0;
	if (image_info_read(treefd, &info, err) < 0)
		return err->errnum == ENOENT ? 0 : -1;
	here = info.map != NULL ? image_map_here(&ignored) : NULL;
	if (here == NULL || strcmp(here, info.map) == 0)
		return 0;
	error_set_text(err, 0, "its files have the ids of another map: made with %.300s; jobs have %.300s now",
		info.map, here);
	return error_hint(err,
		"give the caller the former range in /etc/subuid and /etc/subgid, or remove every name of this image and import it again");
}
