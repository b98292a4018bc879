#!/usr/bin/env bats
# Attacks by a job on its runner: what it overwrites or plants for the next job, and jobs beside it. Made as job_attack_helpers.bash says: on two sides.

load job_attack_helpers

# --- 9, 10, 11, 12

append() {
	echo "#evil" >>"$1"
}

# A program that runs cannot be written to, but another can take its name.
replace() {
	cp -- "$1" "$1.evil" && mv -f -- "$1.evil" "$1"
}

trojan() {
	printf '#!/bin/sh\necho "cofferdam-test: a trojan" >&2\nexit 1\n' >"$1.evil" && chmod 755 "$1.evil" && mv -f "$1.evil" "$1"
}

overwrite() {
	local root=$1 file
	for file in bin/Runner.Listener bin/Runner.Worker externals/node20/bin/node run.sh config.sh; do
		try "replace $file" replace "$root/$file"
	done
	for file in externals/node20/bin/node run.sh config.sh; do
		try "write $file" append "$root/$file"
	done
	try "a new file in bin" touch "$root/bin/Runner.Worker.deps.json"
	try "a trojan as bin/Runner.Worker" trojan "$root/bin/Runner.Worker"
}

# places ROOT MARK: where a file may wait for the next job.
places() {
	local work=${RUNNER_WORKSPACE%/*}
	printf '%s\n' "$1/.env" "$1/.path" "$1/.setup_info" "$1/_work/_update/bin/Runner.Listener" "$1/_work/_update.sh" \
		"$1/update.finished" "$1/_diag/$2" "$work/$2" "$RUNNER_TOOL_CACHE/$2/node" \
		"$GITHUB_WORKSPACE/.git/hooks/post-checkout" "$HOME/.bashrc" "$HOME/.gitconfig" "$HOME/.npmrc" \
		"$HOME/.docker/config.json" "$HOME/.ssh/authorized_keys" "/tmp/$2" "/var/tmp/$2" "/dev/shm/$2"
}

plant() {
	local root=$1 mark=$2 url=$3 victim=$4 file kind
	while read -r file; do
		mkdir -p "${file%/*}" || continue
		echo "EVIL=$mark" >"$file"
	done < <(places "$root" "$mark")
	fetch "$url" persist
	for kind in shm sem msg mq; do
		"$RUNNER_TEMP/persist" put $kind "$mark"
	done
	# For whoever cleans up: a way out, what cannot be entered, and a path longer than a path may be.
	ln -s "$victim" "$GITHUB_WORKSPACE/link"
	perl -e 'for (1 .. 600) { mkdir "d" x 100 or die; chdir "d" x 100 or die }'
	mkdir -p "$GITHUB_WORKSPACE/locked/in"
	mkfifo "$GITHUB_WORKSPACE/locked/fifo"
	chmod 000 "$GITHUB_WORKSPACE/locked"
}

look() {
	local root=$1 mark=$2 url=$3 file kind
	while read -r file; do
		try "planted ${file//*\/_work\//work/}" grep -q "$mark" "$file"
	done < <(places "$root" "$mark")
	fetch "$url" persist
	for kind in shm shm-table sem msg mq; do
		try "planted $kind" "$RUNNER_TEMP/persist" get $kind "$mark"
	done
	try "planted locked" chmod 700 "$GITHUB_WORKSPACE/locked"
	rm -f "/tmp/$mark" "/var/tmp/$mark" "/dev/shm/$mark"
}

# The same names on either side, wherever the sides have them.
same_names() {
	sed -i "s,$W/plain/,ROOT/,; s,$W/dist/,ROOT/,; s,/home/runner/work/,work/,; s,/home/runner,HOME,; s,$W/home,HOME,
		s,work/demo/demo/,WORKSPACE/,; s,work/plain/plain/,WORKSPACE/," "$W/inside.log" "$W/plain.log"
}

listing() {
	find "$W/dist" -printf '%P %m %T@\n' | sort
	find "$W/dist" -type f -print0 | sort -z | xargs -0 sha256sum
}

@test "9, 10, 11, 12: nothing that a job overwrites or plants is there for the runner or for the next job" {
	local mark=mark-$$-$RANDOM before text
	publish persist
	mkdir "$W/victim"
	touch "$W/victim/file"
	both_start
	before=$(listing)
	inside=$(job_in inside "$(step fetch places plant -- "$W/dist" "$mark" "$URL" "$W/victim")")
	plain=$(job_in plain "$(step fetch places plant -- "$W/plain" "$mark" "$URL" "$W/victim")")
	done_in inside "$inside"
	done_in plain "$plain"
	grep -qx end "$W/inside.log"

	text=(append replace trojan overwrite fetch places look overwrite_and_look --)
	inside=$(job_in inside "$(step "${text[@]}" "$W/dist" "$mark" "$URL")")
	plain=$(job_in plain "$(step "${text[@]}" "$W/plain" "$mark" "$URL")")
	done_in inside "$inside"
	done_in plain "$plain"
	same_names
	blocked
	grep -q '^refused: write run.sh: .*Read-only file system$' "$W/inside.log"

	[ "$(listing)" = "$before" ]
	[ "$(grep -rlsF "$mark" "$STATE" "$W/dist")" = "" ]
	[ "$(find "$STATE" -name '_update*' -o -name update.finished)" = "" ]
	grep -qx "EVIL=$mark" "$W/plain/.env"
	[ -e "$W/victim/file" ]

	# The next job meets the Worker that is there now.
	plain=$(job_in plain true)
	[ "$(conclusion "$(job_in inside true)")" = success ]
	job "$plain" | jq -e '[.annotations[] | tostring] | join(" ") | contains("a trojan")'
	leave
}

overwrite_and_look() {
	look "$@"
	overwrite "$1"
}

# --- 14

own_process() {
	CANARY=$1-environ bash -c 'exec -a "$0" sleep 120' "$1-process" >/dev/null 2>&1 &
}

# neighbour WHERE MARK OTHER URL: the other's mark comes backwards, as above.
neighbour() {
	local where=$1 mark=$2 backwards=$3 url=$4 other kind place
	other=$(rev <<<"$backwards")
	fetch "$url" persist
	for place in /tmp /dev/shm "$HOME" "$GITHUB_WORKSPACE" "$RUNNER_TOOL_CACHE"; do
		echo "$mark" >"$place/$mark"
	done
	for kind in shm sem msg mq; do
		"$RUNNER_TEMP/persist" put $kind "$mark"
	done
	own_process "$mark"
	until grep -qsaF -f <(echo "$mark-process") /proc/[0-9]*/cmdline; do :; done
	meet "$url" "ready-$mark" "ready-$other"
	for place in /tmp /dev/shm "$HOME"; do
		try "file in $place" test -e "$place/$other"
	done
	try "file in a workspace" grep -q . <(find_readable "$where" -path "*work/*/$other" -print)
	for kind in shm shm-table sem msg mq; do
		try "$kind" "$RUNNER_TEMP/persist" get $kind "$other"
	done
	try "process" grep -qsaF -f <(echo "$other-process") /proc/[0-9]*/cmdline
	try "environment" grep -qsaF -f <(echo "$other-environ") /proc/[0-9]*/environ
	try "directory of a process" grep -q "$other" <(ls /proc/[0-9]*/cwd/ 2>/dev/null)
	meet "$url" "done-$mark" "done-$other"
	rm -f "/tmp/$mark" "/dev/shm/$mark"
}

# meet URL MINE OTHER: tells the hub, and waits until the other has.
meet() {
	echo here | curl -sf -o /dev/null -T - "$1/_hub/files/$2"
	until curl -sf -o /dev/null "$1/files/$3"; do read -rt 0.05 <> <(:) || :; done
}

# two SIDE WHERE: two jobs at once; the logs as those of SIDE, one after the other.
two() {
	local side=$1 where=$2 a=mark-$$-$1-a b=mark-$$-$1-b first second
	local functions=(find_readable fetch own_process meet neighbour)
	first=$(job_in "$side" "$(step "${functions[@]}" -- "$where" "$a" "$(rev <<<"$b")" "$URL")")
	second=$(job_in "$side" "$(step "${functions[@]}" -- "$where" "$b" "$(rev <<<"$a")" "$URL")")
	done_in "$side" "$second"
	mv "$W/$side.log" "$W/second"
	done_in "$side" "$first"
	cat "$W/second" >>"$W/$side.log"
}

@test "14: two jobs at once find nothing of each other" {
	publish persist
	start_plain plain plain2
	start_inside ACCESS_TOKEN="$PAT" COFFERDAM_SLOTS=2
	two plain "$W"
	two inside /
	same_names
	blocked
	[ "$(refused inside | uniq -c | sed 's/^ *\([0-9]*\).*/\1/' | sort -u)" = 2 ]
	leave
}
