#!/usr/bin/env bats
# cofferdam runner fetch: the official distribution, from GitHub's list or from a file.

load fetch_helpers

# is_current VERSION: complete, and nothing half done beside it.
is_current() {
	[ "$(readlink "$STATE/distributions/current")" = "$1" ]
	[ -x "$STATE/distributions/$1/bin/Runner.Worker" ]
	diff -r "$W/dist" "$STATE/distributions/$1"
	nothing_half
}

nothing_half() {
	[ -z "$(find "$STATE/distributions" -maxdepth 1 -name '.*' ! -name . ! -name distributions)" ] ||
		{ ls -la "$STATE/distributions"; false; }
}

# fails CODE TEXT [VERSION]: one line that says so, and the current version stays.
fails() {
	[ "$status" = "$1" ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == *"$2"* ]] || { echo "expected: $2"; false; }
	is_current "${3:-2.335.1}"
}

@test "the newest is fetched once, becomes the current one, and is read-only" {
	offered 2.336.0
	run fetch
	[ "$status" = 0 ]
	[[ ${lines[0]} == *"distribution 2.336.0: now current" ]]
	[ "${lines[1]}" = "$STATE/distributions/2.336.0" ]
	is_current 2.336.0
	[ -z "$(find "$STATE/distributions/2.336.0" -type f -perm /222)" ]
	run fetch
	[ "$status" = 0 ]
	[[ ${lines[0]} == *"distribution 2.336.0: already current" ]]
	[ "$(curl -sf "$URL/_hub/requests?method=GET&path=/files/" | jq '.requests | length')" = 1 ]
	# The credential goes to GitHub's API alone.
	[ "$(curl -sf "$URL/_hub/requests?path=/files/" | jq -r '.requests[].auth')" = none ]
}

@test "start uses it where RUNNER_DIR is not set" {
	offered 2.336.0
	run fetch
	[ "$status" = 0 ]
	no_faults
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_DIR=
	job=$(script 'echo well')
	[ "$(conclusion "$job")" = success ]
	ended 30
	[ "$status" = 0 ]
	is_current 2.336.0
	# Without: what is not there is said.
	rm "$STATE/distributions/current"
	run runner ACCESS_TOKEN=$PAT RUNNER_DIR= start
	[[ $status = 2 && $output == *"/home/runner/actions-runner"*"cofferdam runner fetch"* ]]
}

@test "a newer one is switched to; one previous version is kept; no downgrade but by name" {
	for version in 2.334.0 2.335.1 2.336.0; do
		no_faults
		offered $version
		run fetch
		[ "$status" = 0 ]
		is_current $version
	done
	[ "$(readlink "$STATE/distributions/previous")" = 2.335.1 ]
	[ ! -e "$STATE/distributions/2.334.0" ]
	no_faults
	offered 2.335.1
	run fetch
	[ "$status" = 0 ]
	[[ ${lines[0]} == *"distribution 2.336.0: stays current: GitHub's list has the older 2.335.1 (--version 2.335.1 switches to it)" ]]
	is_current 2.336.0
	# By name, and without a network or a credential, since it is there.
	run runner GITHUB_URL= fetch --version 2.335.1
	[ "$status" = 0 ]
	is_current 2.335.1
	[ "$(readlink "$STATE/distributions/previous")" = 2.336.0 ]
	run fetch --version 2.300.0
	fails 2 "distribution 2.300.0: not in GitHub's list, which has 2.335.1"
}

@test "a version that a supervisor uses is not removed" {
	offered 2.334.0
	run fetch
	[ "$status" = 0 ]
	no_faults
	start ACCESS_TOKEN=$PAT RUNNER_DIR= RUNNER_NAME=stays
	wait_runner idle stays
	for version in 2.335.1 2.336.0; do
		file=$(archive $version)
		run fetch --from "$file" --sha256 "$(sum "$file")"
		[ "$status" = 0 ]
	done
	[ -x "$STATE/distributions/2.334.0/bin/Runner.Worker" ]
	# Its next job still works, and without it the version goes.
	job=$(script 'echo well')
	[ "$(conclusion "$job")" = success ]
	stops 30
	run fetch --version 2.336.0
	[ "$status" = 0 ]
	[ ! -e "$STATE/distributions/2.334.0" ]
}

