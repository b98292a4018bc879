#!/usr/bin/env bats
# A runner whose jobs have subordinate ids: what they leave belongs to ids that the runner's user does not have.

load runner_helpers

eval "runner_$(declare -f setup)"
setup() {
	unshare --map-root-user --map-auto true 2>/dev/null || skip "no subordinate ids for $(id -un): make deps gives them"
	runner_setup
	profile '"identity": "subuid"'
	mkdir "$W/canary"
	echo untouched >"$W/canary/file"
}

canary_is_well() {
	[ "$(cat "$W/canary/file")" = untouched ]
	[ "$(stat -c '%u %a' "$W/canary/file")" = "$(id -u) 644" ]
	[ -z "$(find "$W/canary" -mindepth 1 ! -name file)" ]
}

# hostile: the step that leaves what a removal could stumble over, by several ids, and gives its own directory away.
# What it says at the end is not in its text, which is in the log too.
hostile() {
	printf 'outside=%q\n' "$W/canary"
	cat <<'STEP'
set -e
umask 0
perl -e 'for (1 .. 4000) { mkdir "d" or die "mkdir: $!"; chdir "d" or die "chdir: $!" }
	symlink "'"$outside"'/file", "link"; mkdir "last"; chown 7, 7, "last"; chmod 0, "last"'
mkdir closed theirs sticky
ln -s "$outside" link; ln -s "$outside" theirs/link; ln -s / root; mkfifo fifo
echo x >theirs/file; ln theirs/file theirs/hard; chmod 6755 theirs/file; chown -h 33:44 theirs/* theirs; chmod 0 theirs
mkdir sticky/full; touch sticky/full/x; chown -R 3:3 sticky/full; chmod 1777 sticky; chmod 0 sticky/full
chown 65535:65535 closed; chmod 0 closed
mkdir -m 0 .removed-0; chown 5:5 .removed-0
chown 9:9 .; chmod 0 .
echo "left $((40 + 2))"
STEP
}

@test "a hostile tree of many ids is removed, and nothing outside is touched" {
	id=$(script "$(hostile)")
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	log_has "$id" "left 42"
	ended 60
	[ "$status" = 0 ]
	nothing_left
	canary_is_well
	jq -e '.residue == []' "$STATE"/reports/*.json
}

@test "after kill -9 of everything, sweep removes such a tree, and a second sweep finds nothing" {
	id=$(script "$(hostile); until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done")
	start ACCESS_TOKEN=$PAT RUNNER_NAME=swept
	until_true 120 log_has "$id" "left 42" # each of the deep directories is looked up through all those above it
	# shellcheck disable=SC2046 # one word for each process
	kill -KILL "$RUNNER_PID" $(ours | grep -e cofferdam-runner -e 'cofferdam run' | sed 's/ .*//')
	ended 10
	until_true 10 no_process_left
	[ -n "$(ls -A "$STATE/jobs")" ]
	# The user alone could not.
	run rm -rf "$STATE/jobs"
	[ -n "$(ls -A "$STATE/jobs")" ]
	curl -s -X POST "$URL/_hub/jobs/$id/lose" >/dev/null
	run runner ACCESS_TOKEN=$PAT sweep
	echo "$output"
	[ "$status" = 0 ]
	# At once, or from where it is set aside when it takes longer: the command ends when it is gone.
	[[ $output == *"removed, residue: none"* || $output == *"set aside: removed in"* ]]
	[ -z "$(ls -A "$STATE/jobs")" ]
	[ -z "$(ls -A "$STATE/trash")" ]
	canary_is_well
	run runner ACCESS_TOKEN=$PAT sweep
	[ "$status" = 0 ]
	[[ $output != *removed* ]]
}

