/* Prints classic BPF programs as text. */
#pragma once

#include "policy/seccomp/seccomp.h"

#include <stdio.h>

/* One instruction a line: its place, what it does, where it goes on. */
void bpf_program_print(const struct bpf_program *program, FILE *out);
