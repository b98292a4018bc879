#!/usr/bin/env bats
# cofferdam run --tty: the job's own terminal, and the caller's given back. tests/escape/operator.c sits at the latter.

load helpers
load terminal_helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PROBES=$BUILD/tests/escape
	TERM_=15 KILL=9 TSTP=20
	printf '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"], "syscalls": []}\n' \
		>open.json
}

@test "a job at a terminal has one of its own: of the sandbox's devpts, controlling, of the same size" {
	at_terminal -- "$COFFERDAM" run -- sh -c 'tty; stty size; tty <&1; tty <&2; readlink /proc/self/fd/0; ls -1 /dev/pts
		(: </dev/tty) && echo controlled; exit 7'
	[ "${lines[0]}" = /dev/pts/0 ]
	[ "${lines[1]}" = "30 90" ]
	[ "${lines[2]}" = /dev/pts/0 ]
	[ "${lines[3]}" = /dev/pts/0 ]
	[ "${lines[4]}" = /dev/pts/0 ]
	[ "${lines[5]}" = 0 ]
	[ "${lines[6]}" = ptmx ]
	[ "${lines[7]}" = controlled ]
	[ "$end" = "exit 7, settings restored, 0 typed" ]
	run_split "$COFFERDAM" run --tty yes -- sh -c 'stat -f -c %T /dev/pts; stat -c %t:%T /dev/pts/0' </dev/null
	[ "$status" = 0 ]
	[[ $output == devpts* ]]
}

@test "without --tty the job prints to the caller's terminal, which it does not hold: no input, no control" {
	at_terminal type:secret^M -- "$COFFERDAM" run --tty no -- sh -c '(: </dev/tty) 2>/dev/null || echo uncontrolled; cat
		tty <&1; stty size <&2; (: <&1) && (read -r line <&2) 2>/dev/null || echo unread; stty raw echo <&1; echo one; echo two; exit 3'
	[ "${lines[0]}" = secret ] # the terminal's own echo
	[ "${lines[1]}" = uncontrolled ]
	[ "${lines[2]}" = /dev/pts/0 ]
	[ "${lines[3]}" = "30 90" ]
	[ "${lines[4]}" = unread ]
	[ "${lines[5]}" = one ]
	[ "${lines[6]}" = two ]
	[ "$end" = "exit 3, settings restored, 7 typed" ]
}

@test "standard error alone at the terminal: a terminal to print to, each line once and in order" {
	at_terminal size:41x123 -- sh -c "'$COFFERDAM' run -- sh -c 'tty <&2 >&2; stty size <&2 >&2; echo out; echo err >&2; seq 3 >&2; exit 5' >log </dev/null"
	[ "$(<log)" = out ]
	[ "${lines[0]}" = /dev/pts/0 ]
	[[ ${lines[1]} =~ ^(30 90|41 123)$ ]]
	[ "${lines[*]:2:4}" = "err 1 2 3" ]
	[ "$end" = "exit 5, settings restored, 0 typed" ]
	# In the way of neither the time limit nor the signals.
	at_terminal expect:ready signal:"$TERM_" -- sh -c "exec '$COFFERDAM' run -- sh -c 'echo ready >&2; exec sleep 60' >log </dev/null"
	[ "$end" = "exit 143, settings restored, 0 typed" ]
}

@test "a password typed while the output goes elsewhere is not the job's" {
	at_terminal expect:word: type:secret^M -- bash -c "'$COFFERDAM' run -- cat | { read -rsp word: word </dev/tty; echo \"<\$word>\" >&2; cat; }"
	[[ $output == *"<secret>"* ]]
	[ "$(grep -c secret <<<"$output")" = 1 ]
	[ "$end" = "exit 0, settings restored, 0 typed" ]
}

@test "a terminal is not kept by number" {
	at_terminal -- bash -c "'$COFFERDAM' run --keep-fd 7 -- true 7<>/dev/tty"
	[[ $output == *"file descriptor 7: a terminal"*"--tty yes"* ]]
	[[ $end == "exit 125,"* ]]
}

@test "auto: a terminal where standard input and output are one" {
	at_terminal -- sh -c "'$COFFERDAM' run --dry-run -- true </dev/null; '$COFFERDAM' run -- sh -c '(: </dev/tty)' </dev/null; echo none \$?"
	[[ $output == *"none 2"* || $output == *"none 1"* ]]
	at_terminal -- sh -c "'$COFFERDAM' run -- sh -c '(: </dev/tty)' | cat; '$COFFERDAM' run -- sh -c '(: </dev/tty) && echo one'"
	[[ $output == *one* ]]
	# Standard error that is not a terminal stays what it is.
	at_terminal -- sh -c "'$COFFERDAM' run -- sh -c 'echo out; echo err >&2; tty' 2>err; '$COFFERDAM' run --tty yes -- sh -c 'echo out; echo err >&2'"
	[ "$(<err)" = err ]
	[ "${lines[0]}" = out ]
	[ "${lines[1]}" = /dev/pts/0 ]
	[ "${lines[3]}" = err ]
}

