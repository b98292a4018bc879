/* A GitHub App that manages runners: its installation's token, asked for and renewed.
 * docs.github.com: Authenticating as a GitHub App installation */
#pragma once

#include "common/error.h"
#include "runner/common/secret.h"
#include "runner/common/stop.h"
#include "runner/github/github.h"

#include <stdint.h>

struct app {
	const char *id;           /* the App's; not owned. NULL: there is no App */
	const struct secret *key; /* its private key; not owned */
	const char *api;          /* as of struct github */
	char *entity;             /* "/repos/OWNER/NAME" …: where the token holds, and for no more than that */
	struct secret token;      /* of the installation; its text is NULL if there is none */
	int64_t given_ns;         /* CLOCK_BOOTTIME: when GitHub gave it */
	int64_t renew_ns;         /* CLOCK_BOOTTIME: from when on another one is asked for */
	int64_t ahead_s;          /* how far GitHub's clock was found to be ahead of ours */
	struct stop *stop;
};

/* As github_open(), with a token of the App's installation at `entity`, which is renewed before a call where it must
 * be. `app` must outlive `github`. */
int app_open(struct github *github, struct app *app, const char *api, const char *entity, struct stop *stop,
	struct error *err);

/* Forgets the token. */
void app_free(struct app *app);
