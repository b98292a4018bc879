#!/usr/bin/env bats
# cofferdam run: what of the host's files is shown, and what cannot lead to more of them.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "the system is read-only; the workspace, /tmp and HOME are not" {
	run "$COFFERDAM" run -- sh -c 'for d in / /usr /etc /dev /proc/sys; do touch $d/x 2>/dev/null && echo "wrote $d"; done; touch x /tmp/x ~/x && pwd'
	[ "$output" = /workspace ]
}

@test "fresh directories share one file system, and none leads into another or into the root" {
	run "$COFFERDAM" run -- sh -c '
		for d in / /dev /dev/shm /tmp /var/tmp /workspace ~ /proc/scsi; do [ ! -e $d ] || stat -c %d $d; done | uniq | wc -l
		stat -c %a /tmp /var/tmp /dev/shm /workspace | xargs
		echo canary >/tmp/x && ln /tmp/x /workspace/x 2>/dev/null && echo linked
		cp /bin/true /dev/shm/true && /dev/shm/true 2>/dev/null && echo ran
		ls -A /tmp/.. | xargs; ls -A /workspace ~ /var/tmp | grep -v : | xargs'
	echo "$output"
	[ "${lines[0]}" = 1 ]
	[ "${lines[1]}" = "1777 1777 1777 755" ]
	[[ ${lines[2]} == "bench "* || ${lines[2]} == "bin "* ]]
	[ "${#lines[@]}" = 3 ]
}

@test "--workspace is the working directory, writable, and nothing else of the home is there" {
	mkdir w
	run "$COFFERDAM" run --workspace w -- sh -c "pwd; echo hello >file; ls -A '$HOME'"
	[ "$(cat w/file)" = hello ]
	[ "${lines[0]}" = "$PWD/w" ]
}

@test "what is shown of a hidden directory is all there is of it, and the report has no fault to find" {
	mkdir -p secret/shown
	touch secret/key secret/shown/file
	for root in "" "--root overlay"; do
		# shellcheck disable=SC2086 # words
		run -0 "$COFFERDAM" run $root --hide "$PWD/secret" --rw "$PWD/secret/shown" --report r.json -- find "$PWD/secret"
		[ "$output" = "$(printf '%s\n' "$PWD/secret" "$PWD/secret/shown" "$PWD/secret/shown/file")" ]
		jq -e '.exit_code == 0' r.json
	done
}

@test "--ro, --rw, --tmpfs and --hide" {
	mkdir a b
	echo canary >a/file
	run "$COFFERDAM" run --ro a:/in --rw b:/out --tmpfs /scratch:1M --hide /usr/share -- sh -c \
		'cat /in/file; touch /in/x 2>/dev/null || echo read-only; echo written >/out/file; ls -A /usr/share;
		 head -c 2000000 /dev/zero >/scratch/big 2>/dev/null || echo full'
	[ "$output" = "canary
read-only
full" ]
	[ "$(cat b/file)" = written ]
}

@test "a socket is not shown by --ro: read-only does not keep a job from connecting" {
	perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new(Local => "socket", Listen => 8) or die; print "ready\n"; close STDOUT; sleep 60' >ready 3>&- &
	server=$!
	until_true 10 test -s ready
	reach=$BUILD/tests/escape/reach
	for path in "$PWD/socket" "$PWD/socket:/run/socket"; do
		run_split "$COFFERDAM" run --ro "$BUILD/tests/escape" --ro "$path" -- "$reach" path "${path##*:}"
		echo "$path: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: mount $PWD/socket: a socket: "*"(requested by --ro; name it with --rw if it may)" ]]
		run "$COFFERDAM" run --ro "$BUILD/tests/escape" --rw "$path" -- "$reach" path "${path##*:}"
		[ "$status" = 0 ]
	done
	# Below a directory it is shown and can be connected to, as SECURITY.md says.
	run "$COFFERDAM" run --ro "$BUILD/tests/escape" --ro "$PWD" -- "$reach" path "$PWD/socket"
	echo "$output"
	[ "$status" = 0 ]
	# A directory of sockets can be covered.
	run "$COFFERDAM" run --ro "$BUILD/tests/escape" --ro "$PWD" --hide "$PWD/socket" -- "$reach" path "$PWD/socket"
	[ "$status" = 1 ]
	kill "$server"
}

