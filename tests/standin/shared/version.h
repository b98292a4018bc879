/* The official release whose shape the stand-in has. */
#pragma once

#define RUNNER_VERSION "2.336.0"
