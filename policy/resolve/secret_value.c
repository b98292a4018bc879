#include "policy/resolve/secret_value.h"

#include "policy/resolve/secret_like.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_HERE 64

typedef const char *const list[];

/* Tokens that say what they are, with the least number of characters behind that. */
static const struct {
	char prefix[20]; /* no pointer: the loader would write it, which costs every launch */
	size_t least;
} tokens[] = {
	{"ghp_", 4}, {"gho_", 4}, {"ghs_", 4}, {"ghu_", 4}, {"ghr_", 4}, {"github_pat_", 4}, /* GitHub */
	{"glpat-", 4}, {"gldt-", 8}, {"glrt-", 8}, {"glcbt-", 8}, {"glptt-", 8}, {"gloas-", 8}, {"glsoat-", 8},
	{"glft-", 8}, {"glimt-", 8}, {"glagent-", 8}, {"glffct-", 8}, /* GitLab */
	{"xoxa-", 4}, {"xoxb-", 4}, {"xoxc-", 4}, {"xoxd-", 4}, {"xoxe-", 4}, {"xoxp-", 4}, {"xoxr-", 4}, {"xoxs-", 4},
	{"xapp-", 8},                                                                       /* Slack */
	{"AKIA", 16}, {"ASIA", 16},                                                         /* AWS */
	{"AIza", 30}, {"ya29.", 16}, {"GOCSPX-", 16},                                       /* Google */
	{"npm_", 30}, {"pypi-", 16}, {"rubygems_", 16}, {"dckr_pat_", 8}, {"dckr_oat_", 8}, /* registries */
	{"sk-", 20}, {"sk_live_", 8}, {"sk_test_", 8}, {"rk_live_", 8}, {"rk_test_", 8}, {"whsec_", 16}, /* Stripe */
	{"hf_", 20}, {"gsk_", 20}, {"r8_", 20}, {"xai-", 20}, {"pplx-", 20}, {"sbp_", 20}, {"nfp_", 20}, {"figd_", 16},
	{"PMAK-", 16}, {"pul-", 30}, {"dapi", 30}, {"xkeysib-", 16}, {"ATATT3", 16}, {"ATCTT3", 16}, {"ATBB", 16},
	{"sq0atp-", 16}, {"sq0csp-", 16}, {"shpss_", 16}, {"shpca_", 16}, {"shppa_", 16}, {"doo_v1_", 16},
	{"dor_v1_", 16}, {"sntryu_", 16}, {"SG.", 16}, {"shpat_", 16}, {"dop_v1_", 16}, {"lin_api_", 16}, {"tskey-", 8},
	{"sntrys_", 16}, {"hvs.", 16}, {"hvb.", 16}, {"atlasv1.", 16}, {"AGE-SECRET-KEY-", 8}, /* vaults */
	{"eyJ", 13}, /* a JSON object in base64: a JWT, a runner's JIT configuration, a docker config */
};

/* Wherever they stand in the value, but for the case of letters. */
static list marks = {"putty-user-key-file", "://hooks.slack.com/services/", "://discord.com/api/webhooks/",
	"://discordapp.com/api/webhooks/", "://api.telegram.org/bot", "sharedaccesssignature",
	"?sig=", "&sig=", "x-amz-signature=", "x-goog-signature=", "authorization:", "\"auth\"", "\"auths\"", NULL};

static list beginnings = {"bearer ", "basic ", NULL};
static list netrc = {"machine ", "default login ", NULL}; /* of any line */

/* "PRIVATE KEY" in base64, at each place of a group of three bytes, without what its neighbours decide. */
static list encoded_keys = {"UFJJVkFURSBLRV", "BSSVZBVEUgS0VZ", "QUklWQVRFIEtFW", NULL};

/* The user alone is the password: redis-cli and its like take it so. */
static list user_is_password = {"redis", "rediss", "valkey", "valkeys", NULL};
static list user_is_a_name = {"ssh", "sftp", "scp", "rsync", "mailto", "sip", "sips", "xmpp", NULL};

#define TOKEN_LEAST 16 /* of letters and digits, for a user in a URL that is one */

static bool is_one_of(const char *const *entries, const char *word)
{
	for (; *entries != NULL; entries++)
		if (strcasecmp(*entries, word) == 0)
			return true;
	return false;
}

static bool begins_with(const char *const *entries, const char *text)
{
	for (; *entries != NULL; entries++)
		if (strncasecmp(text, *entries, strlen(*entries)) == 0)
			return true;
	return false;
}