@test "hide: what does not exist is a refusal where it could be made, and else left out" {
	mkdir a b w b/ro b/sub
	# Where it exists it cannot be made, nor seen.
	echo secret >b/key
	run "$COFFERDAM" run --rw b:/out --hide /out/key -- sh -c 'cat /out/key; echo mine >/out/key'
	[[ $output != *secret* ]]
	[ "$(cat b/key)" = secret ]
	rm b/key
	for options in "--rw b:/out --hide /out/key" "--rw b:/out --hide /out/sub/deep/key" "--workspace w --hide $PWD/w/key"; do
		# shellcheck disable=SC2086 # several words
		run_split "$COFFERDAM" run $options -- sh -c 'touch /out/ran; touch ran'
		echo "$options: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"hide "*"/key: No such file or directory"*"create it first"* ]]
		[ "$(wc -l <<<"$stderr")" = 1 ]
	done
	[ -z "$(ls b/ran w/ran 2>/dev/null)" ]
	"$COFFERDAM" run --rw b:/out --ro b/ro:/out/ro --ro a:/in --hide /in/key --hide /out/ro/key --hide /tmp/key --hide /nowhere/key -- true
	[ "$("$COFFERDAM" run --rw b:/out --hide /out/key --hide /in/key --dry-run -- true | jq -c '[.mounts[] | select(.kind == "hide" and (.target | test("key"))) | .optional]')" = "[false,true]" ]
	"$COFFERDAM" run --rw b:/out --hide-try /out/key -- true
	"$COFFERDAM" run --root overlay --rw b:/out --hide /usr/key -- sh -c ': >/usr/key' # the layer is this job's only
}

@test "a mount below the workspace is not covered by it" {
	mkdir w d
	echo canary >d/file
	run "$COFFERDAM" run --workspace w --ro "$PWD/d:$PWD/w/sub" -- cat sub/file
	[ "$output" = canary ]
}

@test "a symbolic link in a writable bind does not move a mount point" {
	mkdir w d target
	ln -s ../target w/sub
	run_split "$COFFERDAM" run --workspace w --ro "$PWD/d:$PWD/w/sub" -- true
	[ "$status" = 125 ]
	[[ $stderr == *"symbolic link"* ]]
}

@test "what the host mounts later does not come in: no mount is shared with it" {
	local shared='grep -cE " (shared|master):" /proc/self/mountinfo'
	run unshare --user --map-current-user --mount --propagation shared sh -c "$shared"
	[ "$output" -gt 0 ]
	run unshare --user --map-current-user --mount --propagation shared "$COFFERDAM" run --quiet -- sh -c "$shared"
	[ "$output" = 0 ]
}

@test "a source inside what a job can write is not reached through a link" {
	mkdir ws ws/real secret
	ln -s ../secret ws/cache
	run_split "$COFFERDAM" run --workspace ws --rw ws/cache:/cache -- true
	[ "$status" = 125 ]
	[[ $stderr == *"symbolic link"* ]]
	run "$COFFERDAM" run --workspace ws --rw ws/real:/cache -- touch /cache/x
	[ "$status" = 0 ]
	[ -e ws/real/x ]
	run_split "$COFFERDAM" run --workspace ws --report ws/r.json -- true
	[ "$status" = 125 ]
	[[ $stderr == *"where the job can write"* ]]
	# By another name too.
	ln -s ws link
	mkdir aside
	ln -s ../aside ws/out # what a job before this one may have left
	ln -s ws/out chain
	for options in "--workspace ws --report link/r.json" "--workspace link --report ws/r.json" "--rw link/real:/x --report ws/real/r.json" \
		"--workspace ws --report chain/r.json" \
		"--root overlay --rw ws:/x --changes link/real/c"; do
		# shellcheck disable=SC2086 # several words
		run_split "$COFFERDAM" run $options -- sh -c 'for f in *.tmp; do echo forged >"$f"; done'
		echo "$options: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"where the job can write"* ]]
	done
	[ -z "$(find ws aside -name '*.json*')" ]
	run "$COFFERDAM" run --workspace link --report r.json -- true
	[ "$status" = 0 ]
}

