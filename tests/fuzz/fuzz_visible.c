/* Hostile text: what is shown is bounded, one line, printable, and the text can be had back from it. */
#include "common/visible.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As common/visible.h says: a byte for each \xHH, anything else as it is. */
static size_t back(char *to, const char *shown)
{
	size_t n = 0;

	for (; *shown != '\0'; shown++) {
		if (shown[0] == '\\' && shown[1] == 'x' && digit(shown[2]) >= 0 && digit(shown[3]) >= 0) {
			to[n++] = (char)(digit(shown[2]) << 4 | digit(shown[3]));
			shown += 3;
		} else {
			to[n++] = *shown;
		}
	}
	return n;
}

static void check_printable(const char *shown, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)shown[i];

		CHECK(c >= 0x20 && c != 0x7f);
		CHECK(c != 0xc2 || (unsigned char)shown[i + 1] >= 0xa0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const size_t room = 4 * size + VISIBLE_SIZE_MIN;
	char *shown = malloc(room), *again = malloc(room);

	CHECK(shown != NULL && again != NULL);
	for (int mode = VISIBLE_TEXT; mode <= VISIBLE_ALREADY; mode++) {
		size_t len = visible(shown, room, text, size, (enum visible_mode)mode);

		CHECK(len < room && shown[len] == '\0' && strlen(shown) == len);
		check_printable(shown, len);
		if (mode != VISIBLE_TEXT && mode != VISIBLE_NAME)
			continue;
		CHECK(back(again, shown) == size && memcmp(again, text, size) == 0);
		CHECK(strstr(shown, VISIBLE_CUT) == NULL);
		if (len >= VISIBLE_SIZE_MIN) { /* and with one byte too little it is cut, before what it was */
			char *less = malloc(len);
			size_t cut = visible(less, len, text, size, (enum visible_mode)mode);

			CHECK(cut < len && cut >= 4 && strcmp(less + cut - 4, VISIBLE_CUT) == 0);
			CHECK(memcmp(less, shown, cut - 4) == 0);
			free(less);
		}
	}
	free(shown);
	free(again);
	return 0;
}