@test "whatever is wrong with what is downloaded: one line, and the current one stays" {
	offered 2.335.1
	run fetch
	[ "$status" = 0 ]
	file=$(archive 2.336.0)
	curl -sf -T "$file" "$URL/_hub/files/good.tar.gz"
	head -c 100000 "$file" >"$W/cut"
	curl -sf -T "$W/cut" "$URL/_hub/files/cut.tar.gz"
	wrong=$(printf '0%.0s' {1..64})

	no_faults; list "$wrong" "$URL/files/good.tar.gz" 2.336.0
	run fetch
	fails 1 "distribution 2.336.0: $URL/files/good.tar.gz: wrong checksum: expected $wrong, found $(sum "$file")"
	no_faults; list "$(sum "$file")" "$URL/files/cut.tar.gz" 2.336.0
	run fetch
	fails 1 "wrong checksum"
	no_faults; list "$(sum "$W/cut")" "$URL/files/cut.tar.gz" 2.336.0
	run fetch
	fails 1 "distribution 2.336.0: damaged archive: "
	no_faults; list "$(sum "$file")" "$URL/files/page" 2.336.0
	fault '{"path": "/files/page", "times": 0, "status": 200, "body": "<html>captive portal</html>", "headers": {"Content-Type": "text/html"}}'
	run fetch
	fails 1 "$URL/files/page: not an archive"
	no_faults; list "$(sum "$file")" "$URL/files/none" 2.336.0
	run fetch
	fails 1 "$URL/files/none: HTTP 404"
	no_faults; list "$(sum "$file")" "$URL/files/loop" 2.336.0
	fault "{\"path\": \"/files/loop\", \"times\": 0, \"status\": 302, \"body\": \"\", \"headers\": {\"Location\": \"$URL/files/loop\"}}"
	run fetch
	fails 1 "$URL/files/loop: more than 5 redirects"
	no_faults; list "$(sum "$file")" "http://192.0.2.1/x.tar.gz" 2.336.0
	run fetch
	fails 1 "http:// is accepted for loopback hosts only"
	# With none of these it is well.
	no_faults; list "$(sum "$file")" "$URL/files/good.tar.gz" 2.336.0
	run fetch
	[ "$status" = 0 ]
	is_current 2.336.0
}

@test "whatever GitHub answers instead of its list: one line, and an exit code" {
	local downloads='"path": "/repos/octo/demo/actions/runners/downloads", "times": 0'

	offered 2.335.1
	run fetch
	[ "$status" = 0 ]
	no_faults
	run runner ACCESS_TOKEN=wrong fetch
	fails 3 "list of distributions: the credential was not accepted: HTTP 401"
	fault "{$downloads, \"status\": 403, \"body\": {\"message\": \"Must have admin rights\"}}"
	run fetch
	fails 3 "list of distributions: not allowed: HTTP 403: Must have admin rights"
	no_faults
	fault "{$downloads, \"status\": 404, \"body\": {\"message\": \"Not Found\"}}"
	run fetch
	fails 3 "list of distributions: not found"
	no_faults
	fault "{$downloads, \"status\": 403, \"body\": {\"message\": \"API rate limit exceeded\"}, \"headers\": {\"retry-after\": \"900\"}}"
	run fetch
	fails 1 "API rate limit exceeded"
	no_faults
	fault "{$downloads, \"status\": 200, \"body\": \"<html></html>\"}"
	run fetch
	fails 1 "HTTP 200: an HTML page, not an answer of GitHub's API"
	no_faults
	fault "{$downloads, \"status\": 200, \"body\": \"[]\"}"
	run fetch
	fails 1 "list of distributions: no distribution for linux $ARCH"
	run runner TOKEN=$TOKEN fetch
	fails 2 "ACCESS_TOKEN or APP_PRIVATE_KEY: required (GitHub shows its list to no other credential; --from FILE --sha256 HEX does without)"
}

