# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# Processes: finding, shooting, reading and outliving them. Sourced by tests/escape/suite.

max=$(($(cat /proc/sys/kernel/pid_max)))
[ "$max" -le 65536 ] || max=65536
for way in kill pidfd_open proc getpriority sched_getscheduler getpgid; do
	attack "3 sweep of all pids by $way" default strict / outside: processes sweep "$way" "$max"
done
backwards=$(reversed "$canary_name")
attack "2 names of the host's processes" default / outside: walk proc comm "$backwards"
attack "2 command lines of the host's processes" default / outside: walk proc cmdline "$backwards"
attack "2 environments: the caller's secret" default strict job / outside: walk proc environ "$(reversed "$secret")"

# Never outside of a PID namespace: the caller's uid has processes that are not ours. Inside, the shell is shot with the rest,
# or stopped with it until the time limit comes; the canary's life is what counts.
state_of() {
	sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status"
}
shoot_inside() {
	options=(--grace 100ms --time 20s) # a slow machine needs it to come that far
	[ "$1" != 19 ] || options=(--grace 100ms --time 2s)
	run -- sh -c 'sleep 30 & "$0" signal-all "$1"; wait' "$PROBES/processes" "$1"
	case $1,$? in
	9,137) echo "everybody inside is dead" ;;
	19,124) echo "everybody inside is stopped, and ended by the time limit" ;;
	*) return 3 ;;
	esac
	[ "$(state_of "$canary")" = S ] && return 1
	echo "the canary outside as well"
}
shoot_weak() {
	timeout 10 unshare --user --map-current-user --pid --fork --kill-child --mount-proc sh -c '
		sleep 30 & victim=$!
		"$0" signal-all "$1" >/dev/null
		while grep -q "^State:.[RSD]" /proc/$victim/status 2>/dev/null; do :; done' "$PROBES/processes" "$1" || return 3
	echo "so is a process of the same PID namespace"
}
attack "4 kill -9 -1" shoot_inside / shoot_weak: 9
attack "4 kill -STOP -1" shoot_inside / shoot_weak: 19
init_dies() {
	# An init of another sandbox, seen from above.
	unshare --user --map-current-user --pid --fork --kill-child sleep 30 &
	local pid=$!
	until_true 5 pgrep -P "$pid" >/dev/null
	kill -KILL "$(pgrep -P "$pid")"
	wait "$pid" 2>/dev/null
	echo "PID 1 of a namespace below dies"
}
attack "4 kill -9 1" default strict unfiltered / init_dies: processes kill-init

# The caller's process group reaches into the sandbox unless the job has a session of its own.
# Whoever adopted it may take time to reap it.
dead() {
	[[ $(state_of "$1" 2>/dev/null) = [ZX] || ! -e /proc/$1 ]]
}
signal_group() {
	local pid
	# The shell ignores the signal; what it starts does not, and is let come that far.
	setsid --wait sh -c 'trap "" TERM
		(trap - TERM; exec sleep 30) & echo $! >"$0"
		until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done
		"$@"' "$T/group" "$@"
	pid=$(<"$T/group")
	if until_true 2 dead "$pid"; then
		echo "a process of the caller's group is dead"
		return 0
	fi
	kill "$pid"
	echo "the caller's group lives"
	return 1
}
group_inside() {
	signal_group "$COFFERDAM" run --quiet --ro "$PROBES" -- "$PROBES/processes" signal-group
}
group_weak() {
	signal_group unshare --user --map-current-user --pid --fork --kill-child "$PROBES/processes" signal-group
}
attack "4 kill(0): the caller's process group" group_inside / group_weak: -

# A socket on standard input tells who made it: SO_PEERPIDFD.
peer_inside() { timeout 20 "$PROBES/processes" serve-peer "$COFFERDAM" run --quiet --ro "$PROBES" -- "$PROBES/$1" "${@:2}"; }
peer_outside() { timeout 20 "$PROBES/processes" serve-peer "$PROBES/$1" "${@:2}"; }
attack "4 pidfd of the peer of a socket on stdin" peer_inside / peer_outside: processes signal-peer

