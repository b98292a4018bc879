#include "image/inside.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "sandbox/identity/idmap.h"
#include "sandbox/identity/idmap_run.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WALK_LIMIT_NS (7200 * NS_PER_S)

struct walk_inside {
	int rootfd;
	const struct image_size *most;
	image_manifest_line *each;
	int (*done)(void *context, struct error *err);
	void *context;
	struct image_size *size; /* shared with the process that walks */
};

static int decide(struct idmap *uids, struct idmap *gids, struct error *err)
{
	_cleanup_(facts_idmap_free) struct facts_idmap facts = {0};

	return facts_idmap_detect(&facts, err) < 0 ? -1 : idmap_decide(&facts, getuid(), getgid(), uids, gids, err);
}

enum image_ids image_ids_here(struct error *reason)
{
	struct idmap uids, gids;

	return decide(&uids, &gids, reason) < 0 ? IMAGE_IDS_SINGLE : IMAGE_IDS_SUBUID;
}

const char *image_ids_name(enum image_ids ids)
{
	return ids == IMAGE_IDS_SUBUID ? "subuid" : "single";
}

enum image_ids image_ids_of_tree(const char *tree)
{
	return strstr(tree, "-single") != NULL ? IMAGE_IDS_SINGLE : IMAGE_IDS_SUBUID;
}

static int walk(void *data, struct error *err)
{
	struct walk_inside *inside = data;

	if (image_manifest_walk(inside->rootfd, inside->most, inside->each, inside->context, inside->size, err) < 0)
		return -1;
	return inside->done != NULL ? inside->done(inside->context, err) : 0;
}

int image_walk_inside(enum image_ids ids, int rootfd, const struct image_size *most, image_manifest_line *each,
	int (*done)(void *context, struct error *err), void *context, struct image_size *size, struct error *err)
{
	struct walk_inside inside = {
		.rootfd = rootfd, .most = most, .each = each, .done = done, .context = context, .size = size};
	struct image_size *shared;
	struct idmap uids, gids;
	int result;

	if (ids == IMAGE_IDS_SINGLE)
		return walk(&inside, err);
	if (decide(&uids, &gids, err) < 0)
		return -1;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return error_set(err, errno, "manifest");
	inside.size = shared;
	result = idmap_run(&uids, &gids, clock_monotonic_ns() + WALK_LIMIT_NS, walk, &inside, err);
	*size = *shared;
	munmap(shared, sizeof *shared);
	return result;
}
