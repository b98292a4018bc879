#!/usr/bin/env bats
# sudo: all at a terminal: keys, stop and continue, and the window's size, through the job's terminal and that of the sudo call.

# shellcheck disable=SC2016,SC2154 # for the shell inside; the helpers set
load helpers
load terminal_helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unshare --map-root-user --map-auto true 2>/dev/null || skip "no subordinate ids for $(id -un): make deps gives them"
}

# at_sudo SCRIPT STEP…: an interactive shell of a user with job control, which has SCRIPT as ./job and ends with 4.
at_sudo() {
	echo "$1" >job
	chmod 755 job
	shift
	at_terminal expect:'$ ' "$@" expect:'$ ' type:'exit 4^M' -- \
		"$COFFERDAM" run --quiet --root overlay --identity subuid --sudo all --ro "$PWD/job:/job" --env PS1='$ ' --env TERM=dumb -- \
		setpriv --reuid 33 --regid 33 --clear-groups bash --norc --noprofile -i
	[ "$end" = "exit 4, settings restored, 0 typed" ]
}

@test "the command of sudo has a terminal of its own, of the same size, which it controls" {
	at_sudo 'tty; stty size; (: </dev/tty) && echo controlled; tty <&1; tty <&2; stat -c %u "$(tty)"' type:'tty; sudo sh /job; sudo -u daemon sh /job^M'
	[ "$(grep -c '^/dev/pts/0$' <<<"$output")" = 1 ]
	[ "$(grep -c '^/dev/pts/1$' <<<"$output")" = 6 ]
	[ "$(grep -c '^30 90$' <<<"$output")" = 2 ]
	[ "$(grep -c '^controlled$' <<<"$output")" = 2 ]
	[ "$(grep -c '^0$' <<<"$output")" = 1 ]
	[ "$(grep -c '^1$' <<<"$output")" = 1 ]
}

@test "what is typed reaches the command once, without echo where it wants none, and Ctrl-D ends it" {
	at_sudo 'echo ready; read -r line; echo "<$line>"; stty -echo; echo closed; read -r line; echo "<$line>"; stty echo; cat; echo over' \
		type:'sudo sh /job^M' expect:ready type:word^M expect:'<word>' expect:closed type:secret^M expect:'<secret>' type:more^M expect:more \
		type:^D expect:over
	[ "$(grep -o word <<<"$output" | wc -l)" = 2 ]
	[ "$(grep -o secret <<<"$output" | wc -l)" = 1 ]
}

@test "Ctrl-C ends the command of sudo, and its client by the same signal" {
	at_sudo 'echo ready; exec sleep 1000' type:'sudo sh /job; echo "<$?>"^M' expect:ready type:^C type:'echo after^M' expect:after
	at_sudo 'trap "echo caught; exit 9" INT; echo ready; while :; do sleep 1; done' type:'sudo bash /job; echo "<$?>"^M' expect:ready type:^C expect:caught \
		expect:'<9>'
}

@test "Ctrl-Z stops the command and its client; fg continues both, with the terminal as the command had it" {
	# It says when it goes on: what is typed before is the shell's.
	at_sudo 'trap "echo goes on" CONT; stty -echo; echo ready; while read -r line; do echo "<$line>"; done' \
		type:'sudo bash /job^M' expect:ready type:one^M expect:'<one>' type:^Z expect:Stopped expect:'$ ' \
		type:'stty -a | grep -o " ec""ho "^M' expect:' echo ' \
		type:'ps -o stat= -p "$(pgrep -fx "bash /job")" | sed s/T/is-""T/^M' expect:is-T \
		type:'fg^M' expect:'goes on' type:two^M expect:'<two>' type:^Z expect:Stopped type:'fg^M' expect:'goes on' type:three^M expect:'<three>' type:^D
	[ "$(grep -o two <<<"$output" | wc -l)" = 1 ]
	[ "$(grep -o three <<<"$output" | wc -l)" = 1 ]
}

@test "a command of sudo that was stopped goes on in the background, and hears what is typed when it is in front again" {
	at_sudo 'echo ready; until [ -e /tmp/go ]; do sleep 0.1; done; echo goes on; while read -r line; do echo "<$line>"; done' type:'sudo bash /job^M' \
		expect:ready type:^Z expect:Stopped type:'bg^M' type:': >/tmp/go^M' expect:'goes on' type:'echo mi""ne^M' expect:mine type:'fg^M' \
		expect:'sudo bash /job' type:word^M expect:'<word>' type:^D
	if grep '<.*mine' <<<"$output"; then false; fi
}

@test "a call that was started in the background is stopped when its command asks for a key, and hears it when it is in front" {
	# The shell says at once that it has seen the stop: an earlier fg would put a call in front that is about to stop.
	at_sudo 'echo ready; while read -r line; do echo "<$line>"; done' type:'set -b; sudo bash /job &^M' expect:ready expect:Stopped \
		type:'fg^M' expect:'sudo bash /job' type:word^M expect:'<word>' type:^D
}

@test "the window's size follows, also of a window that was changed while the command was stopped" {
	# A function: bash 5.2 does not always parse $() in a trap that comes while it parses another one.
	at_sudo 'size() { echo "size $(stty size)"; }; trap size WINCH; echo ready; while [ "$(stty size)" != "44 144" ]; do sleep 0.1; done; echo "now $(stty size)"; read -r line' \
		type:'sudo bash /job^M' expect:ready size:41x123 expect:'size 41 123' \
		type:^Z expect:Stopped size:44x144 type:'stty size^M' expect:'44 144' type:'fg^M' expect:'now 44 144' type:^M
}

@test "a client that is killed leaves the terminal usable, and takes the command along" {
	at_sudo 'echo ready; exec sleep 1000.5' type:'sudo sh /job^M' expect:ready type:^Z expect:Stopped type:'kill -9 %1; wait^M' \
		type:'while pgrep -fx "sleep 1000.5"; do :; done >/dev/null; echo go""ne^M' expect:gone
}

@test "a command that gives up its terminal goes on, and its client waits without a processor" {
	at_sudo 'echo ready; exec </dev/null >/dev/null 2>&1; until [ -e /tmp/go ]; do sleep 0.1; done; ps -C sudo -o times= >/tmp/seconds' \
		type:'{ sleep 3; : >/tmp/go; } & sudo bash /job; echo "seconds <"$(cat /tmp/seconds)">"^M' expect:ready type:k expect:'seconds <'
	grep -Ex 'seconds <( *0)+>' <<<"$output"
}
