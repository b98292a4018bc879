#include "runner/distribution/unpack.h"

#include "common/cleanup.h"
#include "common/clock.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/place.h"

#define LIMIT_NS (60 * NS_PER_S)

/* An archive with one file, `name`. */
static int make_archive(int fd, const char *name)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	archive_write_add_filter_gzip(archive);
	archive_write_set_format_pax_restricted(archive);
	assert_int_equal(archive_write_open_fd(archive, fd), ARCHIVE_OK);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, 2);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, "x\n", 2), 2);
	archive_entry_free(entry);
	return archive_write_free(archive);
}

/* What the other process has of the secrets: a copy, unless their pages are shared as they are here. */
static void without_secrets(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int archive = openat(place->fd, "a.tar.gz", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	_cleanup_(close_fd) int dirfd = -1;
	struct credentials credentials = {0};
	struct administrator administrator = {0};
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct stop stop;
	struct error err;

	assert_true(pages != MAP_FAILED);
	assert_int_equal(make_archive(archive, "file"), ARCHIVE_OK);
	assert_int_equal(mkdirat(place->fd, "to", 0700), 0);
	dirfd = openat(place->fd, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	memcpy(pages, "key", sizeof "key");
	memcpy(pages + 4096, "ghs_x", sizeof "ghs_x");
	credentials.secrets[CREDENTIAL_APP] = (struct secret){.text = pages, .len = 3, .mapped = 4096};
	administrator.app.token = (struct secret){.text = pages + 4096, .len = 5, .mapped = 4096};
	stop_init(&stop);
	assert_int_equal(unpack_archive(archive, dirfd, NULL, NULL, &stop, LIMIT_NS, &err), 0);
	assert_int_equal(faccessat(dirfd, "file", F_OK, 0), 0);
	assert_string_equal(pages, "key");
	assert_string_equal(pages + 4096, "ghs_x");
	assert_int_equal(unlinkat(dirfd, "file", 0), 0);
	assert_int_equal(unpack_archive(archive, dirfd, &credentials, &administrator, &stop, LIMIT_NS, &err), 0);
	assert_int_equal(faccessat(dirfd, "file", F_OK, 0), 0);
	assert_string_equal(pages, "");
	assert_string_equal(pages + 4096, "");
	assert_non_null(administrator.app.token.text); /* ours */
	munmap(pages, 8192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_secrets, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
