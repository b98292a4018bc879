/* What every connection of ours to GitHub has in common: certificates, protocols, proxies. libcurl-easy(3) */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>

/* Sets these options of the curl handle for `url`. https alone, with the certificate verified, through the proxy of
 * the environment, which only sees CONNECT. Or plain http, for the loopback hosts that the configuration allows, and
 * through no proxy: it would read what is sent, and carry it over the network in clear. Redirects are not followed. */
void transport_secure(void *curl, const char *url);

/* Whether a second try may mend the error. A certificate that does not fit is not among them. */
bool transport_is_transient(CURLcode code);

/* What may mend it, for the administrator, or NULL. */
const char *transport_remedy(CURLcode code);

/* Whether both have the same scheme, host and port: what is sent to the one may be sent to the other. */
bool transport_same_origin(const char *a, const char *b);