static bool is_token_character(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool starts_token(const char *text)
{
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
		const size_t len = strlen(tokens[i].prefix);
		size_t behind = 0;

		if (strncmp(text, tokens[i].prefix, len) != 0)
			continue;
		while (behind < tokens[i].least && is_token_character(text[len + behind]))
			behind++;
		if (behind == tokens[i].least)
			return true;
	}
	return false;
}

/* --- what stands behind a name */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_name_character(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* The name that ends before `sign`, but for blanks, quotes and their backslashes; where it begins, or NULL. */
static const char *name_before(const char *value, const char *sign, char name[static NAME_MAX_HERE])
{
	const char *end = sign, *start;
	size_t len;

	while (end > value && (is_blank(end[-1]) || strchr("\"'\\", end[-1]) != NULL))
		end--;
	for (start = end; start > value && is_name_character(start[-1]) && end - start < NAME_MAX_HERE - 1; start--)
		;
	len = (size_t)(end - start);
	memcpy(name, start, len);
	name[len] = '\0';
	return len > 0 ? start : NULL;
}

/* What stands behind a sign, with neither blanks nor quotes before it. Empty: nothing does. */
static void value_behind(const char *text, char found[static NAME_MAX_HERE])
{
	size_t len = 0;

	while (is_blank(*text) || *text == '>' || *text == '\\')
		text++;
	if (*text == '"' || *text == '\'')
		text++;
	/* As much as tells that it is no answer. */
	while (len < NAME_MAX_HERE - 1 && text[len] != '\0' && strchr("\"'\\ \t\r\n;,&<>}])", text[len]) == NULL)
		len++;
	memcpy(found, text, len);
	found[len] = '\0';
}

/* Whether a value is given at `sign`: NAME=, NAME =, "NAME":, NAME: with a blank behind it, <NAME>, --NAME with one. */
static bool gives(const char *value, const char *sign, const char *name)
{
	switch (*sign) {
	case '=':
		return true;
	case ':':
		return is_blank(sign[1]) || (sign > value && strchr("\"' \t", sign[-1]) != NULL);
	case '>':
		return name > value && name[-1] == '<';
	case ' ':
		return strncmp(name, "--", 2) == 0 && sign[1] != '-';
	default:
		return false;
	}
}

static bool has_secret_setting(const char *value)
{
	char name[NAME_MAX_HERE], given[NAME_MAX_HERE];

	for (const char *sign = strpbrk(value, "=:> "); sign != NULL; sign = strpbrk(sign + 1, "=:> ")) {
		const char *start = NULL;

		if (*sign != ' ' || (sign > value && is_name_character(sign[-1])))
			start = name_before(value, sign, name);
		if (start == NULL || !gives(value, sign, start))
			continue;
		value_behind(sign + 1, given);
		if (secret_like_within(name, given))
			return true;
	}
	return false;
}

/* --- URLs and their like */

/* "://USER:PASSWORD@", also where a password has signs in it that it should not have. "://HOST:PORT/…@" has none. */
static bool has_password(const char *authority)
{
	const size_t user = strcspn(authority, ":/ \t\n\"'");
	const char *password = authority + user + 1, *end;
	size_t port;

	if (authority[user] != ':')
		return false;
	port = strspn(password, "0123456789");
	if (password[port] == '/' || password[port] == '\0')
		return false;
	end = password + strcspn(password, "@ \t\n\"'");
	return *end == '@' && end > password;
}

/* "SCHEME://SECRET@". `authority` stands behind the "://". */
static bool has_secret_user(const char *value, const char *authority)
{
	const size_t user = strcspn(authority, ":/@ \t\n\"'");
	const char *end = authority - strlen("://"), *scheme = end;
	char name[16];
	size_t letters = 0, digits = 0;

	if (authority[user] != '@' || user == 0)
		return false;
	while (scheme > value && isalnum((unsigned char)scheme[-1]) && end - scheme < (ptrdiff_t)sizeof name - 1)
		scheme--;
	memcpy(name, scheme, (size_t)(end - scheme));
	name[end - scheme] = '\0';
	if (is_one_of(user_is_password, name))
		return true;
	for (size_t i = 0; i < user; i++) {
		letters += isalpha((unsigned char)authority[i]) != 0;
		digits += isdigit((unsigned char)authority[i]) != 0;
	}
	return !is_one_of(user_is_a_name, name) && user >= TOKEN_LEAST && letters > 0 && digits > 0;
}

/* A MySQL driver's "USER:PASSWORD@tcp(HOST)". */
static bool is_data_source(const char *value)
{
	const char *at = strstr(value, "@tcp(");

	if (at == NULL)
		at = strstr(value, "@unix(");
	return at != NULL && memchr(value, ':', (size_t)(at - value)) != NULL;
}

/* What Oracle connects to: "//HOST", "(DESCRIPTION…)", "HOST:PORT/SERVICE". */
static bool is_oracle_target(const char *text)
{
	const size_t host = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
	size_t port;

	if (strncmp(text, "//", 2) == 0 || text[0] == '(')
		return true;
	if (host == 0 || text[host] != ':')
		return false;
	port = strspn(text + host + 1, "0123456789");
	return port > 0 && text[host + 1 + port] == '/';
}

/* Oracle's "USER/PASSWORD@TARGET". */
static bool is_oracle_login(const char *value)
{
	for (const char *at = strchr(value, '@'); at != NULL; at = strchr(at + 1, '@')) {
		const bool jdbc = strncasecmp(value, "jdbc:oracle:", strlen("jdbc:oracle:")) == 0;
		const char *password = at, *user;

		while (password > value && strchr("@/: \t\n\"'=", password[-1]) == NULL)
			password--;
		if (password == at || password == value || password[-1] != '/')
			continue;
		for (user = password - 1; user > value && strchr("@/: \t\n\"'=", user[-1]) == NULL; user--)
			;
		if (user == password - 1 || (user > value && user[-1] == '/'))
			continue;
		if (jdbc || is_oracle_target(at + 1))
			return true;
	}
	return false;
}

/* --- private keys */

/* PEM, OpenPGP, SSH2, OpenVPN: "BEGIN … PRIVATE KEY" behind dashes. */
static bool has_private_block(const char *value)
{
	static list kinds = {"private key", "secret key", "static key", NULL};

	for (const char *at = strcasestr(value, "begin "); at != NULL; at = strcasestr(at + 1, "begin ")) {
		const char *before = at;
		char line[NAME_MAX_HERE];

		while (before > value && before[-1] == ' ')
			before--;
		if (before == value || before[-1] != '-')
			continue;
		snprintf(line, sizeof line, "%.*s", (int)sizeof line - 1, at);
		line[strcspn(line, "\r\n")] = '\0';
		for (const char *const *kind = kinds; *kind != NULL; kind++)
			if (strcasestr(line, *kind) != NULL)
				return true;
	}
	return false;
}

/* Base64 is cut into lines, which a variable may have as they are or as "\n". */
static size_t line_end(const char *text)
{
	if (*text == '\n' || *text == '\r' || *text == ' ')
		return 1;
	return *text == '\\' && (text[1] == 'n' || text[1] == 'r') ? 2 : 0;
}

static bool is_encoded_here(const char *text, const char *mark)
{
	while (*mark != '\0') {
		const size_t skip = line_end(text);

		if (skip == 0 && *text != *mark)
			return false;
		mark += skip == 0;
		text += skip == 0 ? 1 : skip;
	}
	return true;
}

/* A private key once more in base64: one that says so, wherever it stands, and else what begins with "-----BEGIN " and
 * is neither a certificate nor public. */
static bool has_encoded_key(const char *value)
{
	static const char begin[] = "LS0tLS1CRUdJTi";
	const char *rest = value + sizeof begin - 1;

	for (const char *const *mark = encoded_keys; *mark != NULL; mark++)
		for (const char *at = strchr(value, **mark); at != NULL; at = strchr(at + 1, **mark))
			if (is_encoded_here(at, *mark))
				return true;
	return strncmp(value, begin, sizeof begin - 1) == 0 && strncmp(rest, "BDRVJU", 6) != 0 &&
	       strncmp(rest, "BQVUJM", 6) != 0;
}

static bool is_marked(const char *value)
{
	for (const char *const *mark = marks; *mark != NULL; mark++)
		if (strcasestr(value, *mark) != NULL)
			return true;
	for (const char *line = value; line != NULL; line = strchr(line, '\n')) {
		line += line != value;
		if (begins_with(netrc, line))
			return true;
	}
	return begins_with(beginnings, value);
}

bool secret_value(const char *value)
{
	for (const char *at = strstr(value, "://"); at != NULL; at = strstr(at + 3, "://"))
		if (has_password(at + 3) || has_secret_user(value, at + 3))
			return true;
	for (size_t i = 0; value[i] != '\0'; i++)
		if ((i == 0 || isalnum((unsigned char)value[i - 1]) == 0) && starts_token(value + i))
			return true;
	return is_marked(value) || has_secret_setting(value) || has_private_block(value) || has_encoded_key(value) ||
	       is_data_source(value) || is_oracle_login(value);
}
