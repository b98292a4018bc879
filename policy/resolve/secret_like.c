#include "policy/resolve/secret_like.h"

#include "policy/resolve/secret_value.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define WORDS_MAX 32
#define WORD_MAX 64

/* In lower case, without digits at the end. What is too long is cut: longer words are none of ours. */
struct words {
	char text[WORDS_MAX][WORD_MAX];
	size_t n;
};

typedef const char *const list[];

/* Anywhere in a word: PGPASSWORD, SECRETS, APPLICATION_CREDENTIALS. */
static list contained = {"password", "passwd", "passphrase", "passcode", "secret", "credential", NULL};

/* At the end of a word, wherever that stands: DB_PASS, SSHPASS, MYSQL_PWD, AUTHTOKEN_2, AWS_CREDS. */
static list endings = {"pass", "pwd", "token", "tokens", "cred", "creds", "mnemonic", NULL};
static list other_endings = {
	"compass", "bypass", "trespass", "surpass", "overpass", "underpass", "askpass", "oldpwd", NULL};
static list counted = {"max", "min", "num", "total", NULL}; /* MAX_TOKENS */

/* The last word: GH_PAT, DB_PW, REGISTRY_AUTH; AUTH_METHOD and PW_TEST are not. */
static list last_words = {
	"auth", "oauth", "basicauth", "pat", "pats", "pw", "otp", "totp", "jwt", "bearer", "salt", NULL};

/* Within a value, where "auth=basic" and "pat=*.c" are settings: pw=…, {"jwt": …}. */
static list last_words_within = {"pw", "otp", "totp", "jwt", NULL};

/* A word that ends so, but for what the word before or behind it says: SSH_KEY, apiKey, SECRET_KEY_BASE; not
 * PUBLIC_KEY, CACHE_KEY, AWS_ACCESS_KEY_ID. */
static list keys = {"key", "keys", NULL};
static list other_keys = {"monkey", "donkey", "turkey", "hockey", "jockey", "whiskey", "lesskey", "hotkey", "hotkeys",
	"pubkey", "pubkeys", "publickey", NULL};
static list before_other_keys = {
	"public", "pub", "sort", "cache", "primary", "foreign", "partition", "hot", "routing", NULL};
static list behind_other_keys = {"id", "ids", "name", "names", "type", "size", "length", "algorithm", "url", "uri",
	"prefix", "alias", "version", "vault", "server", "store", "map", "bindings", "layout", "repeat", "delay",
	"timeout", NULL};

/* The value is then where the secret is, not the secret: POSTGRES_PASSWORD_FILE=/run/secrets/db. */
static list places = {"file", "path", "dir", "directory", NULL};

/* No secret, whatever the name: MYSQL_ALLOW_EMPTY_PASSWORD=yes. */
static list answers = {"true", "false", "yes", "no", "on", "off", "none", "null", NULL};

static bool is_in(const char *const *entries, const char *word)
{
	for (; *entries != NULL; entries++)
		if (strcmp(*entries, word) == 0)
			return true;
	return false;
}

static bool ends_in(const char *const *entries, const char *word)
{
	const size_t len = strlen(word);

	for (; *entries != NULL; entries++)
		if (len >= strlen(*entries) && strcmp(word + len - strlen(*entries), *entries) == 0)
			return true;
	return false;
}

static bool contains_any(const char *const *entries, const char *word)
{
	for (; *entries != NULL; entries++)
		if (strstr(word, *entries) != NULL)
			return true;
	return false;
}

/* "dbPass" and "APIKey" have a new word at the P and at the K. */
static bool begins_word(const char *name, size_t i)
{
	const unsigned char c = (unsigned char)name[i];

	if (i == 0 || isalnum((unsigned char)name[i - 1]) == 0)
		return true;
	return isupper(c) && (islower((unsigned char)name[i - 1]) ||
				     (isupper((unsigned char)name[i - 1]) && islower((unsigned char)name[i + 1])));
}

static void add_word(struct words *words, const char *start, size_t len)
{
	char *word;

	while (len > 0 && isdigit((unsigned char)start[len - 1]))
		len--;
	if (len == 0)
		return;
	if (words->n == WORDS_MAX) { /* the last ones say what it is */
		memmove(words->text, words->text + 1, (WORDS_MAX - 1) * sizeof words->text[0]);
		words->n--;
	}
	word = words->text[words->n++];
	if (len >= WORD_MAX) { /* what is said at its end counts */
		start += len - (WORD_MAX - 1);
		len = WORD_MAX - 1;
	}
	for (size_t i = 0; i < len; i++)
		word[i] = (char)tolower((unsigned char)start[i]);
	word[len] = '\0';
}

static void split(const char *name, struct words *words)
{
	size_t start = 0;

	words->n = 0;
	for (size_t i = 0;; i++) {
		const bool alnum = isalnum((unsigned char)name[i]) != 0;

		if (alnum && !begins_word(name, i))
			continue;
		if (i > start)
			add_word(words, name + start, i - start);
		if (name[i] == '\0')
			return;
		start = alnum ? i : i + 1;
	}
}

static bool is_key(const struct words *words, size_t i)
{
	const char *word = words->text[i];

	if (!ends_in(keys, word) || is_in(other_keys, word))
		return false;
	if (is_in(keys, word) && i > 0 && is_in(before_other_keys, words->text[i - 1]))
		return false;
	return i + 1 == words->n || !is_in(behind_other_keys, words->text[i + 1]);
}

static bool is_ending(const struct words *words, size_t i)
{
	const char *word = words->text[i];

	if (!ends_in(endings, word) || is_in(other_endings, word))
		return false;
	return strcmp(word, "tokens") != 0 || i == 0 || !is_in(counted, words->text[i - 1]);
}

static bool is_secret_word(const struct words *words, size_t i)
{
	const char *word = words->text[i];

	if (contains_any(contained, word) || is_key(words, i))
		return true;
	if (is_ending(words, i))
		return true;
	if (i + 1 == words->n)
		return is_in(last_words, word);
	return strcmp(word, "auth") == 0 && strcmp(words->text[i + 1], "config") == 0;
}

static bool is_answer(const char *value)
{
	for (const char *const *answer = answers; *answer != NULL; answer++)
		if (strcasecmp(value, *answer) == 0)
			return true;
	return value[0] == '\0';
}

static bool is_path(const char *value)
{
	return strchr("/.~", value[0]) != NULL;
}

static bool by_name(const char *name, const char *value)
{
	struct words words;

	if (is_answer(value) || strcasecmp(name, "PWD") == 0)
		return false;
	split(name, &words);
	if (words.n > 1 && is_in(places, words.text[words.n - 1]) && is_path(value))
		return false;
	for (size_t i = 0; i < words.n; i++)
		if (is_secret_word(&words, i))
			return true;
	return false;
}

bool secret_like_within(const char *name, const char *value)
{
	struct words words;

	if (is_answer(value) || strcasecmp(name, "PublicKeyToken") == 0)
		return false;
	split(name, &words);
	if (words.n == 0 || (words.n > 1 && is_in(places, words.text[words.n - 1]) && is_path(value)))
		return false;
	for (size_t i = 0; i < words.n; i++) {
		const char *word = words.text[i];

		if (is_key(&words, i) ? !is_path(value) && (i > 0 || !is_in(keys, word))
				      : contains_any(contained, word) || is_ending(&words, i))
			return true;
	}
	return is_in(last_words_within, words.text[words.n - 1]);
}

bool secret_like(const char *name, const char *value)
{
	return by_name(name, value) || secret_value(value);
}
