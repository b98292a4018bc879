#include "sandbox/outcome/denials.h"

#include "common/cleanup.h"
#include "policy/syscalls/syscalls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool alike(const struct denial *a, const struct denial *b)
{
	return a->cause == b->cause && a->number == b->number && a->rule == b->rule && a->mount == b->mount &&
	       a->errnum == b->errnum && strcmp(a->note, b->note) == 0 && strcmp(a->process, b->process) == 0 &&
	       strcmp(a->arguments, b->arguments) == 0;
}

/* In one write(2): whoever reads meanwhile sees whole lines. A file that takes no more has what it has. */
static void record(int fd, const struct denial *denial)
{
	_cleanup_(freep) char *name = syscall_name(denial->number);
	const char *errnum = strerrorname_np(denial->errnum);
	char line[160];
	const int len = snprintf(line, sizeof line, "%.48s by %s (%s)\n", name != NULL ? name : "?",
		denial->process[0] != '\0' ? denial->process : "?", errnum != NULL ? errnum : "unknown errno");

	if (write(fd, line, (size_t)len) < 0)
		return;
}

void denials_add(struct denials *denials, const struct denial *denial)
{
	struct denial *rows = denials->rows;

	for (unsigned i = 0; i < denials->n_rows; i++)
		if (alike(&rows[i], denial)) {
			rows[i].count++;
			return;
		}
	if (denials->n_rows == DENIALS_MAX) {
		denials->more++;
		return;
	}
	if ((denials->n_rows & (denials->n_rows - 1)) == 0) /* grows at 0, 1, 2, 4, …: to twice the size */
		rows = reallocarray(rows, denials->n_rows == 0 ? 1 : (size_t)2 * denials->n_rows, sizeof *rows);
	if (rows == NULL) {
		denials->more++;
		return;
	}
	denials->rows = rows;
	rows[denials->n_rows] = *denial;
	rows[denials->n_rows++].count = 1;
	if (denials->record != 0 && denial->cause == DENIAL_BY_FILTER)
		record(denials->record, denial);
}

void denials_free(struct denials *denials)
{
	free(denials->rows);
	*denials = (struct denials){0};
}