@test "a download that broke off is continued, and one that was of something else is not believed" {
	file=$(archive 2.336.0)
	offered 2.336.0
	(umask 077 && mkdir -p "$STATE/distributions")
	head -c 100000 "$file" >"$STATE/distributions/.download-$(sum "$file")"
	run fetch
	[ "$status" = 0 ]
	is_current 2.336.0
	[ "$(curl -sf "$URL/_hub/requests?path=/files/" | jq -c '[.requests[].status]')" = "[206]" ]
	rm -r "$STATE/distributions"
	mkdir -m 700 "$STATE/distributions"
	head -c 100000 /dev/zero >"$STATE/distributions/.download-$(sum "$file")"
	run fetch
	[ "$status" = 0 ]
	is_current 2.336.0
}

@test "a connection that breaks is tried again" {
	offered 2.336.0
	fault '{"path": "/files/", "times": 2, "drop": true}'
	run fetch
	[ "$status" = 0 ]
	is_current 2.336.0
}

@test "a token of the list goes to the archive's host, and to no other" {
	file=$(archive 2.336.0)
	curl -sf -T "$file" "$URL/_hub/files/good.tar.gz"
	list "$(sum "$file")" "$URL/files/first" 2.336.0 temp0rary-token
	# The same server by another name: another host.
	fault "{\"path\": \"/files/first\", \"times\": 0, \"status\": 302, \"body\": \"\",
		\"headers\": {\"Location\": \"${URL/127.0.0.1/localhost}/files/good.tar.gz\"}}"
	run fetch
	[ "$status" = 0 ]
	is_current 2.336.0
	[ "$(curl -sf "$URL/_hub/requests?path=/files/" | jq -c '[.requests[].auth]')" = '["bearer","none"]' ]
	[[ $output != *temp0rary* ]]
}

# on_4_mib VARIABLE=VALUE… fetch ARGUMENT…: with a file system of 4 MiB in a user namespace of its own; the runner in another
# below it, where it is not root. Then lists what is left.
on_4_mib() {
	contract
	unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=4M,mode=700 none "$1" && shift &&
		exec unshare --user --map-user=1000 --map-group=1000 sh -c "$@"' sh "$W/small" '"$@"; code=$?; ls -A "$0"; exit $code' "$W/small" \
		env -i "${CONTRACT[@]}" "$@" --dir "$W/small"
}

@test "a full disk: one line, and nothing half done stays" {
	offered 2.336.0
	mkdir -m 755 "$W/small"
	head -c 8000000 /dev/zero >"$W/dist/large"
	file=$(archive 2.337.0)
	run on_4_mib "$BUILD/cofferdam-runner" fetch --from "$file" --sha256 "$(sum "$file")"
	echo "$output"
	[ "$status" = 1 ]
	[[ ${lines[0]} == *"distribution 2.337.0: large: No space left on device" ]]
	[ "${lines[*]:1}" = "lock" ]
	head -c 8000000 /dev/urandom >"$W/dist/large"
	file=$(archive 2.337.0)
	run on_4_mib "$BUILD/cofferdam-runner" fetch --from "$file" --sha256 "$(sum "$file")"
	echo "$output"
	[ "$status" = 1 ]
	[[ ${lines[0]} == *"distribution 2.337.0: $file: copy: No space left on device" ]]
	[ "${lines[*]:1}" = "lock" ]
	curl -sf -T "$file" "$URL/_hub/files/large.tar.gz"
	no_faults
	list "$(sum "$file")" "$URL/files/large.tar.gz" 2.337.0
	run on_4_mib ACCESS_TOKEN=$PAT "$BUILD/cofferdam-runner" fetch
	[ "$status" = 1 ]
	[[ ${lines[0]} == *"distribution 2.337.0: download of 2.337.0: No space left on device" ]]
	[ "${lines[*]:1}" = "checked lock" ]
}