@test "a report to standard output: the terminal is where standard error is" {
	at_terminal -- sh -c "'$COFFERDAM' run --report - -- sh -c 'tty; exit 3' | jq -c '[.exit_code, .protections.tty.state]' | tee copy; '$COFFERDAM' run --report - -- tty 2>err"
	[[ $output == */dev/pts/0* ]]
	[ "$(<copy)" = '[3,"active"]' ]
	[[ $output == *'"version": 1,'* ]]
	[ "$(head -1 err)" = "not a tty" ]
	[[ $end == *"settings restored, 0 typed" ]]
}

@test "what the report says" {
	"$COFFERDAM" run --tty yes --report yes.json -- true </dev/null
	"$COFFERDAM" run --tty no --report no.json -- true
	[ "$(jq -r .protections.tty.state yes.json)" = active ]
	[ "$(jq -r .protections.session.detail yes.json)" = "own session" ]
	[ "$(jq -r .protections.tty.state no.json)" = disabled ]
	[ "$(jq -r .protections.session.detail no.json)" = "own session, no controlling terminal" ]
}

@test "the window is pulled: the job's terminal follows, and the job is told" {
	at_terminal expect:ready size:41x123 expect:41\ 123 -- \
		"$COFFERDAM" run -- bash -c 'trap "stty size; exit 6" WINCH; sleep 60 & echo ready; wait'
	[ "$end" = "exit 6, settings restored, 0 typed" ]
}

@test "the caller's terminal is raw while the job runs: each key reaches the job's terminal, which echoes once" {
	at_terminal expect:ready raw: type:abc expect:abc type:^M expect:'<abc>' -- \
		"$COFFERDAM" run -- sh -c 'echo ready; read -r line; echo "<$line>"'
	[ "$(grep -o abc <<<"$output" | wc -l)" = 2 ]
	[ "$end" = "exit 0, settings restored, 0 typed" ]
	# A job that wants single keys gets them.
	at_terminal expect:ready type:x expect:'<x>' -- \
		"$COFFERDAM" run -- bash -c 'stty -icanon -echo; echo ready; read -rn1 key; echo "<$key>"'
	[ "$end" = "exit 0, settings restored, 0 typed" ]
}

@test "control and C is SIGINT for the job, not for the launcher" {
	at_terminal expect:ready type:^C -- "$COFFERDAM" run -- sh -c 'echo ready; exec sleep 60'
	[ "$end" = "exit 130, settings restored, 0 typed" ]
	at_terminal expect:ready type:^C expect:caught type:^D -- \
		"$COFFERDAM" run -- bash -c 'trap "echo caught" INT; echo ready; while read -r line || (($? > 128)); do :; done; exit 5'
	[ "$end" = "exit 5, settings restored, 0 typed" ]
}

@test "control and Z stops what a shell inside runs; the shell's job control works" {
	at_terminal expect:'$ ' type:"sh -c 'echo run\"\"ning; exec sleep 60'^M" expect:running type:^Z expect:Stopped \
		type:'exit 4; exit 4^M' -- \
		"$COFFERDAM" run --env PS1='$ ' -- bash --norc --noprofile -i
	[[ $output != *"no job control"* ]]
	[[ $end == "exit 4, settings restored,"* ]]
}

@test "control and D ends the input" {
	at_terminal expect:ready type:line^M expect:line type:^D -- "$COFFERDAM" run -- sh -c 'echo ready; cat; echo over'
	[[ $output == *over* ]]
	[ "$end" = "exit 0, settings restored, 0 typed" ]
}

@test "the terminal is given back when the launcher is told to stop, when set-up fails and when the time is up" {
	at_terminal expect:ready raw: signal:"$TERM_" -- "$COFFERDAM" run -- sh -c 'echo ready; exec sleep 60'
	[ "$end" = "exit 143, settings restored, 0 typed" ]
	at_terminal raw: -- "$COFFERDAM" run --time 2s --grace 0s -- sh -c 'exec sleep 60'
	[ "$end" = "exit 124, settings restored, 0 typed" ]
	at_terminal -- "$COFFERDAM" run -- /no/such/command
	[ "$end" = "exit 127, settings restored, 0 typed" ]
	at_terminal -- "$COFFERDAM" run -- sh -c 'kill -KILL $$'
	[ "$end" = "exit 137, settings restored, 0 typed" ]
	# A job that leaves its own terminal raw leaves ours alone.
	at_terminal -- "$COFFERDAM" run -- stty raw -echo
	[ "$end" = "exit 0, settings restored, 0 typed" ]
}