@test "a link of an earlier job is not followed, however the workspace is spelt" {
	mkdir -p real/ws/sub secret
	echo key >secret/id
	ln -s "$PWD/secret" real/ws/cache
	ln -s ../../secret real/ws/sub/back
	ln -s real alias
	ln -s alias again
	ln -s alias/ws/cache through
	for options in "--workspace $PWD/real/ws --rw $PWD/alias/ws/cache:/x" "--workspace $PWD/alias/ws --rw $PWD/real/ws/cache:/x" \
		"--workspace $PWD/again/ws --ro $PWD/alias/ws/cache:/x" "--workspace real/ws --ro through:/x" \
		"--workspace real/ws --ro $PWD/alias/ws/sub/back:/x" "--rw $PWD/real/ws:/w --ro again/ws/sub/back:/x"; do
		# shellcheck disable=SC2086 # several words
		run_split "$COFFERDAM" run $options -- sh -c 'cat /x/id; echo owned >>/x/id'
		echo "$options: $status: $output $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"a symbolic link where a job can write is not followed"* ]]
	done
	[ "$(cat secret/id)" = key ]
	# The way to the workspace itself is the caller's.
	for options in "--workspace alias/ws --ro $PWD/real/ws/sub:/x" "--workspace $PWD/again/ws --rw $PWD/alias/ws/sub:/x"; do
		# shellcheck disable=SC2086 # several words
		run "$COFFERDAM" run $options -- ls /x
		echo "$options: $status: $output"
		[ "$status" = 0 ]
		[ "$output" = back ]
	done
	(
		cd alias/ws
		run "$COFFERDAM" run --workspace . -- sh -c 'pwd; touch made'
		[ "$status" = 0 ]
	)
	[ -e real/ws/made ]
}

@test "neither /proc nor the whole root is shown, whatever the source is called" {
	ln -s /proc lp
	ln -s / lr
	ln -s /proc/self/root magic
	mkdir sub
	ln -s /proc/self/fd/5 open
	ln -s lp chain
	for options in "--ro $PWD/lp:/x" "--rw $PWD/lp:/x" "--workspace lp" "--ro $PWD/chain/sys:/x" "--view $PWD/lp:/x" "--ro-try $PWD/lp/1:/x" \
		"--ro $PWD/lr:/x" "--rw $PWD/magic:/x" "--workspace magic" "--ro $PWD/magic/usr:/x" "--rw $PWD/open:/x" "--workspace open"; do
		# shellcheck disable=SC2086 # several words
		run_split "$COFFERDAM" run $options -- true 5<sub
		echo "$options: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"the host's /proc"* || $stderr == *"the whole root"* || $stderr == *"/proc/PID/fd"* ]]
	done
	# A link to anything else is the caller's to make.
	ln -s sub link
	run "$COFFERDAM" run --ro "$PWD/link:/x" -- ls /x
	[ "$status" = 0 ]
}

@test "a report is refused where a bind mount shows what the job can write, and through a link of the job's" {
	mkdir -p ws/deep/er alias below ws/mounted other safe
	bind() {
		# shellcheck disable=SC2016 # for the shell inside
		run_split unshare --user --map-current-user --keep-caps --mount sh -c "$1"' && shift && exec "$@"' sh - "$COFFERDAM" run "${@:2}"
		echo "$*: $status: $stderr"
	}
	# shellcheck disable=SC2016 # for the shell inside
	forge='for f in *.tmp */*.tmp */*/*.tmp; do [ ! -e "$f" ] || echo forged >"$f"; done'
	for mounts in "mount --bind ws alias" "mount --bind ws/deep alias" "mount -t tmpfs tmpfs ws/mounted && mount --bind ws/mounted alias" \
		"mount --bind ws alias && mount --bind alias/deep other"; do
		bind "$mounts" --workspace ws --report alias/r.json -- sh -c "$forge"
		[ "$status" = 125 ]
		[[ $stderr == *"--report: $PWD/alias/r.json: lies in $PWD/ws, where the job can write"* ]]
		bind "$mounts" --root overlay --rw ws:/x --changes alias/c -- true
		[ "$status" = 125 ]
	done
	bind "mount --bind ws alias" --workspace alias --report ws/deep/er/r.json -- sh -c "$forge"
	[ "$status" = 125 ]
	[ -z "$(find ws alias -type f)" ]
	# A link that an earlier job made, by another name of the workspace.
	ln -s "$PWD/safe" ws/link
	bind "mount --bind ws alias" --workspace ws --report alias/link/r.json -- true
	[ "$status" = 125 ]
	[[ $stderr == *"where the job can write"* ]]
	[ -z "$(ls -A safe)" ]
	# What lies beside it, on the same file system, is another place; so is what the job cannot write to.
	bind "mount --bind below alias" --workspace ws --report alias/r.json -- true
	[ "$status" = 0 ]
	[ -s below/r.json ]
	bind "mount --bind ws alias" --ro ws:/x --report alias/r.json -- true
	[ "$status" = 0 ]
	[ -s ws/r.json ]
}

@test "a report goes to the directory that was there when the job began" {
	mkdir -p a b
	ln -s a place
	mkfifo started
	"$COFFERDAM" run --rw started:/started --report place/r.json -- sh -c 'echo >/started; read -r _ </started' &
	launcher=$!
	read -r _ <started
	ln -sfn b place
	echo >started
	wait "$launcher"
	[ -s a/r.json ]
	[ -z "$(ls -A b)" ]
}