# link_archive VERSION: one with a hard link in the middle: nothing else of a fetch makes one.
link_archive() {
	python3 - "$W/actions-runner-linux-$ARCH-$1.tar.gz" "$W/dist" <<-'END'
		import io, sys, tarfile
		with tarfile.open(sys.argv[1], "w:gz", compresslevel=1) as tar:
		    tar.add(sys.argv[2] + "/bin", "bin")
		    for i in range(300):
		        if i == 150:
		            link = tarfile.TarInfo("externals/link")
		            link.type = tarfile.LNKTYPE
		            link.linkname = "externals/1/1"
		            tar.addfile(link)
		        tar.addfile(tarfile.TarInfo(f"externals/{i % 10}/{i}"), io.BytesIO())
	END
	echo "$W/actions-runner-linux-$ARCH-$1.tar.gz"
}

# stopped_fetch FILE: a fetch in the background that has stopped in the middle of an archive: $pid, and $unpacker, its process that
# unpacks. Its exit code is that of $tracer.
stopped_fetch() {
	contract
	rm -f "$W/trace" "$W/pid"
	# shellcheck disable=SC2016 # for the shell inside
	env -i "${CONTRACT[@]}" strace -f -o "$W/trace" -e trace=linkat -e inject=linkat:signal=SIGSTOP:when=1 \
		sh -c 'echo $$ >"$0"; exec "$@"' "$W/pid" "$BUILD/cofferdam-runner" fetch --from "$1" --sha256 "$(sum "$1")" \
		>/dev/null 2>"$W/first" 3>&- &
	tracer=$!
	until_true 60 grep -qs 'stopped by SIGSTOP' "$W/trace"
	pid=$(cat "$W/pid")
	unpacker=$(sed -n 's/ .*stopped by SIGSTOP.*//p' "$W/trace")
	half
}

# half: there is the first half of the archive with the link, and not the second one.
half() {
	[ "$(find "$STATE/distributions/.new/externals" -type f | wc -l)" = 151 ]
}

@test "kill -9 in mid-extract: the current one stays, and the next fetch cleans up and succeeds" {
	need strace
	offered 2.335.1
	run fetch
	[ "$status" = 0 ]
	file=$(link_archive 2.336.0)
	stopped_fetch "$file"
	kill -KILL "$pid"
	wait "$tracer" || true
	# What unpacked has ended with it.
	until_true 30 no_process_left
	half
	[ ! -e "$STATE/distributions/2.336.0" ]
	[ "$(readlink "$STATE/distributions/current")" = 2.335.1 ]
	run fetch --from "$file" --sha256 "$(sum "$file")"
	[ "$status" = 0 ]
	[ "$(readlink "$STATE/distributions/current")" = 2.336.0 ]
	[ "$(find "$STATE/distributions/2.336.0/externals" -type f | wc -l)" = 301 ]
	nothing_half
}

@test "a signal ends it at once, and two at the same time are one after the other" {
	need strace
	file=$(link_archive 2.336.0)
	stopped_fetch "$file"
	fetch --from "$file" --sha256 "$(sum "$file")" >/dev/null 2>"$W/second" 3>&- &
	second=$!
	until_true 60 grep -q "$STATE/distributions: waiting for another fetch" "$W/second"
	kill -CONT "$unpacker"
	wait "$tracer"
	grep -q "2.336.0: now current" "$W/first"
	wait "$second"
	grep -q "2.336.0: already current" "$W/second"
	rm -r "$STATE/distributions"
	stopped_fetch "$file"
	kill -TERM "$pid"
	status=0
	wait "$tracer" || status=$?
	[ "$status" = 1 ]
	[[ $(cat "$W/first") == *"fetch: stopped by a signal: the next one continues" ]]
	nothing_half
	[ ! -e "$STATE/distributions/current" ]
}

