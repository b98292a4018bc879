#include "cli/runner/table.h"

#include "cli/wrap.h"
#include "common/visible.h"

#include <string.h>

#define GAP 2
#define CELL_SIZE 1024
#define LEAST_LAST 8 /* columns of the last cell */

/* The length of the UTF-8 character, which visible() has found to be one. */
static int length_of(unsigned char first)
{
	if (first < 0xc0)
		return 1;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Scripts from Hangul on may be wide: two columns are enough for each character, so that no line is too long. */
static int width_of(const char *c)
{
	const unsigned char *u = (const unsigned char *)c;

	return u[0] > 0xe1 || (u[0] == 0xe1 && u[1] >= 0x84) ? 2 : 1;
}

int table_cell(char *to, size_t size, const char *text, int width)
{
	char line[CELL_SIZE];
	size_t used = 0, keep = 0;
	int columns = 0, kept = 0;

	visible(line, sizeof line, text, strlen(text), VISIBLE_ALREADY);
	for (const char *c = line; *c != '\0';) {
		const int len = length_of((unsigned char)*c), wide = width_of(c);

		if (columns + wide > width || used + (size_t)len + 1 > size) {
			to[keep] = '~';
			to[keep + 1] = '\0';
			return kept + 1;
		}
		memcpy(to + used, c, (size_t)len);
		used += (size_t)len;
		columns += wide;
		if (columns < width && used + 2 <= size) { /* there is room for the mark behind it */
			keep = used;
			kept = columns;
		}
		c += len;
	}
	to[used] = '\0';
	return columns;
}

static int width_at(FILE *out, const struct table_column *columns, int n, int i)
{
	int left = wrap_width(out);

	if (columns[i].width > 0)
		return columns[i].width;
	for (int k = 0; k < n; k++)
		left -= columns[k].width + (k > 0 ? GAP : 0);
	return left > LEAST_LAST ? left : LEAST_LAST;
}

void table_row(FILE *out, const struct table_column *columns, int n, const char *const cells[])
{
	int pending = 0; /* blanks that are due if something follows */

	for (int i = 0; i < n; i++) {
		const int width = width_at(out, columns, n, i);
		char cell[CELL_SIZE];
		const int used = table_cell(cell, sizeof cell, cells[i] != NULL ? cells[i] : "-", width);

		if (columns[i].is_right)
			pending += width - used;
		if (used > 0) {
			fprintf(out, "%*s%s", pending, "", cell);
			pending = 0;
		} else if (columns[i].is_right) {
			pending += used;
		}
		pending += GAP + (columns[i].is_right ? 0 : width - used);
	}
	putc('\n', out);
}

void table_head(FILE *out, const struct table_column *columns, int n)
{
	const char *titles[TABLE_COLUMNS_MAX];

	for (int i = 0; i < n; i++)
		titles[i] = columns[i].title;
	table_row(out, columns, n, titles);
}

const char *table_duration(char to[TABLE_NUMBER_SIZE], double seconds)
{
	const long long s = seconds > 0 ? (long long)(seconds + 0.5) : 0;

	if (s < 60)
		snprintf(to, TABLE_NUMBER_SIZE, "%llds", s);
	else if (s < 3600)
		snprintf(to, TABLE_NUMBER_SIZE, "%lldm%02llds", s / 60, s % 60);
	else if (s < 86400)
		snprintf(to, TABLE_NUMBER_SIZE, "%lldh%02lldm", s / 3600, s / 60 % 60);
	else
		snprintf(to, TABLE_NUMBER_SIZE, "%lldd%02lldh", s / 86400, s / 3600 % 24);
	return to;
}

const char *table_size(char to[TABLE_NUMBER_SIZE], double bytes)
{
	static const char units[] = "BKMGTP";
	size_t i = 0;

	while (bytes >= 1024 && units[i + 1] != '\0') {
		bytes /= 1024;
		i++;
	}
	snprintf(to, TABLE_NUMBER_SIZE, i == 0 ? "%.0f%c" : "%.1f%c", bytes, units[i]);
	return to;
}
