#include "cli/wrap.h"

#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int wrap_width(FILE *out)
{
	struct winsize size;

	if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	if (size.ws_col < 40)
		return 40;
	return size.ws_col > 120 ? 120 : size.ws_col;
}

/* Of UTF-8: bytes that begin a character. */
static int columns(const char *text, size_t len)
{
	int n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* How the white space before the next word separates it. */
enum gap { GAP_BLANK, GAP_LINE, GAP_PARAGRAPH };

static enum gap skip_gap(const char **text)
{
	const size_t newlines = strspn(*text, "\n");

	if (newlines == 0) {
		*text += strspn(*text, " ");
		return GAP_BLANK;
	}
	*text += newlines;
	if (newlines > 1)
		return GAP_PARAGRAPH;
	return **text == ' ' ? GAP_LINE : GAP_BLANK;
}

static void next_line(FILE *out, enum gap gap, int indent)
{
	fputs(gap == GAP_PARAGRAPH ? "\n\n" : "\n", out);
	fprintf(out, "%*s", indent, "");
}

/* A line that stands for itself, with its blanks. */
static size_t verbatim(FILE *out, const char *text)
{
	const size_t len = strcspn(text, "\n");

	fwrite(text, 1, len, out);
	return len;
}

void wrap_print(FILE *out, const char *text, int used, int indent, int width)
{
	enum gap gap = GAP_BLANK;
	bool first = true;
	int column = used;

	while (*text != '\0') {
		const size_t len = strcspn(text, " \n");
		const int needs = columns(text, len);

		if (!first && (gap != GAP_BLANK || column + 1 + needs > width)) {
			next_line(out, gap, indent);
			column = indent;
		} else if (!first) {
			fputc(' ', out);
			column++;
		}
		if (len == 0) {
			text += verbatim(out, text);
			column = width;
		}
		fwrite(text, 1, len, out);
		text += len;
		column += needs;
		first = false;
		gap = skip_gap(&text);
	}
	fputc('\n', out);
}
