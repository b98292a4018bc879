#include "runner/github/transport.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
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
