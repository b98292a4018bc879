/* <root>/.env: KEY=VALUE, one a line, put into the environment when the Listener starts. */
#pragma once

/* A missing file is no error. Lines without '=' and empty lines are passed over, as in the official one. */
void dotenv_load(const char *root);
