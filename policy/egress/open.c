#include "common/cleanup.h"
#include "common/parse.h"
#include "policy/egress/egress.h"
#include "policy/egress/ranges.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static int not_understood(const char *text, struct error *err)
{
	char names[128];
	size_t used = 0;

	for (size_t i = 0; i < egress_ranges_count; i++)
		if (egress_ranges[i].closed == NULL && used < sizeof names)
			used += (size_t)snprintf(names + used, sizeof names - used, "%s, ", egress_ranges[i].name);
	error_set(err, 0, "%s: neither an address nor a named range", text);
	return error_hint(
		err, "expected %sor ADDRESS[/PREFIX][:PORT] (with a port, an IPv6 address in brackets)", names);
}

static int open_name(const struct egress_range *range, struct egress_open *open, struct error *err)
{
	*open = (struct egress_open){.name = range->name};
	if (range->closed == NULL)
		return 0;
	return error_set(err, 0, "%s: cannot be opened: %s", range->name, range->closed);
}

/* Cuts "ADDRESS[/PREFIX][:PORT]" up: `address` is a copy to write to; *prefix and *port point into it, or are NULL. */
static int cut(char *address, char **start, char **prefix, char **port)
{
	char *close = address[0] == '[' ? strchr(address, ']') : NULL;
	char *first = strchr(address, ':');

	*start = address;
	*port = NULL;
	if (close != NULL) {
		*start = address + 1;
		*close = '\0';
		if (close[1] == ':')
			*port = close + 2;
		else if (close[1] != '\0')
			return -1;
	} else if (first != NULL && strchr(first + 1, ':') == NULL) {
		*first = '\0';
		*port = first + 1;
	}
	*prefix = strchr(*start, '/');
	if (*prefix != NULL)
		*(*prefix)++ = '\0';
	return 0;
}

static bool has_host_bits(const struct egress_prefix *prefix)
{
	for (unsigned bit = prefix->length; bit < egress_address_bits(prefix->family); bit++)
		if ((prefix->bytes[bit / 8] & (0x80u >> bit % 8)) != 0)
			return true;
	return false;
}

static bool is_loopback(const struct egress_prefix *prefix)
{
	static const uint8_t zero[15] = {0};

	if (prefix->family == AF_INET)
		return prefix->bytes[0] == 127;
	return memcmp(prefix->bytes, zero, sizeof zero) == 0 && prefix->bytes[15] == 1;
}

/* The job reaches the host's loopback by way of its own: a port of it that the helper listens on. */
static int check_loopback(const char *text, struct egress_open *open, struct error *err)
{
	static const uint8_t localhost[4] = {127, 0, 0, 1};

	open->loopback = is_loopback(&open->prefix);
	if (!open->loopback)
		return 0;
	if (open->port != 0 && open->prefix.length == egress_address_bits(open->prefix.family) &&
		(open->prefix.family == AF_INET6 || memcmp(open->prefix.bytes, localhost, sizeof localhost) == 0))
		return 0;
	error_set(err, 0, "%s: the host's loopback requires a port", text);
	return error_hint(err, "expected 127.0.0.1:PORT or [::1]:PORT");
}

static int read_numbers(
	const char *text, const char *prefix, const char *port, struct egress_open *open, struct error *err)
{
	const unsigned bits = egress_address_bits(open->prefix.family);
	uint64_t number = bits;

	if (prefix != NULL && parse_count(prefix, bits, &number, err) < 0)
		return error_context(err, "%s: prefix", text);
	open->prefix.length = (uint8_t)number;
	number = 0;
	if (port != NULL && parse_count(port, UINT16_MAX, &number, err) < 0)
		return error_context(err, "%s: port", text);
	if (port != NULL && number == 0)
		return error_set(err, 0, "%s: port 0", text);
	open->port = (uint16_t)number;
	if (has_host_bits(&open->prefix)) {
		error_set(err, 0, "%s: has bits set beyond its prefix", text);
		return error_hint(
			err, "write a network with zeros there, or a single address without /%u", open->prefix.length);
	}
	return 0;
}

int egress_open_parse(const char *text, struct egress_open *open, struct error *err)
{
	const struct egress_range *range = egress_range_find(text);
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	_cleanup_(freep) char *copy = strdup(text);
	char *address, *prefix, *port;

	if (copy == NULL)
		return error_set(err, ENOMEM, "%s", text);
	*open = (struct egress_open){0};
	if (range != NULL)
		return open_name(range, open, err);
	if (cut(copy, &address, &prefix, &port) < 0)
		return not_understood(text, err);
	open->prefix.family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(open->prefix.family, address, open->prefix.bytes) != 1)
		return not_understood(text, err);
	if (open->prefix.family == AF_INET6 && memcmp(open->prefix.bytes, mapped, sizeof mapped) == 0) {
		error_set(err, 0, "%s: IPv4-mapped address", text);
		return error_hint(err, "write it as IPv4");
	}
	if (read_numbers(text, prefix, port, open, err) < 0)
		return -1;
	return check_loopback(text, open, err);
}

void egress_open_text(const struct egress_open *open, char *text)
{
	const struct egress_prefix *prefix = &open->prefix;
	char address[INET6_ADDRSTRLEN] = "", length[8] = "", port[8] = "";
	bool brackets = prefix->family == AF_INET6 && open->port != 0;

	if (open->name != NULL) {
		snprintf(text, EGRESS_OPEN_TEXT_MAX, "%s", open->name);
		return;
	}
	inet_ntop(prefix->family, prefix->bytes, address, sizeof address);
	if (prefix->length != egress_address_bits(prefix->family))
		snprintf(length, sizeof length, "/%u", prefix->length);
	if (open->port != 0)
		snprintf(port, sizeof port, ":%u", open->port);
	snprintf(text, EGRESS_OPEN_TEXT_MAX, "%s%s%s%s%s", brackets ? "[" : "", address, length, brackets ? "]" : "",
		port);
}
