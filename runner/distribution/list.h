/* GitHub's list of official distributions: GET …/actions/runners/downloads. Pure.
 *
 * docs.github.com/rest: list runner applications. The list has one entry for each platform, of the newest version. */
#pragma once

#include "common/error.h"
#include "runner/distribution/version.h"

#include <jansson.h>
#include <stdbool.h>

#define SHA256_HEX_SIZE 65

/* A distribution that can be downloaded. */
struct offer {
	char version[VERSION_SIZE];
	char sha256[SHA256_HEX_SIZE]; /* lower case */
	char *url;                    /* https, or http of any host: the caller decides; owned */
	char *token;                  /* temp_download_token, or NULL; wiped when freed; owned */
};

/* Picks the newest entry for Linux on `architecture` (x64, arm64, arm). An entry of another platform is not looked at;
 * one of this platform must be complete: a file name with the version in it, a URL, a SHA-256. The caller calls
 * offer_free(), also after a failure. */
int list_pick(struct offer *offer, const json_t *list, const char *architecture, struct error *err);
void offer_free(struct offer *offer);

/* Reads the version from the name of an official archive, "actions-runner-linux-x64-2.336.0.tar.gz", without any
 * directory. False if it has another name. */
bool list_version_of(const char *filename, const char *architecture, char version[VERSION_SIZE]);

/* Copies a SHA-256 of 64 hexadecimal digits in lower case. False if `text` is none. */
bool list_sha256(const char *text, char sha256[SHA256_HEX_SIZE]);
