#!/usr/bin/env bats
# The place of a job as the official Worker finds it, and the Worker in it: what a step can do to it, and what it still can do itself.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the steps; run sets status
load official_helpers

# A library that says in which program it was loaded, and how a step asks a .NET process to load it: by AttachProfiler of
# the diagnostic port, https://github.com/dotnet/diagnostics/blob/main/documentation/design-docs/ipc-protocol.md
PROBE='cd "$RUNNER_TEMP"
	cat >probe.c <<-"X"
		#include <stdio.h>
		#include <string.h>
		#include <unistd.h>
		__attribute__((constructor)) static void loaded(void)
		{
			char name[4096] = "";
			FILE *out = fopen(OUT, "a");
			if (out == NULL || readlink("/proc/self/exe", name, sizeof name - 1) < 0)
				return;
			fprintf(out, "loaded by %s\n", strrchr(name, 47) + 1);
			fclose(out);
		}
	X
	gcc -shared -fPIC -DOUT="\"$RUNNER_TEMP/out\"" -o probe.so probe.c
	cat >attach.py <<-"X"
		import glob, os, socket, struct, sys
		found = glob.glob(os.environ.get("TMPDIR", "/tmp") + "/dotnet-diagnostic-%s-*-socket" % sys.argv[1])
		print("ports:", len(found))
		for path in found:
		    s = socket.socket(socket.AF_UNIX)
		    s.settimeout(20)
		    s.connect(path)
		    so = (os.environ["RUNNER_TEMP"] + "/probe.so\0").encode("utf-16le")
		    data = struct.pack("<I16sI", 3000, b"\1" * 16, len(so) // 2) + so + struct.pack("<I", 0)
		    s.sendall(b"DOTNET_IPC_V1\0" + struct.pack("<HBBH", 20 + len(data), 3, 1, 0) + data)
		    try:
		        print("answer:", len(s.recv(100)))
		    except OSError as e:
		        print("answer:", e)
	X
	echo "worker is $(cat /proc/$PPID/comm)"
	python3 attach.py $PPID
	echo "pipes: $(ls "${TMPDIR:-/tmp}" | grep -c "^clr-debug-pipe-$PPID-" || :)"
	echo "worker: $(cat out 2>/dev/null || echo closed)"
	rm -f out'

# A program of .NET in a step, with a profiler as code coverage has it. The runner's own Listener is one.
PROFILE='cd "$RUNNER_TEMP"
	export CORECLR_ENABLE_PROFILING=1 CORECLR_PROFILER={01010101-0101-0101-0101-010101010101} CORECLR_PROFILER_PATH=$RUNNER_TEMP/probe.so
	echo "version $("$DIST/bin/Runner.Listener" --version)"
	echo "profiled: $(cat out 2>/dev/null || echo not)"; rm -f out
	DOTNET_EnableDiagnostics=0 "$DIST/bin/Runner.Listener" --version >/dev/null
	echo "wide switch: $(cat out 2>/dev/null || echo not)"'

# A Worker of .NET, a compiler and three more programs of .NET take their time on a busy machine.
succeeded() {
	until_true 150 completed "$1"
	[ "$(conclusion "$1")" = success ]
}

completed() {
	curl -sf "$URL/_hub/jobs/$1" | jq -e '.status == "completed"' >/dev/null
}

probe() {
	script "$PROBE" "DIST=$W/dist; $PROFILE"
}

@test "no diagnostic port and no profiler lets a step into the Worker; alone it is open; a step's own profiler works in both" {
	need gcc
	need python3
	hub
	mkdir tmp
	id=$(probe)
	bare TMPDIR="$W/tmp" "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit alone)"
	succeeded "$id"
	log_has "$id" "worker is Runner.Worker"
	log_has "$id" "ports: 1"
	log_has "$id" "worker: loaded by Runner.Worker"
	log_has "$id" "profiled: loaded by Runner.Listener"
	log_has "$id" "wide switch: not"
	ended 60
	rm -rf "$W/dist"
	official_dist "$W/dist"

	id=$(probe)
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	succeeded "$id"
	log_has "$id" "worker is Runner.Worker"
	log_has "$id" "ports: 0"
	log_has "$id" "pipes: 0"
	log_has "$id" "worker: closed"
	log_has "$id" "profiled: loaded by Runner.Listener"
	log_has "$id" "wide switch: not"
	ended 60
	nothing_left
}

# A program of .NET in a step that waits at its start for who connects to its diagnostic port, if it has one.
OWN='cd "$RUNNER_TEMP"
	DOTNET_DefaultDiagnosticPortSuspend=1 "$DIST/bin/Runner.Listener" --version >version &
	until ls "${TMPDIR:-/tmp}"/dotnet-diagnostic-$!-*-socket >port 2>/dev/null || [ ! -d /proc/$! ]; do sleep 0.2; done
	[ -s port ] && echo "own port: open" || echo "own port: closed, version $(cat version)"
	kill -KILL $! 2>/dev/null || :'

# The Worker can be closed only by variables, and the steps inherit them; a step that wants its port says so.
@test "a program of .NET in a step has its diagnostic port where the step asks for it, and the Worker still has none" {
	need gcc
	need python3
	hub
	id=$(queue "$(jq -n --arg own "$OWN" --arg probe "$PROBE" --arg dist "$W/dist" '{steps: [{run: $own, env: {DIST: $dist}},
		{run: $own, env: {DIST: $dist, DOTNET_EnableDiagnostics_IPC: "1", DOTNET_EnableDiagnostics_Debugger: "1"}},
		{run: $probe, env: {DOTNET_EnableDiagnostics_IPC: "1", DOTNET_EnableDiagnostics_Debugger: "1"}}]}')")
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	succeeded "$id"
	job_log "$id" | grep "^own port: \|^worker\|^ports: \|^pipes: " >found
	cat found
	[ "$(cat found)" = "own port: closed, version $("$W/dist/bin/Runner.Listener" --version)
own port: open
worker is Runner.Worker
ports: 0
pipes: 0
worker: closed" ]
	ended 60
	nothing_left
}

@test "the places of a job, and the administrator's hooks around its steps" {
	hub
	mkdir admin
	echo 'echo "hook started at $PWD"' >admin/started.sh
	echo 'echo "hook completed for $GITHUB_REPOSITORY"' >admin/completed.sh
	id=$(script 'for name in PWD GITHUB_WORKSPACE RUNNER_TEMP RUNNER_TOOL_CACHE HOME USER; do echo "is $name=${!name-unset}"; done')
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true ACTIONS_RUNNER_HOOK_JOB_STARTED="$W/admin/started.sh" \
		ACTIONS_RUNNER_HOOK_JOB_COMPLETED="$W/admin/completed.sh"
	succeeded "$id"
	job_log "$id" | grep -o 'is [A-Z_]*=.*' | sort -u >places
	cat places
	for place in PWD=/home/runner/work/demo/demo GITHUB_WORKSPACE=/home/runner/work/demo/demo RUNNER_TEMP=/home/runner/work/_temp \
		RUNNER_TOOL_CACHE=/home/runner/work/_tool HOME=/home/runner "USER=$(id -un)"; do
		grep -qxF "is $place" places
	done
	log_has "$id" "hook started at /home/runner/work/demo"
	log_has "$id" "hook completed for octo/demo"
	ended 60
	nothing_left
}