@test "an entrypoint hands the container's terminal over, and gives it back as it was" {
	at_terminal -- "$COFFERDAM" entrypoint --allow-degraded landlock -- stty raw -echo
	[ "$end" = "exit 0, settings restored, 0 typed" ]
	at_terminal -- "$COFFERDAM" entrypoint --allow-degraded landlock -- /no/such/command
	[ "$end" = "exit 127, settings restored, 0 typed" ]
}

@test "whoever called an entrypoint has the terminal again, also when there is no such command" {
	for command in true /no/such/command; do
		at_terminal expect:after type:mine^M expect:'[mine]' -- \
			sh -c "'$COFFERDAM' entrypoint --allow-degraded landlock -- $command; echo after; read -r line; echo \"[\$line]\""
		[ "$end" = "exit 0, settings restored, 0 typed" ]
	done
}

@test "stopped, the launcher gives the terminal back; continued, it takes it again" {
	at_terminal expect:ready raw: signal:"$TSTP" expect:Stopped cooked: type:^M expect:continued raw: type:word^M expect:'<word>' -- \
		bash -c "set -m; '$COFFERDAM' run -- sh -c 'echo ready; read -r line; echo \"<\$line>\"'
			jobs; read -r line; echo continued; fg"
	[ "$end" = "exit 0, settings restored, 0 typed" ]
}

# Types into an interactive shell with job control; the shell ends with 4 at the end. JOB is the command to type, and then STEP…
at_shell() {
	local job=$1
	shift
	echo "$job" >job.sh
	at_terminal expect:'$ ' type:". ./job.sh^M" "$@" expect:'$ ' type:'exit 4^M' -- \
		env TERM=dumb PS1='$ ' COFFERDAM="$COFFERDAM" bash --norc --noprofile -i
	[[ $end == "exit 4, settings restored, 0 typed" ]]
}

# state MARK STATE: what is typed to see the state of the job (before or after its exec) with that word in its command line, once
# it is that one: "<S>".
state() {
	echo "for i in {1..60}; do s=\$(ps -C cat,bash -o stat=,args= | grep $1 | cut -c1); [ \"\$s\" = $2 ] && break; sleep 0.05; done; echo \"<\$s>\"^M"
}

@test "started in the background, the job hears what is typed as soon as it is in the foreground" {
	at_shell "\$COFFERDAM run -- sh -c 'echo ready; cat' &" expect:ready type:'echo mi""ne^M' expect:mine \
		type:'fg^M' raw: type:word^M expect:word expect:word type:^D
	[ "$(grep -c '^word' <<<"$output")" = 2 ] # the echo of the job's terminal, and cat
	# The shell's own words are not the job's.
	[ "$(grep -c '^mine' <<<"$output")" = 1 ]
}

@test "Ctrl-Z stops the job and the launcher, fg and bg continue both" {
	local mark=4$$
	at_shell "\$COFFERDAM run -- bash -c 'exec -a cat-$mark cat'" raw: type:one^M expect:one expect:one type:^Z expect:Stopped \
		type:'stty -a | grep -o ica""non^M' expect:icanon type:"$(state "$mark" T)" expect:'<T>' type:'fg^M' raw: type:two^M expect:two expect:two \
		type:^Z expect:Stopped type:'bg^M' type:"$(state "$mark" S)" expect:'<S>' type:'fg^M' raw: type:three^M expect:three type:^D
}

@test "Ctrl-Z stops a script that has called the launcher, and a launcher that relays no terminal" {
	local mark=5$$
	at_shell "sh -c '\$COFFERDAM run -- bash -c \"exec -a cat-$mark cat\"; echo after'" raw: type:one^M expect:one expect:one type:^Z expect:Stopped \
		type:"$(state "$mark" T)" expect:'<T>' type:'fg^M' raw: type:two^M expect:two expect:two type:^D expect:after
	mkfifo end
	# fg names the job before the terminal is the job's, and what is typed then is the shell's: the job says that it goes on.
	at_shell "\$COFFERDAM run --tty no --rw \$PWD/end -- bash -c 'echo ready; exec -a cat-$mark cat' 3<>end <end | cat" expect:ready type:^Z expect:Stopped \
		type:"$(state "$mark" T)" expect:'<T>' type:'echo goes o""n >end^M' type:'fg^M' expect:'goes on' type:^C
}

@test "Ctrl-Z does nothing where no shell would continue it, or where the command ignores it" {
	at_terminal expect:ready raw: type:^Z type:word^M expect:'<word>' -- "$COFFERDAM" run -- sh -c 'echo ready; read -r line; echo "<$line>"'
	[ "$end" = "exit 0, settings restored, 0 typed" ]
	at_shell "\$COFFERDAM run -- sh -c 'trap \"\" TSTP; echo ready; read -r line; echo \"<\$line>\"'" expect:ready raw: \
		type:^Z type:word^M expect:'<word>'
}

