/* The runner's configuration files: .runner and .credentials. */
#pragma once

#include "common/error.h"

#include <stdbool.h>

#define SETTINGS_FILE ".runner"
#define CREDENTIALS_FILE ".credentials"
#define RSA_FILE ".credentials_rsaparams"

/* .runner. All strings are owned and never NULL after a successful load. */
struct settings {
	long long agent_id;
	char *agent_name;
	long long pool_id;
	char *pool_name;
	bool disable_update;
	bool ephemeral;
	char *server_url;
	char *server_url_v2; /* the broker */
	char *github_url;
	char *work_folder; /* absolute or relative to the root */
};

/* .credentials */
struct credentials {
	char *client_id;
	char *authorization_url;
};

/* Reads <root>/.runner. agentId, agentName, serverUrlV2 (or serverUrl) and workFolder are required. */
int settings_load(struct settings *settings, const char *root, struct error *err);
int settings_save(const struct settings *settings, const char *root, struct error *err);
void settings_free(struct settings *settings);

int credentials_load(struct credentials *credentials, const char *root, struct error *err);
int credentials_save(const struct credentials *credentials, const char *root, struct error *err);
void credentials_free(struct credentials *credentials);

/* Removes the three files of a configuration, as far as they are there. True when there was a .runner. */
bool settings_remove(const char *root);
