#include "policy/etc/etc.h"

#include "policy/etc/text.h"

/* Services that answer from a daemon's socket or a server of the site's. nsswitch.conf(5), sssd(8), nslcd(8),
 * winbindd(8), nss-resolve(8), nss-mymachines(8), avahi-daemon(8), ypbind(8). Those that are not here answer from files
 * or by themselves: files, compat, db, extrausers, altfiles, dns, myhostname, systemd. */
static const char *const absent[] = {"hesiod", "ldap", "mdns", "mdns4", "mdns4_minimal", "mdns6", "mdns6_minimal",
	"mdns_minimal", "mymachines", "nis", "nisplus", "resolve", "sss", "winbind", "wins"};

/* Netgroups, aliases and the like are asked for by nobody who has not set up such a service. */
static const char *const databases[] = {"passwd", "group", "initgroups", "shadow", "gshadow", "hosts"};

/* Of a database of users, a service that knows no more than the file; nss-systemd(8) knows root and nobody. */
static const char *const local[] = {"files", "compat", "systemd"};

static bool is_among(const char *word, size_t len, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(words[i]) == len && strncmp(word, words[i], len) == 0)
			return true;
	return false;
}

static bool is_absent(const char *word, size_t len)
{
	return is_among(word, len, absent, sizeof absent / sizeof absent[0]);
}

/* The next service or [criterion] of a line; NULL: it has none left. */
static const char *next_word(const char **rest, size_t *len)
{
	const char *word = *rest + strspn(*rest, " \t\r");

	*len = strcspn(word, word[0] == '[' ? "]\n" : " \t\r\n#[");
	*len += word[0] == '[' && word[*len] == ']';
	*rest = word + *len;
	return *len > 0 && word[0] != '#' ? word : NULL;
}

/* Behind the colon of a line that is about one of these, "passwd: …"; NULL: it is not. */
static const char *services(const char *line, const char *const *about, size_t n)
{
	const char *name = line + strspn(line, " \t"), *colon = name + strcspn(name, ":#\n");

	return *colon == ':' && is_among(name, strcspn(name, " \t:"), about, n) ? colon + 1 : NULL;
}

static bool is_about(const char *line, const char *database)
{
	return services(line, &database, 1) != NULL;
}

static bool has_absent(const char *rest)
{
	const char *word;
	size_t len;

	while ((word = next_word(&rest, &len)) != NULL)
		if (is_absent(word, len))
			return true;
	return false;
}

/* Adds the line without its absent services and the criteria that follow them. Host names that
 * such a service would have answered go to "dns"; where no service is left, "files" answers. */
static void add_present(struct etc_text *out, const char *line, const char *rest, bool hosts)
{
	bool dropped = false, dns = false, any = false;
	const char *word;
	size_t len;

	etc_text_add_bytes(out, line, (size_t)(rest - line));
	while ((word = next_word(&rest, &len)) != NULL) {
		if (word[0] != '[')
			dropped = is_absent(word, len);
		if (dropped)
			continue;
		dns |= is_among(word, len, (const char *const[]){"dns"}, 1);
		any |= word[0] != '[';
		etc_text_add_bytes(out, " ", 1);
		etc_text_add_bytes(out, word, len);
	}
	if (!any)
		etc_text_add(out, " files");
	if (hosts && !dns)
		etc_text_add(out, " dns");
	etc_text_add_bytes(out, "\n", 1);
}

char *etc_nsswitch(const char *root)
{
	struct etc_text out = etc_text_new(2 * strlen(root) + 16);

	for (const char *line = root; *line != '\0';) {
		const size_t length = strcspn(line, "\n");
		const char *rest = services(line, databases, sizeof databases / sizeof databases[0]);

		if (rest != NULL && has_absent(rest))
			add_present(&out, line, rest, is_about(line, "hosts"));
		else
			etc_text_add_bytes(&out, line, length + (line[length] == '\n'));
		line += length + (line[length] == '\n');
	}
	return etc_text_take(&out);
}

bool etc_nsswitch_knows_more(const char *nsswitch)
{
	for (const char *line = nsswitch; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *rest = is_about(line, "passwd") ? services(line, databases, 1) : NULL, *word;
		size_t len;

		while (rest != NULL && (word = next_word(&rest, &len)) != NULL)
			if (word[0] != '[' && !is_among(word, len, local, sizeof local / sizeof local[0]))
				return true;
	}
	return false;
}
