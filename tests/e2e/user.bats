#!/usr/bin/env bats
# cofferdam run --as USER: the command is a user of the image, and what it may write is that user's meanwhile.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	need busybox
	unshare --map-root-user --map-auto true 2>/dev/null || skip "no subordinate ids for $(id -un): make deps gives them"
	cd "$BATS_TEST_TMPDIR" || return 1
	image img
}

teardown() {
	unshare --map-root-user --map-auto rm -rf "$BATS_TEST_TMPDIR"/* 2>/dev/null || :
}

# image DIR: a root with busybox and some users.
image() {
	local applet
	mkdir -p "$1"/{bin,etc,proc,dev,sys,tmp,root,home/bob}
	cp "$(command -v busybox)" "$1/bin/busybox"
	for applet in sh cat id grep ls stat sed mv cp ln touch mkdir rm sleep tee echo chmod chgrp true; do
		ln -s busybox "$1/bin/$applet"
	done
	printf '%s\n' root:x:0:0:root:/root:/bin/sh daemon:x:1:1::/:/bin/false bob:x:1005:1006::/home/bob:/bin/ash >"$1/etc/passwd"
	printf '%s\n' root:x:0: bob:x:1006: wheel:x:10:root,bob video:x:44:bobby audio:x:29:bob >"$1/etc/group"
}

as() {
	"$COFFERDAM" run --identity subuid --root ./img --as "$@"
}

@test "--as: uid, groups and variables are the image's, and there is no capability" {
	run -0 as bob --report report.json -- sh -c 'id -u; id -g; id -G; echo $HOME $USER $LOGNAME $SHELL; grep "Cap\(Prm\|Eff\|Inh\|Amb\)" /proc/self/status
		grep NoNewPrivs /proc/self/status; : >/workspace/x && ls -ln /workspace; touch /etc/new 2>/dev/null || echo no'
	echo "$output"
	[ "${lines[*]:0:3}" = "1005 1006 1006 10 29" ]
	[ "${lines[3]}" = "/home/bob bob bob /bin/ash" ]
	[ "$(grep -c '^Cap.*0000000000000000$' <<<"$output")" = 4 ]
	[[ $output == *"NoNewPrivs:"*1* && $output == *" 1005 "*" 1006 "*x* && $output == *no ]]
	jq -e '.protections.user_namespace.seen | .uid == 1005 and .gid == 1006' report.json
	jq -e '[.protections[] | select(.state == "unverified")] == []' report.json
	# By number, and root by name, who has what root has without the option.
	run -0 as 1005 -- sh -c 'id -un'
	[ "$output" = bob ]
	run -0 as root -- sh -c 'id -u; : >/etc/new && grep CapEff /proc/self/status'
	[ "${lines[0]}" = 0 ]
	[[ $output != *0000000000000000* ]]
}

@test "--as: what the caller says of a variable stays, what a shipped profile says gives way" {
	run -0 as bob --env HOME=/tmp --env USER=other -- sh -c 'echo $HOME $USER $LOGNAME; grep bob /etc/passwd'
	[ "${lines[0]}" = "/tmp other bob" ]
	[ "${lines[1]}" = "bob:x:1005:1006::/tmp:/bin/ash" ]
}

@test "--as runner: made where the image has none, with a home, and with ids that nobody has" {
	run -0 as runner -- sh -c 'id -u; id -g; id -un; id -gn; echo $HOME; cd; : >x && ls -ln x; grep runner /etc/passwd /etc/group'
	echo "$output"
	[ "$(head -n5 <<<"$output" | xargs)" = "1001 1001 runner runner /home/runner" ]
	[[ $output == *"1001 "*"1001 "*x* && $output == *"runner:*:1001:1001::/home/runner:/bin/bash"* && $output == *"runner:x:1001:"* ]]
	echo other:x:1001:1001::/:/bin/sh >>img/etc/passwd
	echo other:x:1001: >>img/etc/group
	run -0 as runner -- sh -c 'id -u; id -g'
	[ "${lines[*]}" = "1002 1002" ]
	echo runner:x:1009:1009::/srv:/bin/sh >>img/etc/passwd
	run -0 as runner -- sh -c 'id -u; echo $HOME'
	[ "${lines[*]}" = "1009 /srv" ]
	# As on a hosted runner, in a profile.
	echo "{\"extends\": \"default\", \"root\": \"$PWD/img\", \"identity\": \"subuid\", \"user\": \"bob\"}" >p.json
	run -0 "$COFFERDAM" run --profile ./p.json -- id -u
	[ "$output" = 1005 ]
}

@test "--as: refused by name, with the remedy" {
	# shellcheck disable=SC2034 # each_refused reads it
	declare -A refusals=(
		["--as bob"]="requires users beside the caller's (use --identity subuid"
		["--as bob --identity subuid"]="requires the users of an image (use --root DIR"
		["--as bob --identity subuid --root overlay"]="requires the users of an image"
		["--as eve --identity subuid --root ./img"]="eve: not in /etc/passwd of $PWD/img (it has root, daemon, bob; runner is made"
		["--as 4711 --identity subuid --root ./img"]="4711: not in /etc/passwd"
		["--as bob --identity subuid --root ./img --ro /etc/passwd"]="covers the image's passwd"
		["--as a/b --identity subuid --root ./img"]="--as: a/b"
	)
	each_refused refusals run
	echo big:x:70000:1::/:/bin/sh >>img/etc/passwd
	run_split -125 as big -- true
	[[ $stderr == *"an id above 65535"* ]]
	# Root by another name: only who asks for root is root.
	echo toor:x:0:0::/:/bin/sh >>img/etc/passwd
	run_split -125 as toor -- true
	[[ $stderr == "cofferdam: --as: toor: has uid 0 in the image's /etc/passwd, which is root (give it an id of its own"* ]]
	sed 's/^toor:/runner:/' img/etc/passwd >passwd
	cp passwd img/etc/passwd
	run_split -125 as runner -- true
	[[ $stderr == "cofferdam: --as: runner: has uid 0"* ]]
	echo '{"extends": "default", "identity": "subuid", "user": "runner"}' >p.json
	run_split -125 "$COFFERDAM" run --profile p.json --root ./img -- true
	[[ $stderr == "cofferdam: "*p.json*"user: runner: has uid 0"* ]]
	run -0 as 0 -- sh -c 'id -u'
	[ "$output" = 0 ]
	# A passwd that nobody should read, or that is none.
	truncate -s 1G img/etc/passwd
	run_split -125 as bob -- true
	[[ $stderr == *"/etc/passwd: cannot be read, or is larger than 1 MiB"* ]]
	rm img/etc/passwd
	mkfifo img/etc/passwd
	run_split -125 as bob -- true
	[[ $stderr == *"not in /etc/passwd"*"no user"* ]]
	rm img/etc/passwd
	ln -s /../../../../etc/passwd img/etc/passwd
	run_split -125 as "$(id -un)" -- true
	[[ $stderr == *"not in /etc/passwd"* ]]
	for ((i = 0; i < 300; i++)); do echo "g$i:x:$((2000 + i)):bob"; done >>img/etc/group
	rm img/etc/passwd
	echo bob:x:1005:1006::/home/bob:/bin/sh >img/etc/passwd
	run_split -125 as bob -- true
	[[ $stderr == *"in more than 256 groups"* ]]
}

@test "--as: a directory of the image that is closed to the user is named, whichever way leads to the command" {
	mkdir -p img/usr/local
	cp img/bin/busybox img/usr/local/busybox
	declare -A closed=([img]="/" [img/bin]="/bin" [img/usr]="/usr")
	for dir in "${!closed[@]}"; do
		chmod 700 "$dir"
		for more in "" "--sudo all"; do
			case $dir in img/usr) command=/usr/local/busybox arguments=true ;; *) command=/bin/sh arguments='-c true' ;; esac
			for name in "$command" $([ "$dir" = img/usr ] || echo sh); do
				# shellcheck disable=SC2086
				run_split -126 as bob $more -- "$name" $arguments
				echo "$dir, $more, $name: $stderr"
				[ "$stderr" = "cofferdam: exec: $name: Permission denied (${closed[$dir]} of the image has mode 0700, so only root inside can enter it: chmod o+x it there)" ]
			done
			# Root is not kept out, and nor is the user where it is open.
			# shellcheck disable=SC2086
			run -0 as root $more -- "$command" $arguments
		done
		chmod 755 "$dir"
		# shellcheck disable=SC2086
		run -0 as bob -- "$command" $arguments
	done
	# What is closed otherwise is said as before.
	chmod 644 img/usr/local/busybox
	run_split -126 as bob -- /usr/local/busybox
	[[ $stderr == *"no execute bit is set"* ]]
}

@test "--as with --sudo all: the user has no capability, and a sudo that makes it root or another user inside" {
	run -0 as bob --sudo all --report report.json -- sh -c 'id -u; id -G; sudo id -u; sudo -u daemon id -u; sudo sh -c "echo \$SUDO_USER \$SUDO_UID"
		grep -h "Cap\(Prm\|Eff\|Inh\|Amb\)" /proc/self/status; sudo grep CapEff /proc/self/status; sudo grep -h "NoNewPrivs\|Seccomp:" /proc/self/status
		cat /proc/1/environ 2>/dev/null || echo closed; sudo touch /etc/new && ls -ln /etc/new; echo x >/workspace/x && sudo cat /workspace/x; exit 3' || [ "$status" = 3 ]
	echo "$output"
	[ "$status" = 3 ]
	[ "${lines[*]:0:4}" = "1005 1006 10 29 0 1" ]
	[ "${lines[4]}" = "bob 1005" ]
	[ "$(grep -c '^Cap.*0000000000000000$' <<<"$output")" = 4 ]
	[ "$(grep -c '^CapEff' <<<"$output")" = 2 ]
	[[ $output == *NoNewPrivs:*1*Seccomp:*2* && $output == *closed*" 0 "*" 0 "*/etc/new*x ]]
	jq -e '[.protections[] | select(.state == "unverified")] == []' report.json
	jq -e '.sudo.calls == 7 and .sudo.refused == 0' report.json
	# Without it there is none.
	run -127 as bob -- sudo id -u
}

