#!/usr/bin/env bats
# sudo: all: a client in sudo's place, and a broker inside (docs/sudo.md).

load helpers

setup() {
	W=$BATS_TEST_TMPDIR/w
	mkdir "$W"
	cd "$W"
	unshare --map-root-user --map-auto true 2>/dev/null || skip "no subordinate ids for $(id -un): make deps gives them"
}

sudo_run() {
	"$COFFERDAM" run --quiet --root overlay --identity subuid --sudo all "$@"
}

# A user that is not root: steps of a runner.
AS_USER='setpriv --reuid 33 --regid 33 --clear-groups'

@test "a user becomes root of the sandbox, with its capabilities, no_new_privs and filter" {
	run sudo_run -- sh -c "$AS_USER "'sh -c "id -u; sudo id -u; sudo grep -E \"^(CapEff|CapBnd|NoNewPrivs|Seccomp):\" /proc/self/status"
		grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status'
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[0]}" = 33 ]
	[ "${lines[1]}" = 0 ]
	# As root inside without sudo has.
	[ "${lines[*]:2:4}" = "${lines[*]:6:4}" ]
	[[ ${lines[4]} == NoNewPrivs:*1 ]]
	[[ ${lines[5]} == Seccomp:*2 ]]
}

@test "without it, or as none, there is no client and no socket" {
	for way in "" "--sudo none"; do
		# shellcheck disable=SC2086
		run "$COFFERDAM" run --quiet --root overlay --identity subuid $way -- \
			sh -c 'test -e /dev/sudo || echo no socket; ps ax | grep -c [c]offerdam-sudo; cat /proc/mounts | grep -c " /usr/bin/sudo "'
		echo "$output"
		[ "${lines[0]}" = "no socket" ]
		[ "${lines[1]}" = 0 ]
		[ "${lines[2]}" = 0 ]
	done
}

@test "it requires identity subuid, and a place for the client" {
	declare -A refusals=(
		[--sudo all]="--sudo: all: requires identity subuid (add --identity subuid"
		[--sudo some --identity subuid]="expected one of none, all"
	)
	each_refused refusals run
	[ ! -e /usr/bin/sudo ] || skip "the rest: this host has /usr/bin/sudo"
	run "$COFFERDAM" run --identity subuid --sudo all -- true
	echo "$output"
	[ "$status" = 125 ]
	[[ $output == "cofferdam: sudo: "*"/usr/bin/sudo"*"use root overlay or an image"* ]]
}

@test "exit status, signals, descriptors and working directory are the command's" {
	run sudo_run -- sh -c "$AS_USER "'sh -c "cd /tmp
		sudo sh -c \"exit 7\"; echo \$?
		sudo sh -c \"kill -9 \\\$\\\$\"; echo \$?
		echo words | sudo cat
		sudo pwd
		sudo sh -c \"echo out; echo err >&2\" 2>/dev/null
		umask 077; sudo sh -c umask
		ulimit -n 100; sudo sh -c \"ulimit -n\"
		sudo cat <&-; echo \$?
		sudo nowhere; echo \$?"' 2>&1
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -v Killed <<<"$output")" = "7
137
words
/tmp
out
0077
100
cat: -: Bad file descriptor
1
sudo: nowhere: command not found
1" ]
}

@test "the report counts the calls; the broker is no process that the command left" {
	run sudo_run --report r.json -- sh -c 'sudo true; sudo false
		for i in 1 2 3; do
			python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"/dev/sudo\"); s.send(b\"x\" * 1000); s.recv(1)"
		done'
	jq -c '.sudo, .teardown.processes_killed' r.json
	[ "$(jq -c .sudo r.json)" = '{"calls":2,"refused":3}' ]
	[ "$(jq .teardown.processes_killed r.json)" = 0 ]
	run sudo_run --report r.json -- sh -c 'sudo -b sleep 1000; sudo sh -c "setsid sleep 1000 & sleep 1000 & :"'
	[ "$(jq .teardown.processes_killed r.json)" = 3 ]
	"$COFFERDAM" run --report r.json -- true
	[ "$(jq .sudo r.json)" = null ]
}