# hostile PYTHON: an archive with bin/ and what the code adds to `tar`.
hostile() {
	python3 - "$W/actions-runner-linux-$ARCH-2.336.0.tar.gz" "$W/dist" <<-END
		import io, sys, tarfile
		def info(name, **more):
		    member = tarfile.TarInfo(name)
		    for key in more:
		        setattr(member, key, more[key])
		    return member
		with tarfile.open(sys.argv[1], "w:gz") as tar:
		    tar.add(sys.argv[2] + "/bin", "bin")
		    $1
	END
	file=$W/actions-runner-linux-$ARCH-2.336.0.tar.gz
}

@test "no archive reaches outside of its directory, whatever its checksum" {
	local outside=$W/outside

	offered 2.335.1
	run fetch
	[ "$status" = 0 ]
	mkdir "$outside"
	while IFS='|' read -r code text; do
		hostile "$code"
		run fetch --from "$file" --sha256 "$(sum "$file")"
		fails 1 "distribution 2.336.0: $text"
		[ -z "$(ls -A "$outside")" ]
	done <<-END
		tar.addfile(info("$outside/x"))|$outside/x: absolute path
		tar.addfile(info("bin/../../../../outside/x"))|bin/../../../../outside/x: path with ".."
		tar.addfile(info("l", type=tarfile.SYMTYPE, linkname="$outside"))|l: symbolic link to an absolute path, $outside
		tar.addfile(info("a/l", type=tarfile.SYMTYPE, linkname="../../outside"))|a/l: symbolic link that may leave the directory, ../../outside
		tar.addfile(info("l", type=tarfile.SYMTYPE, linkname="bin")); tar.addfile(info("l/x"))|l: not a directory of the archive
		tar.addfile(info("h", type=tarfile.LNKTYPE, linkname="../outside"))|h: hard link without a valid target
		tar.addfile(info("h", type=tarfile.LNKTYPE, linkname="nothing"))|h: hard link to nothing, which is not a file of the archive
		tar.addfile(info("d", type=tarfile.CHRTYPE, devmajor=1, devminor=3))|d: neither a file, a directory nor a link
		tar.addfile(info("f", type=tarfile.FIFOTYPE))|f: neither a file, a directory nor a link
		tar.addfile(info("s", mode=0o4755))|s: setuid, setgid or sticky
		tar.addfile(info("bin/Runner.Worker"))|bin/Runner.Worker: File exists
		tar.addfile(info("bin/Runner.Worker/x"))|Runner.Worker: not a directory of the archive
	END
	# What is within the directory is taken.
	hostile 'tar.addfile(info("a/l", type=tarfile.SYMTYPE, linkname="../bin/Runner.Worker")); tar.addfile(info("h", type=tarfile.LNKTYPE, linkname="bin/Runner.Worker"))'
	run fetch --from "$file" --sha256 "$(sum "$file")"
	[ "$status" = 0 ]
	cmp "$STATE/distributions/current/a/l" "$STATE/distributions/current/h"
	# One that has no runner in it.
	mkdir "$W/other"
	file=$(archive 2.337.0 "$W/other")
	run fetch --from "$file" --sha256 "$(sum "$file")"
	[[ $status = 1 && $output == *"not a distribution of the official runner: no program bin/Runner.Listener" ]]
	[ "$(readlink "$STATE/distributions/current")" = 2.336.0 ]
}