owners() {
	find "$@" -printf '%u\n' | sort -u
}

@test "--as: a workspace of the caller's is the user's meanwhile, and the caller's again" {
	mkdir -p ws/deep/er outside
	echo mine >ws/deep/er/file
	chmod 700 ws ws/deep
	chmod 600 ws/deep/er/file
	ln -s "$PWD/outside" ws/link
	run -0 as bob --workspace "$PWD/ws" -- sh -c 'cat deep/er/file; echo more >>deep/er/file; mkdir -m 700 new && echo x >new/x && chmod 0 new/x
		ln new/x new/y; ls -ln deep/er'
	[[ $output == *mine*" 1005 "*" 1006 "*file* ]]
	[ "$(owners ws outside)" = "$(id -un)" ]
	[ "$(find ws outside ! -gid "$(id -g)")" = "" ]
	[ "$(cat ws/deep/er/file)" = $'mine\nmore' ]
	# Not given back where that is not wanted: then only the map of the job can remove it.
	run -0 as bob --no-give-back --workspace "$PWD/ws" -- sh -c ': >late'
	[ "$(stat -c %u ws)" -ge 65536 ]
	run -0 as bob --workspace "$PWD/ws" -- true
	[ "$(owners ws outside)" = "$(id -un)" ]
}

@test "--as: two jobs at a time share a directory where neither gives it back" {
	local first more ended=0
	for more in "--no-give-back" ""; do
		rm -rf ws go
		mkdir -m 700 ws
		echo shared >ws/file
		mkfifo go
		# shellcheck disable=SC2086 # words
		as bob $more --workspace "$PWD/ws" -- sh -c 'echo; cat >/dev/null; cat file && : >late' <go >began 3>&- &
		first=$!
		exec 5>go
		until_true 20 test -s began
		# shellcheck disable=SC2086
		run -0 as bob $more --workspace "$PWD/ws" -- sh -c 'cat file; : >other'
		[ "$output" = shared ]
		exec 5>&-
		if [ -n "$more" ]; then
			wait "$first"
			run -0 as bob --workspace "$PWD/ws" -- sh -c 'ls'
			[ "$output" = $'file\nlate\nother' ]
		else
			# The first is given its own back, and has the directory no more.
			wait "$first" || ended=$?
			[ "$ended" = 1 ]
		fi
		[ "$(owners ws)" = "$(id -un)" ]
	done
}

