#include "runner/github/transport.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The variables of OpenSSL, which the official runner obeys and libcurl leaves to its callers. */
static void set_certificates(CURL *curl)
{
	const char *file = getenv("SSL_CERT_FILE"), *directory = getenv("SSL_CERT_DIR");

	if (file != NULL && *file != '\0')
		curl_easy_setopt(curl, CURLOPT_CAINFO, file);
	if (directory != NULL && *directory != '\0')
		curl_easy_setopt(curl, CURLOPT_CAPATH, directory);
}

void transport_secure(void *curl, const char *url)
{
	const bool encrypted = strncasecmp(url, "https://", 8) == 0;

	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, encrypted ? "https" : "http");
	if (!encrypted)
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's are not the server's */
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	set_certificates(curl);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "cofferdam/" COFFERDAM_VERSION);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Otherwise it waits for name servers that do not answer, whatever the limit, and no signal is heard. */
	curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
#endif
}

bool transport_is_transient(CURLcode code)
{
	static const CURLcode transient[] = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY,
		CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
		CURLE_PARTIAL_FILE, CURLE_SSL_CONNECT_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM};

	for (size_t i = 0; i < sizeof transient / sizeof transient[0]; i++)
		if (code == transient[i])
			return true;
	return false;
}

const char *transport_remedy(CURLcode code)
{
	static const struct {
		CURLcode code;
		const char *remedy;
	} remedies[] = {
		{CURLE_COULDNT_RESOLVE_HOST, "check GITHUB_URL, and this host's name servers"},
		{CURLE_COULDNT_RESOLVE_PROXY, "check https_proxy, and this host's name servers"},
		{CURLE_COULDNT_CONNECT, "check firewall and https_proxy"},
		{CURLE_OPERATION_TIMEDOUT,
			"check firewall and https_proxy; https://www.githubstatus.com tells of GitHub"},
		{CURLE_PEER_FAILED_VERIFICATION, "name the server's authority with SSL_CERT_FILE"},
		{CURLE_SSL_CACERT_BADFILE, "check SSL_CERT_FILE and SSL_CERT_DIR"},
		{CURLE_PARTIAL_FILE, "a proxy may have cut the answer"},
		{CURLE_WRITE_ERROR, "the answer is too long to be GitHub's: check GITHUB_API_URL"},
	};

	for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++)
		if (remedies[i].code == code)
			return remedies[i].remedy;
	return NULL;
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
	char *of_a = NULL, *of_b = NULL;
	const bool same = curl_url_get(a, part, &of_a, CURLU_DEFAULT_PORT) == CURLUE_OK &&
			  curl_url_get(b, part, &of_b, CURLU_DEFAULT_PORT) == CURLUE_OK && strcasecmp(of_a, of_b) == 0;

	curl_free(of_a);
	curl_free(of_b);
	return same;
}

bool transport_same_origin(const char *a, const char *b)
{
	CURLU *of_a = curl_url(), *of_b = curl_url();
	const bool same = of_a != NULL && of_b != NULL && curl_url_set(of_a, CURLUPART_URL, a, 0) == CURLUE_OK &&
			  curl_url_set(of_b, CURLUPART_URL, b, 0) == CURLUE_OK &&
			  same_part(of_a, of_b, CURLUPART_SCHEME) && same_part(of_a, of_b, CURLUPART_HOST) &&
			  same_part(of_a, of_b, CURLUPART_PORT);

	curl_url_cleanup(of_a);
	curl_url_cleanup(of_b);
	return same;
}
