#!/usr/bin/env bats
# What a job sees of its place: a hosted runner's, short, the same every time, and nothing of the supervisor's.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the job's shell; run sets status
load runner_helpers

# What a step prints of its world: one "is NAME=VALUE" a line.
LOOK='for name in PWD GITHUB_WORKSPACE RUNNER_WORKSPACE RUNNER_TEMP RUNNER_TOOL_CACHE HOME USER LOGNAME; do
		echo "is $name=${!name-unset}"; done
	echo "is id=$(id -un)"; echo "is passwd=$(getent passwd "$(id -un)" | cut -d: -f6)"; echo "is home=$(cd && pwd)"'

world_of() {
	job_log "$1" | grep -o 'is [A-Za-z_]*=.*'
}

is() {
	world_of "$1" | grep -qxF -- "is $2" || {
		world_of "$1"
		return 1
	}
}

@test "work directory, temp, tool cache and home are a hosted runner's, the same in each job" {
	local me

	me=$(id -un)
	start ACCESS_TOKEN="$PAT" RUNNER_NAME=stays
	wait_runner idle stays
	for n in 1 2; do
		jobs[n]=$(script "$LOOK" 'cd "$RUNNER_TEMP" && python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"$RUNNER_TEMP/\" + 60 * \"s\")"
			{ env | grep -cF '"'$W/state'"' || :; } | sed s/^/leaks:/
			[ ! -e '"'$W/state'"' ] || echo "leak""s: state directory"; echo looked')
		[ "$(conclusion "${jobs[n]}")" = success ]
		log_has "${jobs[n]}" looked
	done
	is "${jobs[1]}" PWD=/home/runner/work/demo/demo
	is "${jobs[1]}" GITHUB_WORKSPACE=/home/runner/work/demo/demo
	is "${jobs[1]}" RUNNER_WORKSPACE=/home/runner/work/demo
	is "${jobs[1]}" RUNNER_TEMP=/home/runner/work/_temp
	is "${jobs[1]}" RUNNER_TOOL_CACHE=/home/runner/work/_tool
	for what in HOME passwd home; do is "${jobs[1]}" $what=/home/runner; done
	for what in USER LOGNAME id; do is "${jobs[1]}" "$what=$me"; done
	[ "$(world_of "${jobs[1]}")" = "$(world_of "${jobs[2]}")" ]
	log_has "${jobs[2]}" leaks:0
	not log_has "${jobs[2]}" "leaks: state"
	stops 30
}

@test "identity subuid: the user is root, by every name" {
	"$COFFERDAM" run --identity subuid -- true 2>/dev/null || skip "identity subuid: not available on this host"
	profile '"identity": "subuid"'
	id=$(script "$LOOK")
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	for what in USER LOGNAME id; do is "$id" $what=root; done
	is "$id" HOME=/home/runner
	is "$id" PWD=/home/runner/work/demo/demo
	ended 30
	nothing_left
}

@test "RUNNER_WORKDIR, absolute: jobs see it under its name; on the host each has its own directory in it" {
	mkdir "$W/work"
	id=$(script "$LOOK" 'echo in >file; echo ready; until [ -e go ]; do read -rt 0.1 <> <(:) || :; done')
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_WORKDIR="$W/work"
	wait_log "$id" ready
	[ "$(cat "$W"/work/1-*/demo/demo/file)" = in ]
	touch "$(echo "$W"/work/1-*)/demo/demo/go"
	[ "$(conclusion "$id")" = success ]
	is "$id" "PWD=$W/work/demo/demo"
	is "$id" "RUNNER_TEMP=$W/work/_temp"
	ended 20
	[ -z "$(ls -A "$W/work")" ]
	nothing_left
}

@test "RUNNER_WORKDIR, relative: below the runner's directory; a name that the runner has is refused" {
	id=$(script "$LOOK")
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_WORKDIR=job.json
	[ "$(conclusion "$id")" = success ]
	is "$id" "PWD=$W/dist/job.json/demo/demo"
	ended 20
	nothing_left
	for name in _diag bin .runner; do
		run runner ACCESS_TOKEN="$PAT" RUNNER_WORKDIR=$name start
		[ "$status" = 2 ]
		[[ $output == *"RUNNER_WORKDIR: $name: has the name of a file of the runner's (use another name, such as _work, or unset it: jobs then have /home/runner/work)"* ]]
	done
	run runner ACCESS_TOKEN="$PAT" RUNNER_WORKDIR="$STATE/w" start
	[ "$status" = 2 ]
	[[ $output == *"RUNNER_WORKDIR: $STATE/w: lies in the state directory, which jobs do not see"* ]]
}

@test "RUNNER_WORKDIR, absolute: one that is not there, no directory or not writable is refused at the start" {
	: >"$W/file"
	mkdir -m 0500 "$W/closed"
	for row in "none: No such file or directory" "file: Not a directory" "closed: Permission denied"; do
		run runner ACCESS_TOKEN="$PAT" RUNNER_WORKDIR="$W/${row%%:*}" start
		echo "$output"
		[ "$status" = 2 ]
		[[ $output == *"RUNNER_WORKDIR: $W/$row (it must be a directory in which this user can make those of the jobs)"* ]]
	done
}

@test "a distribution in the home, as in the official image: both are there, and its keys are not" {
	mv "$W/dist" "$W/runner"
	echo '{"secret": true}' >"$W/runner/.credentials"
	profile "\"env\": [\"HOME=$W/runner\"], \"tmpfs\": [\"$W/runner\"]"
	id=$(script "$LOOK" 'ls -A ~ | xargs echo "there:"; head -c 20M /dev/zero >~/large && echo has room')
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_DIR="$W/runner"
	[ "$(conclusion "$id")" = success ]
	is "$id" "HOME=$W/runner"
	is "$id" PWD=/home/runner/work/demo/demo
	log_has "$id" "has room"
	job_log "$id" | grep '^there:' | grep -F bin
	not log_has "$id" .credentials
	ended 30
	nothing_left
}

@test "whichever home the job has, by its profile or by .env: the Worker's trusted certificates are out of reach" {
	local steps='s=$HOME/.dotnet/corefx/cryptography/x509stores; w=won
		mkdir -p "$s/root" 2>/dev/null && : >"$s/root/a.pfx" 2>/dev/null && echo "$w: root"
		for d in "$s/root" "$s" "$HOME/.dotnet/corefx/cryptography" "$HOME/.dotnet/corefx" "$HOME/.dotnet"; do
			mv "$d" "$d.away" 2>/dev/null && echo "$w: moved $d"
		done
		mkdir -p "$s/my" && : >"$s/my/a.pfx" && echo "$w its own at $HOME"; echo through'

	for how in profile env; do
		if [ $how = profile ]; then
			profile '"env": ["HOME=/home/somebody"], "tmpfs": ["/home/somebody"]'
		else
			profile '"tmpfs": ["/home/somebody"]'
			echo HOME=/home/somebody >"$W/dist/.env"
		fi
		id=$(script "$steps")
		start ACCESS_TOKEN="$PAT" EPHEMERAL=true
		[ "$(conclusion "$id")" = success ]
		log_has "$id" through
		log_has "$id" "won its own at /home/somebody"
		not log_has "$id" "won: "
		ended 30
		nothing_left
	done
	run "$COFFERDAM" run --quiet --tmpfs /home/somebody --env HOME=/home/somebody -- sh -c "$steps"
	echo "$output"
	[ "$(grep -c "^won: " <<<"$output")" = 6 ]
}

@test "hooks: the script runs before and after the job's steps, under its own path, and no step can change it" {
	mkdir "$W/admin"
	printf 'echo "hook %%s $GITHUB_REPOSITORY"\n' >"$W/admin/start.sh"
	printf 'echo "hook %%s"\n' >"$W/admin/end.sh"
	sed -i 's/%s/started/' "$W/admin/start.sh"
	sed -i 's/%s/completed/' "$W/admin/end.sh"
	printf 'ACTIONS_RUNNER_HOOK_JOB_COMPLETED=%s\n' "$W/admin/end.sh" >"$W/dist/.env"
	id=$(script "$(printf 'd=%q' "$W/admin")
		w=won; echo \"started is \$ACTIONS_RUNNER_HOOK_JOB_STARTED, completed is \$ACTIONS_RUNNER_HOOK_JOB_COMPLETED\"
		cat \"\$d/start.sh\" >/dev/null && echo \"re\"adable
		for f in \"\$d\"/*.sh; do
			echo x >\"\$f\" 2>/dev/null && echo \"\$w: wrote\"
			rm -f \"\$f\" 2>/dev/null && echo \"\$w: removed\"
		done
		for p in \"\$d\" ${W@Q}; do mv \"\$p\" \"\$p.away\" 2>/dev/null && echo \"\$w: moved \$p\"; done
		echo through")
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true ACTIONS_RUNNER_HOOK_JOB_STARTED="$W/admin/start.sh"
	[ "$(conclusion "$id")" = success ]
	# Steps see the script of ours that goes before it.
	log_has "$id" "started is $W/admin/start.sh, completed is $W/dist/cofferdam-job-completed.sh"
	log_has "$id" "hook completed"
	[ "$(job "$id" | jq '.annotations | length')" = 0 ]
	log_has "$id" readable
	log_has "$id" through
	not log_has "$id" "won: "
	ended 30
	nothing_left
	# Shown alone, without its directories.
	run "$COFFERDAM" run --quiet --ro "$W/admin/start.sh:/tmp/a/b/start.sh" -- sh -c 'mv /tmp/a /tmp/away && echo won: moved'
	[ "$output" = "won: moved" ]
}

# What a job writes to whatever names the record, and what its last step then says of a call that it was denied.
PROBE='w=won
	for f in "$DIST"/cofferdam-*; do
		echo "forged by me (EPERM)" 2>/dev/null >>"$f" && echo "$w: wrote $f"
		rm -f "$f" 2>/dev/null && echo "$w: removed $f"
	done
	for fd in /proc/$PPID/fd/* /proc/self/fd/*; do case $(readlink "$fd") in *cofferdam-*) echo "$w: has $fd" ;; esac; done
	unshare --net true || echo "refused, and goes on"'

probe() {
	queue "$(jq -cn --arg run "$PROBE" --arg dist "$W/dist" '{steps: [{run: $run, env: {DIST: $dist}}]}')"
}

@test "COFFERDAM_JOB_NOTES: a job that goes on after a denial has it in its annotation; one without has none" {
	local innocent note="cofferdam: denied system calls: unshare by unshare (EPERM)"

	id=$(probe)
	innocent=$(script true)
	start ACCESS_TOKEN="$PAT" COFFERDAM_JOB_NOTES=true RUNNER_NAME=notes
	job "$id" >ended.json
	jq -e --arg note "$note" '.conclusion == "success" and [.annotations[] | .level, .message] == ["warning", $note]' ended.json
	log_has "$id" "refused, and goes on"
	log_has "$id" "cofferdam: denied: unshare by unshare (EPERM)"
	not log_has "$id" "won: "
	job "$innocent" | jq -e '.conclusion == "success" and .annotations == []'
	stops 30
	nothing_left
	# The control: where a job can write the record, it can say what it likes.
	run "$COFFERDAM" run --quiet --rw "$W:/tmp/w" -- sh -c 'echo forged >>/tmp/w/record && echo won'
	[ "$output" = won ]
}

@test "COFFERDAM_JOB_NOTES: without it a job has the annotation only where it has the step for a hook of the administrator's, as it is" {
	mkdir "$W/admin"
	printf 'echo "hook is $0, %s is $ACTIONS_RUNNER_HOOK_JOB_COMPLETED, $(env | grep -c cofferdam-job) of ours"; exit 3\n' variable >"$W/admin/end.sh"
	for row in "|0|success" "ACTIONS_RUNNER_HOOK_JOB_COMPLETED=$W/admin/end.sh|2|failure" \
		"COFFERDAM_JOB_NOTES=false ACTIONS_RUNNER_HOOK_JOB_COMPLETED=$W/admin/end.sh|1|failure"; do
		IFS='|' read -r variables annotations conclusion <<<"$row"
		id=$(probe)
		# shellcheck disable=SC2086 # several, or none
		start ACCESS_TOKEN="$PAT" EPHEMERAL=true $variables
		job "$id" >ended.json
		jq -e --argjson n "$annotations" --arg is "$conclusion" '(.annotations | length) == $n and .conclusion == $is' ended.json
		not log_has "$id" "won: "
		if [ -n "$variables" ]; then
			log_has "$id" "hook is $W/admin/end.sh, variable is $W/admin/end.sh, 0 of ours"
		else
			not log_has "$id" "cofferdam: "
		fi
		ended 30
		nothing_left
	done
}

@test "hooks and certificates that cannot be shown, and what is not supported, are refused by name; nothing is registered" {
	local rows=(
		"ACTIONS_RUNNER_HOOK_JOB_STARTED=/nowhere/start.sh|ACTIONS_RUNNER_HOOK_JOB_STARTED: /nowhere/start.sh: No such file or directory (name a file of this host, or unset the variable)"
		"ACTIONS_RUNNER_HOOK_JOB_STARTED=$W/hook|ACTIONS_RUNNER_HOOK_JOB_STARTED: $W/hook: the runner would not run it (a hook's name ends in .sh, .ps1 or .js)"
		"ACTIONS_RUNNER_HOOK_JOB_COMPLETED=hook.sh|ACTIONS_RUNNER_HOOK_JOB_COMPLETED: hook.sh: not a path that a job can see"
		"NODE_EXTRA_CA_CERTS=/nowhere.pem|NODE_EXTRA_CA_CERTS: /nowhere.pem: No such file or directory (name a file of this host, or unset the variable)"
		"ACTIONS_RUNNER_CONTAINER_HOOKS=/h/index.js|ACTIONS_RUNNER_CONTAINER_HOOKS: not supported (unset it: jobs have no containers)"
		"GITHUB_ACTIONS_RUNNER_VSOCK_CID_PORT=2:1|GITHUB_ACTIONS_RUNNER_VSOCK_CID_PORT: not supported (unset it: the Worker sends every secret there)"
		"RUN_AS_ROOT=true|RUN_AS_ROOT: not supported (set it to false: root is refused)"
		"REPO_URL=https://github.com/o/r|REPO_URL: GITHUB_URL is set, too (unset one of them)"
		"GITHUB_PAT=another-pat|GITHUB_PAT: ACCESS_TOKEN is set, too (unset one of them)"
	)

	touch "$W/hook"
	for row in "${rows[@]}"; do
		run runner ACCESS_TOKEN="$PAT" "${row%%|*}" start
		[ "$status" = 2 ]
		[[ $output == *"${row#*|}"* ]] || { echo "$output"; false; }
		[[ $output != *another-pat* ]]
	done
	echo ACTIONS_RUNNER_CONTAINER_HOOKS=/h/index.js >"$W/dist/.env"
	run runner ACCESS_TOKEN="$PAT" start
	[ "$status" = 2 ]
	[[ $output == *"$W/dist/.env: ACTIONS_RUNNER_CONTAINER_HOOKS: not supported"* ]]
	[ -z "$(registered)" ]
}

@test "what the administrator names shows jobs nothing of the supervisor's: not the state directory, not a file with a token" {
	local own

	mkdir -p "$W/data/tools/runner"
	ln -s data "$W/link"
	refuses() {
		run runner COFFERDAM_STATE_DIR="$W/data/tools/runner/state" "${@:2}" start
		[ "$status" = 2 ]
		[[ $output == *"$1: would show jobs $own, which is Cofferdam's own (keep them apart)"* ]] || { echo "$output"; false; }
		[ -z "$(registered)" ]
	}

	own=$W/data/tools/runner/state
	refuses "RUNNER_TOOL_CACHE: $W/link/tools/runner" ACCESS_TOKEN="$PAT" RUNNER_TOOL_CACHE="$W/link"
	refuses "$W/link" ACCESS_TOKEN="$PAT" ACTIONS_RUNNER_ACTION_ARCHIVE_CACHE="$W/link"
	profile "\"ro\": [\"$W/data:/mnt\"]"
	refuses "COFFERDAM_PROFILE: /mnt" ACCESS_TOKEN="$PAT"
	mkdir "$W/work"
	profile "\"ro\": [\"$W/work:/mnt\"]"
	own=$W/work refuses "COFFERDAM_PROFILE: /mnt" ACCESS_TOKEN="$PAT" RUNNER_WORKDIR="$W/work"
	ln -s work "$W/jobs"
	profile "\"ro\": [\"$W/work\"]"
	own=$W/work refuses "COFFERDAM_PROFILE: $W/work" ACCESS_TOKEN="$PAT" RUNNER_WORKDIR="$W/jobs"
	profile ''
	ln -s "$own/slots" "$W/dist/others"
	refuses "RUNNER_DIR: $W/dist/others" ACCESS_TOKEN="$PAT"
	rm "$W/dist/others"
	own=$W/dist/pat
	echo "$PAT" >"$own"
	refuses "RUNNER_DIR: $own" ACCESS_TOKEN_FILE="$own"
	rm "$own"

	mkdir -p "$W/dist/state"
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true COFFERDAM_STATE_DIR="$W/dist/state"
	id=$(script "$(printf '{ ls -A %q %q || :; }' "$W/dist" "$W/dist/state")"' | sed "s/^/there: /"')
	[ "$(conclusion "$id")" = success ]
	log_has "$id" "there: bin"
	not log_has "$id" "there: slots"
	ended 30
}

@test "the names of the usual images are read as ours, each with a line; .path, TZ and LC_ALL reach the job" {
	echo "/opt/admin/bin:$PATH" >"$W/dist/.path"
	id=$(script 'echo "path ${PATH%%:*} zone $TZ locale $LC_ALL diagnostics ${DOTNET_EnableDiagnostics-unset}"
		env | grep -c "^RUNNER_TOKEN=\|^LABELS=\|^TOKEN=" || echo "no such variable"')
	start GITHUB_URL= REPO_URL="$URL/octo/demo" RUNNER_TOKEN="$TOKEN" LABELS=big RUNNER_EPHEMERAL=true RUN_AS_ROOT=false \
		TZ=Europe/Berlin LC_ALL=C.UTF-8 DOCKER_HOST=unix:///nowhere
	[ "$(conclusion "$id")" = success ]
	log_has "$id" "path /opt/admin/bin zone Europe/Berlin locale C.UTF-8 diagnostics unset"
	log_has "$id" "no such variable"
	ended 30
	said "REPO_URL: read as GITHUB_URL"
	said "RUNNER_TOKEN: read as TOKEN"
	said "LABELS: read as RUNNER_LABELS"
	said "RUNNER_EPHEMERAL: read as EPHEMERAL"
	said "DOCKER_HOST: no effect: jobs have no Docker"
	not said RUN_AS_ROOT
	not grep -qF "$TOKEN" "$W/err" "$W/out"
	nothing_left
}

@test "RUNNER_TOOL_CACHE: its versions are there, read-only, and a job adds others for itself" {
	mkdir -p "$W/tools/node/20.1.0/x64/bin" "$W/tools/go/1.22.0/x64"
	echo 'echo node 20' >"$W/tools/node/20.1.0/x64/bin/node"
	touch "$W/tools/node/20.1.0/x64.complete" "$W/tools/note" "$W/tools/node/note"
	mkdir -p "$W/tools/closed/1.0.0" "$W/tools/node/18.0.0" "$W/tools/odd:name/1.0.0" "$W/tools/.hidden"
	chmod 000 "$W/tools/closed" "$W/tools/node/18.0.0"
	for n in 1 2; do
		jobs[n]=$(script 'cd "$RUNNER_TOOL_CACHE"; echo "is TOOLS=$PWD"; echo "here: $(echo *) $(echo node/*)"; sh node/20.1.0/x64/bin/node
			w=won; echo x >node/20.1.0/x64/bin/node 2>/dev/null && echo "$w: wrote"
			mv node/20.1.0 node/away 2>/dev/null && echo "$w: moved"; rm -rf node/20.1.0 2>/dev/null && echo "$w: removed"
			mkdir -p node/22.0.0/x64 python/3.12.1/x64 && touch python/3.12.1/x64.complete && echo "added $((40 + 2))"')
	done
	start ACCESS_TOKEN="$PAT" RUNNER_NAME=tools RUNNER_TOOL_CACHE="$W/tools"
	for n in 1 2; do
		[ "$(conclusion "${jobs[n]}")" = success ]
		is "${jobs[n]}" "TOOLS=$W/tools"
		log_has "${jobs[n]}" "here: go node node/20.1.0"
		log_has "${jobs[n]}" "node 20"
		log_has "${jobs[n]}" "added 42"
		not log_has "${jobs[n]}" "won: "
	done
	stops 30
	said "RUNNER_TOOL_CACHE: $W/tools/closed: Permission denied: jobs do not see it"
	said "RUNNER_TOOL_CACHE: $W/tools/node/18.0.0: Permission denied: jobs do not see it"
	said "RUNNER_TOOL_CACHE: $W/tools/odd:name: has a ':', a '\\' or a new line in its name: jobs do not see it"
	not said "/note: "
	not said ".hidden: "
	chmod 700 "$W/tools/closed" "$W/tools/node/18.0.0"
	rm -r "$W/tools/closed" "$W/tools/node/18.0.0" "$W/tools/odd:name" "$W/tools/node/note"
	[ "$(cd "$W/tools" && echo * node/*)" = "go node note node/20.1.0" ]
	echo 'echo end' >"$W/tools/end.sh"
	profile "\"ro\": [\"$W/tools\"]"
	run runner ACCESS_TOKEN="$PAT" RUNNER_TOOL_CACHE="$W/tools" ACTIONS_RUNNER_HOOK_JOB_COMPLETED="$W/tools/end.sh" start
	[ "$status" = 2 ]
	[[ $output == *"ACTIONS_RUNNER_HOOK_JOB_COMPLETED: $W/tools/end.sh: lies where steps could replace it"* ]]
	run runner ACCESS_TOKEN="$PAT" RUNNER_TOOL_CACHE=/nowhere/tools start
	[ "$status" = 2 ]
	[[ $output == *"RUNNER_TOOL_CACHE: /nowhere/tools: No such file or directory"* ]]
}

# image_at_home NAME: an image of that name in the supervisor's home, $W/home: a root without any program, to which a profile shows the host's.
image_at_home() {
	local link

	mkdir -p tree/{etc,proc,dev,sys,tmp,home,usr/bin,usr/lib,usr/lib64,usr/share,usr/sbin} home
	for link in bin lib lib64 sbin; do ln -sfn "usr/$link" "tree/$link"; done
	cp -r /etc/alternatives tree/etc/ 2>/dev/null || :
	echo "root:x:0:0:root:/root:/bin/sh" >tree/etc/passwd
	tar -C tree --owner=0 --group=0 -cf tree.tar .
	env -u COFFERDAM_IMAGES -u XDG_DATA_HOME HOME="$W/home" "$COFFERDAM" image import "$1" tree.tar
	[ -e "home/.local/share/cofferdam/images/names/$1" ]
	profile "\"root\": \"image:$1\", \"ro\": [\"/usr/bin\", \"/usr/lib\", \"/usr/share\"], \"ro_try\": [\"/usr/lib64\"]"
}

@test "an image is looked for where the supervisor's variables say, whatever home a job has" {
	image_at_home mine
	echo "XDG_DATA_HOME=/jobs/data" >"$W/dist/.env"
	id=$(script 'echo "home is $HOME, data is $XDG_DATA_HOME, of $(cut -d: -f1 /etc/passwd | head -n 1)"')
	start ACCESS_TOKEN=$PAT EPHEMERAL=true HOME="$W/home"
	[ "$(conclusion "$id")" = success ]
	log_has "$id" "home is /home/runner, data is /jobs/data, of root"
	ended 60
	[ "$status" = 0 ]
	env -u XDG_DATA_HOME HOME="$W/home" "$COFFERDAM" image remove mine
	nothing_left
}

@test "a variable of Cofferdam's in .env is refused, with the place where it counts" {
	echo "COFFERDAM_LAYERS=$W/layers" >"$W/dist/.env"
	run runner ACCESS_TOKEN=$PAT start
	[ "$status" = 2 ]
	[[ $output == *"/.env: COFFERDAM_LAYERS: has no effect here (set it in the environment of "* ]]
}
