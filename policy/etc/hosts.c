#include "policy/etc/etc.h"

#include "policy/etc/text.h"

#include <strings.h>

/* The host name and its first label: "a.b" and "a". */
struct host {
	const char *name;
	size_t label;
};

static bool is_word(const char *word, size_t len, const char *other, size_t other_len)
{
	return len == other_len && strncasecmp(word, other, len) == 0;
}

enum { NAMES_WHOLE = 1, NAMES_LABEL = 2, NAMES_ALL = NAMES_WHOLE | NAMES_LABEL };

/* Which of the two the word is: both, where the host name has no dot. */
static unsigned host_names(const struct host *host, const char *word, size_t len)
{
	return (is_word(word, len, host->name, strlen(host->name)) ? NAMES_WHOLE : 0u) |
	       (is_word(word, len, host->name, host->label) ? NAMES_LABEL : 0u);
}

/* The next word of the line; NULL: it has none left. */
static const char *next_word(const char **rest, size_t *len)
{
	const char *word = *rest + strspn(*rest, " \t\r");

	*len = strcspn(word, " \t\r\n#");
	*rest = word + *len;
	return *len > 0 ? word : NULL;
}

static bool is_loopback4(const char *address, size_t len)
{
	return is_word(address, len, "127.0.0.1", 9);
}

static bool is_loopback6(const char *address, size_t len)
{
	return is_word(address, len, "::1", 3);
}

/* The line of an address without the host name, which is not at that address. Without any name left it is none. */
static void add_without_host(struct etc_text *out, const struct host *host, const char *address, size_t address_len)
{
	const char *rest = address + address_len, *word;
	const size_t start = out->len;
	size_t len, names = 0;

	etc_text_add_bytes(out, address, address_len);
	while ((word = next_word(&rest, &len)) != NULL) {
		if (host_names(host, word, len) != 0)
			continue;
		etc_text_add_bytes(out, "\t", 1);
		etc_text_add_bytes(out, word, len);
		names++;
	}
	if (names == 0)
		out->len = start;
	else
		etc_text_add_bytes(out, "\n", 1);
}

/* What the rows say so far: NAMES_* of the host's two addresses. */
struct said {
	unsigned host4, host6;
	bool localhost;
};

static void add_line(struct etc_text *out, const struct host *host, const char *line, struct said *said)
{
	const char *rest = line, *word, *address;
	size_t len, address_len;
	unsigned names = 0;

	address = next_word(&rest, &address_len);
	while (address != NULL && (word = next_word(&rest, &len)) != NULL) {
		names |= host_names(host, word, len);
		said->localhost |= is_word(word, len, "localhost", 9);
	}
	if (names != 0 && !is_loopback4(address, address_len) && !is_loopback6(address, address_len)) {
		add_without_host(out, host, address, address_len);
		return;
	}
	if (is_loopback4(address, address_len))
		said->host4 |= names;
	if (is_loopback6(address, address_len))
		said->host6 |= names;
	etc_text_add_bytes(out, line, strcspn(line, "\n"));
	etc_text_add_bytes(out, "\n", 1);
}

/* The names that no row gives the address yet. */
static void add_row(struct etc_text *out, const struct host *host, const char *address, unsigned said)
{
	if (said == NAMES_ALL)
		return;
	etc_text_add(out, address);
	if ((said & NAMES_WHOLE) == 0) {
		etc_text_add_bytes(out, "\t", 1);
		etc_text_add(out, host->name);
	}
	if ((said & NAMES_LABEL) == 0 && host->label < strlen(host->name)) {
		etc_text_add_bytes(out, (said & NAMES_WHOLE) == 0 ? " " : "\t", 1);
		etc_text_add_bytes(out, host->name, host->label);
	}
	etc_text_add_bytes(out, "\n", 1);
}

char *etc_hosts(const char *root, const char *hostname)
{
	const struct host host = {.name = hostname, .label = strcspn(hostname, ".")};
	const char *text = root != NULL ? root : "";
	struct etc_text out = etc_text_new(strlen(text) + 4 * strlen(hostname) + 128);
	struct said said = {0};

	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
		add_line(&out, &host, line, &said);
	/* Before the host's own: an address is called what its first row says. */
	if (!said.localhost)
		etc_text_add(&out, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	if (!is_word(hostname, strlen(hostname), "localhost", 9)) {
		add_row(&out, &host, "127.0.0.1", said.host4);
		add_row(&out, &host, "::1", said.host6);
	}
	return etc_text_take(&out);
}

char *etc_hostname(const char *hostname)
{
	struct etc_text out = etc_text_new(strlen(hostname) + 1);

	etc_text_add(&out, hostname);
	etc_text_add_bytes(&out, "\n", 1);
	return etc_text_take(&out);
}