@test "in the background the caller's terminal is left alone" {
	at_terminal expect:started cooked: type:mine^M expect:'[mine]' -- \
		bash -c "set -m; '$COFFERDAM' run --tty yes -- sh -c 'echo started; exec sleep 60' & read -r line; echo \"[\$line]\"; kill %1; wait"
	[ "$end" = "exit 0, settings restored, 0 typed" ]
}

@test "--tty yes without a terminal: 80 columns, input from the pipe, its end typed, all output drained" {
	run_split "$COFFERDAM" run --tty yes -- sh -c 'tty; stty size; cat; echo over' < <(printf 'one\ntwo')
	[ "$status" = 0 ]
	[ "${output//$'\r'/}" = "/dev/pts/0
24 80
one
twoover" ]
	run_split "$COFFERDAM" run --tty yes -- cat </dev/null
	[ "$status" = 0 ]
	[ -z "$output" ]
	seq 20000 >numbers
	run_split "$COFFERDAM" run --tty yes -- sh -c 'seq 20000' <numbers
	[ "$status" = 0 ]
	[ "${output//$'\r'/}" = "$(<numbers)" ]
	# More input than a terminal holds, read slowly.
	run_split "$COFFERDAM" run --tty yes -- sh -c 'cat | cksum' <numbers
	[ "$status" = 0 ]
	[ "${output//$'\r'/}" = "$(cksum <numbers)" ]
	# Standard error is not a terminal: it does not mix with the rest.
	run_split "$COFFERDAM" run --tty yes -- sh -c 'echo out; echo err >&2' </dev/null
	[ "${output//$'\r'/}" = out ]
	[ "$stderr" = err ]
}

@test "a reader that is gone hangs the job's terminal up" {
	run bash -c "{ timeout 20 '$COFFERDAM' run --tty yes -- yes </dev/null; echo \$? >status; } | head -1"
	[ "$(<status)" = 129 ]
}

@test "output that cannot be written is an error, not lost" {
	run timeout 20 sh -c "'$COFFERDAM' run --tty yes -- echo text 2>&1 </dev/null >/dev/full"
	[ "$status" = 125 ]
	[[ $output == *"standard output"*"No space left"* ]]
}

@test "a reader that does not read does not keep the launcher from its limits" {
	mkfifo pipe
	exec 7<>pipe # open, and never read
	status=0
	timeout -s KILL 20 "$COFFERDAM" run --tty yes --time 500ms --grace 0s -- yes </dev/null >&7 7>&- || status=$?
	exec 7>&-
	[ "$status" = 124 ]
}

@test "nor after a job that was killed for them" {
	mkfifo pipe
	exec 7<>pipe
	status=0
	timeout -s KILL 20 "$COFFERDAM" run --tty yes --time 300ms --grace 100ms -- bash -c 'trap "" TERM; yes' </dev/null >&7 7>&- || status=$?
	exec 7>&-
	[ "$status" = 124 ]
	# The same of a terminal whose output is held.
	at_terminal type:^S -- sh -c "'$COFFERDAM' run --time 300ms --grace 100ms -- bash -c 'trap \"\" TERM; yes >&2' >log </dev/null"
	[[ $end == "exit 124,"* ]]
}

@test "what is typed into the job's terminal is typed nowhere else" {
	if [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)" != 1 ]; then
		skip "this kernel has TIOCSTI switched off"
	fi
	# Without Cofferdam it is typed.
	at_terminal -- "$PROBES/tty" type
	[[ $end != *" 0 typed" ]]
	# Its own terminal, and a filter that lets the call through: it types for itself.
	at_terminal -- "$COFFERDAM" run --seccomp open.json --ro "$PROBES" -- sh -c "'$PROBES/tty' type; read -r line; echo \"<\$line>\""
	[[ $output == *"TIOCSTI: done"* ]]
	[[ $output == *"<echo owned>"* ]]
	[[ $end == "exit 0, settings restored, 0 typed" ]]
	# The filter.
	for way in type type-high; do
		at_terminal -- "$COFFERDAM" run --ro "$PROBES" -- "$PROBES/tty" "$way"
		[[ $output == *EPERM* ]]
		[[ $end == "exit 1, settings restored, 0 typed" ]]
	done
}

@test "killed, the launcher takes the job along" {
	at_terminal expect:ready raw: signal:"$KILL" -- "$COFFERDAM" run -- sh -c "echo ready; exec sleep 60.$$"
	[[ $end == "signal 9,"* ]]
	gone() { ! pgrep -f "sleep 60[.]$$" >/dev/null; }
	until_true 10 gone
}