@test "--as: a file with another name elsewhere stays the caller's, and links are not followed" {
	mkdir ws outside
	echo canary >outside/key
	echo canary >outside/other
	ln outside/key ws/key
	ln -s "$PWD/outside/other" ws/other
	chmod 600 outside/*
	run -0 as bob --workspace "$PWD/ws" -- sh -c 'cat key other 2>/dev/null; echo x 2>/dev/null >>key || echo no; ls -ln key'
	echo "$output"
	[[ $output == no*" 0 "*" 0 "*key* ]]
	[ "$(owners ws outside)" = "$(id -un)" ]
	[ "$(cat outside/key)" = canary ]
	# A file of that mode with one name is given.
	echo canary >ws/own
	chmod 600 ws/own
	run -0 as bob --workspace "$PWD/ws" -- cat own
	[ "$output" = canary ]
}

@test "--as: what cannot be lent or given back is said, with the first file and the remedy" {
	local other="" group
	for group in $(id -G); do
		[ "$group" = "$(id -g)" ] || other=$group
	done
	[ -n "$other" ] || skip "$(id -un) has no supplementary group"
	mkdir -p ws/s
	: >ws/mine
	chgrp "$other" ws/s
	chmod 2777 ws/s
	run_split "$COFFERDAM" run --identity subuid --root ./img --as bob --workspace "$PWD/ws" --report r.json -- \
		sh -c 'touch s/x && mkdir -m 700 s/d && touch s/d/y'
	echo "$stderr"
	[ "$status" = 0 ]
	[[ $stderr == *"cofferdam: user: 1 files keep their owner"*"first $PWD/ws/s: Operation not permitted (what is lent must be in the caller's primary group"* ]]
	[[ $stderr == *"files of the job's were not given back to the caller: "*", first $PWD/ws/s"*": Operation not permitted"*"chgrp -R"* ]]
	jq -e '.teardown.residue | length == 1 and (.[0] | contains("were not given back"))' r.json
	[ "$(stat -c %u ws/s/x)" -ge 65536 ]
	[ "$(stat -c %U ws/mine)" = "$(id -un)" ]
	# What the hint says. The directory itself stays the caller's.
	run -0 as bob --workspace "$PWD/ws" -- sh -c 'chgrp -R bob s/x s/d'
	[[ $output != *"not given back"* ]]
	[ "$(owners ws)" = "$(id -un)" ]
	# With a group of the job's there is nothing to say.
	chgrp "$(id -g)" ws/s
	run_split "$COFFERDAM" run --identity subuid --root ./img --as bob --workspace "$PWD/ws" --report r.json -- touch s/z
	[ "$status" = 0 ]
	[ "$stderr" = "" ]
	jq -e '.teardown.residue == []' r.json
	[ "$(owners ws)" = "$(id -un)" ]
}

# A directory that is not the job's, and in which nobody makes files, is not the job's to give back: lost+found.
@test "--as: a directory of somebody else's that nobody may read is no residue" {
	mkdir ws
	# The last id of a range is no job's.
	local uid gid
	uid=$(awk -F: -v user="$(id -un)" '$1 == user { last = $2 + $3 - 1 } END { print last }' /etc/subuid)
	gid=$(awk -F: -v user="$(id -un)" '$1 == user { last = $2 + $3 - 1 } END { print last }' /etc/subgid)
	unshare --map-root-user --map-users "$uid,1,1" --map-groups "$gid,1,1" sh -c 'mkdir -m 700 ws/closed && chown 1:1 ws/closed'
	run_split "$COFFERDAM" run --identity subuid --root ./img --as bob --workspace "$PWD/ws" --report r.json -- touch x
	[ "$status" = 0 ]
	[ "$stderr" = "" ]
	jq -e '.teardown.residue == []' r.json
	[ "$(owners ws/x)" = "$(id -un)" ]
	unshare --map-root-user --map-users "$uid,1,1" --map-groups "$gid,1,1" rm -r ws/closed
}

# lent DIR…: what of them is not the caller's.
lent() {
	unshare --map-root-user --map-auto find "$@" ! -uid 0 | sort | xargs
}

@test "--as: what the job is not shown, or may not write, stays the caller's" {
	mkdir -p top/{images/new,layers/x.00000000.layer,closed/in,hidden/in,mine}
	: >top/closed/file
	: >top/hidden/file
	chmod 700 top/layers top/images
	export COFFERDAM_IMAGES=$PWD/top/images COFFERDAM_LAYERS=$PWD/top/layers
	run -0 as bob --no-give-back --rw "$PWD/top" --ro "$PWD/top/closed" --hide "$PWD/top/hidden" -- true
	[ "$(lent top)" = "top top/mine" ]
	run -0 as bob --rw "$PWD/top" -- true
	# Where nothing says that it is not the job's it is lent.
	export COFFERDAM_IMAGES=$PWD/none COFFERDAM_LAYERS=$PWD/none
	run -0 as bob --no-give-back --rw "$PWD/top" -- true
	[[ "$(lent top)" == *"top/closed/file top/closed/in top/hidden top/hidden/file top/hidden/in top/images top/images/new top/layers top/layers/x"* ]]
	run -0 as bob --rw "$PWD/top" -- true
	[ "$(lent top)" = "" ]
}

@test "--as: the caller can open its standard streams by name again afterwards" {
	local more
	mkdir ws
	for more in "" "--workspace ws" "--workspace ws --no-give-back"; do
		# shellcheck disable=SC2086
		run -0 bash -c '{ "$@" -- sh -c "echo in >/dev/stderr"; echo after >/dev/stderr; } 2>&1 | cat' - \
			"$COFFERDAM" run --identity subuid --root ./img --as bob $more
		echo "$output"
		[[ $output == *in$'\n'after ]]
	done
}

@test "--as: after kill -9 of the launcher the next launch gives back what was lent" {
	mkdir ws
	: >ws/file
	as bob --workspace "$PWD/ws" -- sh -c ': >begun; sleep 60' 3>&- &
	local launcher=$!
	until_true 20 test -e ws/begun
	kill -9 "$launcher"
	wait "$launcher" || :
	[ "$(stat -c %u ws)" -ge 65536 ]
	run_split "$COFFERDAM" run --workspace "$PWD/ws" -- true
	[[ $stderr == *"$PWD/ws"*"subordinate id"*"--as"* ]]
	run -0 as bob --workspace "$PWD/ws" -- true
	[ "$(owners ws)" = "$(id -un)" ]
}

@test "--as: pipes and a terminal of the job's can be opened again by name" {
	[ "$(as bob -- sh -c 'echo out >/dev/stdout; echo err >/dev/stderr' 2>&1 | cat)" = $'out\nerr' ]
	[ "$(as bob --tty yes -- sh -c 'echo tty >/dev/tty; echo out >/dev/stdout' </dev/null 2>&1 | tr -d '\r' | sort | xargs)" = "out tty" ]
}

@test "an image's files of /etc can be changed by programs, in place and by another file" {
	run -0 as root -- sh -c 'echo "127.0.0.9 name" | tee -a /etc/hosts >/dev/null && sed -i s,/home/bob,/srv, /etc/passwd && cp /etc/group /etc/group.new &&
		echo new:x:77: >>/etc/group.new && mv /etc/group.new /etc/group && grep -c "127.0.0.9\|cofferdam" /etc/hosts && grep bob /etc/passwd && grep new /etc/group'
	[ "$(grep -c . <<<"$output")" = 3 ]
	[[ $output == *"/srv"* && $output == *new:x:77:* ]]
	run -1 grep -q srv img/etc/passwd
}