# The Worker's executable is execute-only. Either that or the filter would be enough for most; both are tried alone.
mkdir "$T/victims"
install -m 0111 "$PROBES/victim" "$T/victims/execute-only"
# The root of a job with ids of its own reads what is the caller's.
[ -z "$image_root" ] || give_to_spare "$T/victims/execute-only"
# Its mode, changed by another name where the job can write.
mkdir "$T/victims/other"
closed_below() {
	install -m 0111 "$PROBES/victim" "$T/victims/other/closed"
	"$COFFERDAM" run --quiet --execute-only "$T/victims/other/closed:/closed" --rw "$T/victims/other:/other" \
		-- sh -c 'chmod 0755 /other/closed && cat /closed >/dev/null && echo "it can be read" && exit 0; exit 1' || return 1
}
closed_linked() {
	rm -f "$T/victims/linked"
	install -m 0111 "$PROBES/victim" "$T/victims/linked"
	ln -f "$T/victims/linked" "$T/victims/other/closed"
	"$COFFERDAM" run --quiet --execute-only "$T/victims/linked:/closed" --rw "$T/victims/other:/other" \
		-- sh -c 'chmod 0755 /other/closed && cat /closed >/dev/null && echo "it can be read" && exit 0; exit 1' || return 1
}
opened_outside() {
	install -m 0111 "$PROBES/victim" "$T/victims/other/closed"
	chmod 0755 "$T/victims/other/closed" && cat "$T/victims/other/closed" >"$T/read" && echo "it can be read"
}
attack "5 execute-only, its mode by another name" closed_below closed_linked / opened_outside: -
install -m 0755 "$PROBES/victim" "$T/victims/readable"
for way in mem environ maps auxv syscall exe root fd ns ptrace process_vm_readv pidfd_getfd kcmp; do
	with=(--ro "$T/victims") without=(--ro "$T/victims") arguments=("$way" "$T/victims/readable")
	attack "5 dump of an execute-only sibling: $way" default strict job unfiltered / unfiltered: \
		dump "$way" "$T/victims/execute-only"
done
for way in pidfd_getfd kcmp; do
	with=(--ro "$T/victims") without=(--ro "$T/victims")
	attack "5 dump of any sibling: $way" default strict job / unfiltered: dump "$way" "$T/victims/readable"
done
# What a job's debuggers may do, under each profile that lets them.
for way in ptrace process_vm_readv; do
	for side in default job build; do
		with=(--ro "$T/victims") without=(--ro "$T/victims")
		attack "5 dump of any sibling, $side: $way" strict / "$side:" dump "$way" "$T/victims/readable"
	done
done
# A tracer that was there before the program was executed.
for way in peek poke vm_readv vm_writev mem race; do
	with=(--ro "$T/victims") without=(--ro "$T/victims") arguments=("$way" "$T/victims/readable")
	attack "5 execute-only, traced from before: $way" default strict job unfiltered / default: \
		traced "$way" "$T/victims/execute-only"
done
# PID 1 holds the socket to the launcher. (That the plan is not in its memory: tests/e2e/run.bats.)
for way in mem environ maps auxv syscall exe root fd ns ptrace process_vm_readv pidfd_getfd kcmp; do
	attack "38 PID 1 from inside: $way" default strict unfiltered / weak: dump of "$way" 1
done

# What is left behind holds a lock; the moment that the launcher has ended nobody may hold it.
leave_inside() {
	mkdir -p "$T/left-inside"
	options=(--rw "$T/left-inside")
	default daemon "$1" "$T/left-inside" >"$T/left-inside/said" || { cat "$T/left-inside/said"; return 3; }
	flock -n "$T/left-inside/lock" true || { echo "alive after the run"; touch "$T/left-inside/stop"; return 0; }
	echo "dead with the run"
	return 1
}
leave_outside() {
	local result=0
	mkdir -p "$T/left-outside"
	rm -f "$T/left-outside/stop"
	"$PROBES/daemon" "$1" "$T/left-outside" >/dev/null || return 3
	flock -n "$T/left-outside/lock" true && result=1
	echo "alive after its parent"
	touch "$T/left-outside/stop"
	flock -w 10 "$T/left-outside/lock" true || return 3
	return $result
}
for way in session double-fork refork namespaces untracked; do
	attack "6 outliving the job: $way" leave_inside / leave_outside: "$way"
done

# 44: a child in the background holds the standard output; whoever reads it waits for the end of file.
read_to_end() {
	if timeout "$1" sh -c '"$@" | tail -c 100 >/dev/null' - "${@:2}"; then
		echo "the reader sees the end"
		return 1
	fi
	echo "the reader waits on"
}
hold='sleep 60 & echo $! >&2; exit 0'
flood='(trap "" TERM HUP INT; for i in $(seq 100000); do echo "##[error]"; echo "Listening for Jobs"; sleep 0.01; done) & echo $! >&2; exit 0'
hold_inside() { read_to_end 10 "$COFFERDAM" run -- sh -c "$1" 2>/dev/null; }
hold_outside() {
	read_to_end 1 sh -c "$1" 2>"$T/holder"
	local result=$?
	kill -KILL "$(<"$T/holder")"
	return $result
}
attack "44 a background child holds stdout" hold_inside / hold_outside: "$hold"
attack "44 a background child floods stdout" hold_inside / hold_outside: "$flood"