@test "a client that is killed takes its command with it; what outlives its step stays" {
	run sudo_run -- sh -c "$AS_USER "'sh -c "mkfifo /tmp/p; sudo sh -c \"echo started >/tmp/p; exec sleep 1000\" & read _ </tmp/p
		kill -9 \$!; wait \$!; while pgrep -x sleep >/dev/null; do :; done; echo gone
		sudo sh -c \"sleep 1000 &\"
		for i in \$(seq 500); do pgrep -x sleep >/dev/null && break; done; pgrep -cx sleep"' 2>&1
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *gone*1 ]]
}

@test "what is left of the group of a command whose client is killed has time to tidy up" {
	cat >job <<-'END'
		bash -c 'trap "" TERM; trap "sleep 0.5; echo tidied up >/tmp/end; exit" HUP; echo >/tmp/p; while :; do sleep 0.1; done' &
		wait
	END
	run sudo_run --ro "$W/job:/job" -- bash -c "$AS_USER "'bash -c "mkfifo /tmp/p; sudo bash /job & read _ </tmp/p
		kill -9 \$!; for i in {1..100}; do [ -s /tmp/end ] && break; sleep 0.05; done; cat /tmp/end"' 2>&1
	echo "$output"
	[[ $output == *"tidied up" ]]
}

# What sudo says itself goes to a pipe that is full: its process waits there, and has executed nothing.
@test "a command that waits before it is executed goes with its client, too" {
	cat >job <<-'END'
		mkfifo /tmp/full && exec 3<>/tmp/full
		dd if=/dev/zero of=/tmp/full bs=4096 oflag=nonblock status=none 2>/dev/null
		sudo no-such-command 2>&3 3>&- & client=$!
		calls() { pgrep -cf cofferdam-sudo; }
		until [ "$(calls)" = 3 ]; do :; done; echo waits
		kill -9 $client; wait $client
		until [ "$(calls)" = 1 ]; do :; done; echo gone
		sudo id -u
	END
	run timeout 120 "$COFFERDAM" run --quiet --root overlay --identity subuid --sudo all --ro "$W/job:/job" -- \
		sh -c "$AS_USER bash /job" 2>&1
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *waits*gone*0 ]]
}

@test "more lists of variables than a request may have are refused by name" {
	run sudo_run -- bash -c 'sudo $(printf -- "--preserve-env=A%.0s " {1..8193}) true; echo $?' 2>&1
	echo "$output"
	[ "${lines[0]}" = "sudo: unable to execute true: Argument list too long" ]
	[ "${lines[1]}" = 1 ]
}

# Not bash: its `read -t 1 <> <(:)` loses a trap now and then.
@test "signals go to the command; a command that stops stops its client" {
	run sudo_run -- sh -c "$AS_USER "'bash -c "mkfifo /tmp/p
		for sig in TERM HUP USR1; do
			sudo sh -c \"trap \\\"echo \$sig; exit 3\\\" \$sig; echo >/tmp/p; tail -f /dev/null & wait\" & read _ </tmp/p
			kill -\$sig \$!; wait \$!; echo \$?
		done
		sudo sleep 1000 & client=\$!
		until command=\$(pgrep -x sleep); do :; done
		sudo kill -STOP \$command
		until grep -q \"^State:.T\" /proc/\$client/status; do :; done; echo stopped
		kill -CONT \$client
		until sudo grep -q \"^State:.S\" /proc/\$command/status; do :; done; echo goes on
		kill -TERM \$client; wait \$client; echo \$?"' 2>&1
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -v Terminated <<<"$output" | tr '\n' ' ')" = "TERM 3 HUP 3 USR1 3 stopped goes on 143 " ]
}