@test "without a network: --from and --sha256, and what they refuse" {
	file=$(archive 2.336.0)
	digest=$(sum "$file")
	run runner GITHUB_URL= fetch --from "$file" --sha256 "${digest^^}"
	[ "$status" = 0 ]
	is_current 2.336.0
	[ "$(curl -sf "$URL/_hub/requests" | jq '.requests | length')" = 0 ]
	while IFS='|' read -r options text; do
		eval "run runner GITHUB_URL= fetch $options"
		fails 2 "$text" 2.336.0
	done <<-END
		--from "$file"|--from: requires --sha256
		--sha256 $digest|--sha256: requires --from
		--from "$file" --sha256 abc|--sha256: abc: not a SHA-256 of 64 hexadecimal digits
		--version 2.336|--version: 2.336: not a version, such as 2.336.0
		--version=v2.336.0|--version: v2.336.0: not a version, such as 2.336.0
		--version|--version: requires a value
		--dir a --dir b|--dir: given more than once
		--form x|--form: unknown option (see \`cofferdam runner fetch --help\`)
		x|x: unexpected argument
		--from "$W/dist/config.sh" --sha256 $digest|config.sh: not named actions-runner-linux-$ARCH-VERSION.tar.gz (say which version it is: --version VERSION)
	END
	run runner fetch --from "$W/dist/config.sh" --sha256 "$digest" --version 2.337.0
	fails 1 "distribution 2.337.0: $W/dist/config.sh: not an archive" 2.336.0
	run runner fetch --from "$W/dist" --sha256 "$digest" --version 2.337.0
	fails 1 "$W/dist: not a regular file" 2.336.0
	run runner fetch --from "$W/none" --sha256 "$digest" --version 2.337.0
	fails 1 "$W/none: No such file or directory" 2.336.0
	old=$(archive 2.335.1)
	run runner fetch --from "$old" --sha256 "$(sum "$old")"
	fails 2 "distribution 2.335.1: older than the current 2.336.0 (--version 2.335.1 takes it all the same)" 2.336.0
	run runner GITHUB_URL= fetch --version 2.337.0
	fails 2 "GITHUB_URL: required (such as https://github.com/OWNER/REPOSITORY)" 2.336.0
	run runner fetch --version 2.337.0
	fails 2 "ACCESS_TOKEN or APP_PRIVATE_KEY: required (GitHub shows its list to no other credential; --from FILE --sha256 HEX does without)" 2.336.0
	chmod g+w "$STATE/distributions"
	run runner fetch --version 2.336.0
	fails 1 "$STATE/distributions: writable by other users (chmod go-w $STATE/distributions)" 2.336.0
}

@test "a file that another user changes behind its checksum: what is unpacked is what was compared" {
	need strace
	file=$(archive 2.336.0)
	cp "$file" "$W/good.tar.gz"
	mkdir "$W/evil"
	cp -r "$W/dist/bin" "$W/evil"
	touch "$W/evil/evil"
	tar -czf "$W/evil.tar.gz" -C "$W/evil" .
	contract
	# It stops where the directory is made that the archive is unpacked into. The control: by then the file is another one.
	# shellcheck disable=SC2016 # for the shell inside
	env -i "${CONTRACT[@]}" strace -o "$W/trace" -e trace=fchmodat -e inject=fchmodat:signal=SIGSTOP:when=1 \
		sh -c 'echo $$ >"$0"; exec "$@"' "$W/pid" "$BUILD/cofferdam-runner" fetch --from "$file" --sha256 "$(sum "$file")" \
		>"$W/out" 2>"$W/err" 3>&- &
	tracer=$!
	until_true 30 grep -qs 'stopped by SIGSTOP' "$W/trace"
	[ -d "$STATE/distributions/.new" ]
	cat "$W/evil.tar.gz" >"$file"
	not cmp -s "$W/good.tar.gz" "$file"
	kill -CONT "$(cat "$W/pid")"
	wait "$tracer"
	is_current 2.336.0
}

@test "a file with holes has its length" {
	python3 - "$W/dist" <<-END
		import os, sys
		for name, at in (("end", 0), ("middle", 600000)):
		    with open(sys.argv[1] + "/" + name, "wb") as f:
		        f.truncate(1 << 20)
		        f.seek(at)
		        f.write(b"\\0x" * 2048)
	END
	file=$W/actions-runner-linux-$ARCH-2.336.0.tar.gz
	for format in gnu pax; do
		tar -S "--format=$format" -czf "$file" -C "$W/dist" .
		run fetch --from "$file" --sha256 "$(sum "$file")"
		[ "$status" = 0 ]
		is_current 2.336.0
		rm -r "$STATE/distributions"
	done
}