@test "the steps are root, and the Worker stays closed to them" {
	id=$(script "id -u; for file in mem environ maps; do
			head -c 1 /proc/\$PPID/\$file >/dev/null 2>&1 && echo \"seen:\$file\"; done
		cat $W/dist/bin/Runner.Worker >/dev/null 2>&1 && echo seen:worker
		chmod 755 $W/dist/bin/Runner.Worker 2>/dev/null && echo seen:mode
		chown 0 $W/dist/bin/Runner.Worker 2>/dev/null && echo seen:owner
		for f in $W/dist/.credentials $W/dist/.credentials_rsaparams $STATE/slots; do [ ! -e \$f ] || echo \"seen:\$f\"; done
		stat -c 'worker %U %a' $W/dist/bin/Runner.Worker")
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	! job_log "$id" | grep -v '^##\|\[ ' | grep '^seen:' || return 1
	log_has "$id" "worker nobody 111"
	ended 20
	nothing_left
}

@test "a Worker that a step could read is no line in a log: its job does not run, whatever the identity" {
	local identity copy
	for identity in subuid single; do
		profile "\"identity\": \"$identity\""
		start ACCESS_TOKEN=$PAT RUNNER_NAME="$identity"
		wait_runner idle "$identity"
		copy=$(echo "$STATE"/worker-*-"$(printf %x "$(stat -Lc %s "$W/dist/bin/Runner.Worker")")"-*/Runner.Worker)
		cp "$W/dist/bin/Runner.Worker" "$copy.new"
		mv -f "$copy.new" "$copy" # at once: the next sandbox may be made meanwhile
		conclusion "$(script true)" >/dev/null # of the sandbox that was prepared before
		id=$(script "echo has $((40 + 2))")
		[ "$(conclusion "$id")" = failure ]
		job "$id" | jq -e --arg worker "$W/dist/bin/Runner.Worker" '[.annotations[] | tostring] | join(" ")
			| contains("execute-only: \($worker): its mode allows reading")'
		[[ "$(job_log "$id")" != *"has 42"* ]]
		kill -TERM "$RUNNER_PID"
		ended 20
	done
}

# user_image DIR: a root with accounts of its own and without any program: the host's are shown in it, in places that are no
# whole directory of the system.
user_image() {
	local link
	mkdir -p "$1"/{etc,proc,dev,sys,tmp,home,usr/bin,usr/lib,usr/lib64,usr/share,usr/sbin}
	for link in bin lib lib64 sbin; do ln -s "usr/$link" "$1/$link"; done
	cp -r /etc/alternatives "$1/etc/" 2>/dev/null || :
	printf '%s\n' root:x:0:0:root:/root:/bin/sh bob:x:1005:1006::/home/bob:/bin/sh >"$1/etc/passwd"
	printf '%s\n' root:x:0: bob:x:1006: tools:x:2000:bob,runner >"$1/etc/group"
}

@test "user: the steps of a job are a user of the image, and the Worker stays closed to them" {
	user_image "$W/img"
	for user in runner bob; do
		profile "\"identity\": \"subuid\", \"user\": \"$user\", \"root\": \"$W/img\", \"ro\": [\"/usr/bin\", \"/usr/lib\", \"/usr/share\"],
			\"ro_try\": [\"/usr/lib64\", \"/usr/libx32\"], \"tmpfs\": [\"/home/bob\"]"
		id=$(script "echo \"I am \$(id -un) \$(id -u) \$(id -G | wc -w), at home in \$HOME, \$USER\"
			echo \"x\" >file && mkdir \"\$HOME/d\" && echo T=\$((40 + 2)) >>\"\$GITHUB_ENV\" && echo \"\$(stat -c 'file %u' file)\"
			mkdir -m 700 closed && : >closed/x && chmod 0 closed
			for file in mem environ maps; do head -c 1 /proc/\$PPID/\$file >/dev/null 2>&1 && echo \"seen:\$file\"; done
			cat $W/dist/bin/Runner.Worker >/dev/null 2>&1 && echo seen:worker
			: 2>/dev/null >/etc/x && echo seen:etc
			grep -q 'CapEff:.0000000000000000' /proc/self/status || echo seen:capabilities" \
			"echo \"T is \$T\"; [ -z \"\$RUNNER_TEMP\" ] || : >\"\$RUNNER_TEMP/x\"")
		start ACCESS_TOKEN=$PAT RUNNER_NAME="$user"
		[ "$(conclusion "$id")" = success ]
		! job_log "$id" | grep -v '^##\|\[ ' | grep '^seen:' || return 1
		if [ "$user" = runner ]; then
			log_has "$id" "I am runner 1001 2, at home in /home/runner, runner"
			log_has "$id" "file 1001"
		else
			log_has "$id" "I am bob 1005 2, "
			log_has "$id" "file 1005"
		fi
		log_has "$id" "T is 42"
		kill -TERM "$RUNNER_PID"
		ended 20
		[ -z "$(ls -A "$STATE/jobs")" ]
		[ -z "$(ls -A "$STATE/trash")" ]
	done
	canary_is_well
	jq -e '.residue == []' "$STATE"/reports/*.json
}