@test "neither the socket nor the client can be replaced, not even by root inside" {
	run sudo_run -- sh -c 'rm -f /dev/sudo; mv /dev/sudo /dev/x; rm -f /usr/bin/sudo; true >/usr/bin/sudo; cp /bin/true /usr/bin/sudo
		mv /bin/true /usr/bin/sudo; umount /usr/bin/sudo; sudo id -u' 2>&1
	echo "$output"
	[ "${lines[-1]}" = 0 ]
}

@test "thousands of calls, and many at once" {
	calls=${SUDO_CALLS:-2000}
	run sudo_run --report r.json --env calls="$calls" -- sh -c "$AS_USER "'bash -c "n=0; while [ \$n -lt \$calls ] && sudo true; do n=\$((n + 1)); done; echo \$n
		for i in {1..64}; do (sudo sh -c \"echo \$i\") & done >/tmp/out; wait; sort -un /tmp/out | wc -l"'
	echo "$output"
	[ "${lines[0]}" = "$calls" ]
	[ "${lines[1]}" = 64 ]
	[ "$(jq -c .sudo r.json)" = "{\"calls\":$((calls + 64)),\"refused\":0}" ]
}

@test "a broker that is gone: calls fail by name, and the job goes on" {
	run sudo_run -- sh -c 'kill -9 3; while kill -0 3 2>/dev/null; do :; done; sudo true; echo $?' 2>&1
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[0]}" = "sudo: the broker of this sandbox does not answer: /dev/sudo: Connection refused" ]
	[ "${lines[1]}" = 1 ]
}

# image: a root with busybox, which has no sudo.
image() {
	rm -rf img outside
	mkdir -p img/{bin,etc,usr,dev,proc,sys,tmp} outside
	cp "$(command -v busybox)" img/bin/busybox
	ln -s busybox img/bin/sh
	ln -s busybox img/bin/id
	echo 'root:x:0:0::/root:/bin/sh' >img/etc/passwd
	echo canary >img/etc/canary
}

# in_image: what a call says in it; nothing of the image or beside it is another afterwards.
in_image() {
	local before after
	before=$(find img outside -printf '%p %y %m %s %l %T@\n' | sort)
	run "$COFFERDAM" run --quiet --root "$PWD/img" --identity subuid --sudo all -- /bin/sh -c '/usr/bin/sudo id -u; /bin/busybox cat /etc/canary'
	after=$(find img outside -printf '%p %y %m %s %l %T@\n' | sort)
	echo "$1: $status: $output"
	[ "$before" = "$after" ]
}

@test "an image's own sudo, or what stands in its place, is covered and neither followed nor changed" {
	need busybox
	declare -A images=(
		["no sudo"]="mkdir img/usr/bin"
		["no /usr/bin"]=":"
		["a file"]="mkdir img/usr/bin; echo x >img/usr/bin/sudo"
		["a link to a file"]="mkdir img/usr/bin; ln -s /etc/canary img/usr/bin/sudo"
		["a link to nothing"]="mkdir img/usr/bin; ln -s /nothing img/usr/bin/sudo"
		["a link out of it"]="mkdir img/usr/bin; ln -s ../../../outside/sudo img/usr/bin/sudo"
	)
	for image in "${!images[@]}"; do
		image
		eval "${images[$image]}"
		in_image "$image"
		[ "$status" = 0 ]
		[ "$output" = $'0\ncanary' ]
	done
}

@test "an image whose /usr/bin is no directory of its own is refused by name" {
	need busybox
	declare -A images=(
		["a file"]="echo x >img/usr/bin"
		["a link"]="ln -s ../bin img/usr/bin"
		["an absolute link"]="ln -s /bin img/usr/bin"
		["a link above the root"]="ln -s ../../../bin img/usr/bin"
		["/usr a link"]="rmdir img/usr; ln -s . img/usr"
		["a link out of it"]='ln -s "$PWD/outside" img/usr/bin'
		["a link to itself"]="ln -s bin img/usr/bin"
	)
	for image in "${!images[@]}"; do
		image
		eval "${images[$image]}"
		in_image "$image"
		[ "$status" = 125 ]
		[[ $output == "cofferdam: sudo: "*"/usr/bin"* ]]
	done
}
