#include "sandbox/outcome/denials.h"

#include <stdlib.h>
#include <string.h>

static bool alike(const struct denial *a, const struct denial *b)
{
	return a->cause == b->cause && a->number == b->number && a->rule == b->rule && a->mount == b->mount &&
	       a->errnum == b->errnum && strcmp(a->note, b->note) == 0 && strcmp(a->process, b->process) == 0 &&
	       strcmp(a->arguments, b->arguments) == 0;
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
}

void denials_free(struct denials *denials)
{
	free(denials->rows);
	*denials = (struct denials){0};
}
