/* `cofferdam runner attach` and `release`: a look at a job that has failed and is held. */
#pragma once

int runner_attach(int argc, char **argv);
int runner_release(int argc, char **argv);
