# shellcheck shell=bash disable=SC2154,SC2034
# The launcher itself, and the terminal it was started from. Sourced by tests/escape/suite.

# 16: a copy that the caller may write, so that no file mode is in the way.
cp "$LAUNCHER" "$T/cofferdam"
intact() {
	cmp -s "$LAUNCHER" "$T/cofferdam" || { echo "the launcher's binary is changed"; return 0; }
	echo "$said"
	return 1
}
overwrite_inside() {
	local said
	said=$("$T/cofferdam" run "${chosen_root[@]}" --ro "$PROBES" -- "$PROBES/exe" overwrite 2>&1)
	intact
}
overwrite_weak() {
	cp "$PROBES/exe" "$T/naive"
	unshare --user --map-current-user --pid --fork --kill-child --mount-proc "$T/naive" naive-init "$PROBES/exe"
	! cmp -s "$PROBES/exe" "$T/naive"
}
attack "16 /proc/1/exe opened, then written" overwrite_inside / overwrite_weak: -
# What execve(2) looks up by itself: the interpreter of a script, the loader of a program.
mkdir "$T/self" "$T/one" "$T/loader"
printf '#!/proc/self/exe\n' >"$T/self/self"
printf '#!/proc/1/exe\n' >"$T/one/self"
proc_self_exe=/proc/self/exe
loader=$(grep -aoE '/lib[a-z0-9]*/ld-linux[-a-z0-9_.]*' /bin/true | head -n 1)
padding=$((${#loader} - ${#proc_self_exe}))
LC_ALL=C sed "s#$loader#$proc_self_exe$(printf '\\x00%.0s' $(seq "$padding"))#" /bin/true >"$T/loader/self"
chmod +x "$T/self/self" "$T/one/self" "$T/loader/self"
# execute_self DIR OPTION…: DIR/self is not executed, and not for want of a launcher.
execute_self() {
	local said status
	said=$(cd "$1" && "$T/cofferdam" run "${chosen_root[@]}" --workspace . "${@:2}" -- ./self 2>&1)
	status=$?
	[ "$status" = 126 ] || { echo "status $status: $said"; return 0; }
	intact
}
# spent DIR: without Landlock something may be executed, but not the launcher's file: when the command starts, that file is not
# executable any more, and if it is looked at, execve(2) fails.
spent() {
	local pid status
	cp "$LAUNCHER" "$1/launcher"
	mkfifo "$1/start"
	exec 7<>"$1/start"
	(cd "$1" && exec timeout 20 ./launcher run "${chosen_root[@]}" --workspace . --no-landlock --start-fd 7 -- ./self) >"$1/said" 2>&1 &
	pid=$!
	until_true 10 prepared "$pid" || { echo "it does not start: $(<"$1/said")"; return 2; }
	chmod a-x "$1/launcher"
	printf x >&7
	wait "$pid"
	status=$?
	exec 7<&-
	echo "status $status: $(tail -1 "$1/said")"
	cmp -s "$LAUNCHER" "$1/launcher" || return 0
	case $status in
	125) [[ $(<"$1/said") == *"./self: unknown command"* ]] && return 1 || return 2 ;;
	126) return 0 ;;
	*) return 1 ;;
	esac
}
prepared() { pgrep -x cofferdam-init -P "$(pgrep -P "$1")" >"$T/prepared" 2>&1; }
script_outside() {
	cp "$PROBES/exe" "$T/naive"
	(cd "$T/self" && "$T/naive" naive-exec ./self)
	! cmp -s "$PROBES/exe" "$T/naive" && echo "the launcher's binary is changed"
}
one_outside() {
	cp "$PROBES/exe" "$T/naive"
	(cd "$T/one" && unshare --user --map-current-user --pid --fork --kill-child --mount-proc "$T/naive" naive-exec ./self)
	! cmp -s "$PROBES/exe" "$T/naive" && echo "the launcher's binary is changed"
}
# Of what executes it, a loader can be one.
# shellcheck disable=SC2016
interpreter_outside() { "$loader" /bin/sh -c 'exec "$0"' "$T/loader/self" && echo "what executes it is executed again"; }
script_inside() { execute_self "$T/self"; }
script_bare() { spent "$T/self"; }
one_inside() { execute_self "$T/one"; }
one_bare() { execute_self "$T/one" --no-landlock; }
interpreter_inside() { execute_self "$T/loader"; }
interpreter_bare() { spent "$T/loader"; }
attack "16 #!/proc/self/exe" script_inside / script_outside: -
attack "16 #!/proc/self/exe, no Landlock" script_bare / script_outside: -
attack "16 #!/proc/1/exe" one_inside one_bare / one_outside: -
attack "16 a loader, /proc/self/exe" interpreter_inside / interpreter_outside: -
attack "16 a loader, /proc/self/exe, no Landlock" interpreter_bare / interpreter_outside: -

# 38: from outside, while it is set up and while the job runs.
trace_inside() { timeout 60 "$PROBES/setup_trace" "$LAUNCHER" run "${chosen_root[@]}" -- /bin/true; }
trace_weak() { timeout 60 "$PROBES/setup_trace" unshare --user --map-current-user --pid --fork --mount-proc /bin/true; }
attack "38 memory of the launcher during set-up" trace_inside / trace_weak: -
mkfifo "$T/running.stdin"
mkdir "$T/running"
"$COFFERDAM" run --rw "$T/running" -- sh -c "touch '$T/running/ready'; read -r line" <"$T/running.stdin" &
launcher_pid=$!
started+=("$launcher_pid")
exec 9>"$T/running.stdin"
until_true 10 test -e "$T/running/ready" || echo "escape: the sandbox to look at does not start" >&2
for way in mem environ maps auxv exe root fd ns ptrace process_vm_readv pidfd_getfd kcmp; do
	arguments=(of "$way" "$canary")
	attack "38 the launcher from outside: $way" outside / outside: dump of "$way" "$launcher_pid"
done
exec 9>&-
wait "$launcher_pid"

# A static program has no loader that a variable could turn.
loader_inside() {
	[[ $(LD_TRACE_LOADED_OBJECTS=1 "$LAUNCHER" --version) != cofferdam* ]] || { echo "no loader: it runs"; return 1; }
	echo "the loader took over"
}
loader_outside() {
	[ -n "$(LD_TRACE_LOADED_OBJECTS=1 /bin/true)" ] && echo "the loader took over"
}
attack "LD_ variables of the launcher" loader_inside / loader_outside: -

# 28: TIOCSTI is typing.
pty() { timeout 20 "$PROBES/pty" "$@"; }
pty_default() { pty owned "$COFFERDAM" run --quiet --tty no --ro "$PROBES" -- "$PROBES/$1" "${@:2}"; }
pty_strict() { pty owned "$COFFERDAM" run --quiet --tty no --profile strict --ro "$PROBES" -- "$PROBES/$1" "${@:2}"; }
pty_unfiltered() { pty owned "$COFFERDAM" run --quiet --tty no --seccomp "$T/open.json" --ro "$PROBES" -- "$PROBES/$1" "${@:2}"; }
# A terminal of the job's own, and nothing else in the way: whatever it types, it types for itself.
pty_own() {
	pty owned "$COFFERDAM" run --quiet --tty yes --seccomp "$T/open.json" --ro "$PROBES" -- sh -c '"$@"; exit 1' sh "$PROBES/$1" "${@:2}"
}
pty_outside() { pty owned "$PROBES/$1" "${@:2}"; }
# The job's own terminal, in which nothing but the filter keeps it from typing.
own_default() { pty owned "$COFFERDAM" run --quiet --tty yes --ro "$PROBES" -- "$PROBES/$1" "${@:2}"; }
own_strict() { pty owned "$COFFERDAM" run --quiet --tty yes --profile strict --ro "$PROBES" -- "$PROBES/$1" "${@:2}"; }
own_unfiltered() { pty owned "$COFFERDAM" run --quiet --tty yes --seccomp "$T/open.json" --ro "$PROBES" -- "$PROBES/$1" "${@:2}"; }
if [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)" = 1 ]; then
	for way in type type-high type-by-name type-reopened; do
		attack "28 TIOCSTI: $way" pty_default pty_strict pty_unfiltered / pty_outside: tty "$way"
	done
	for way in type type-high type-by-name type-reopened; do
		attack "28 TIOCSTI, --tty yes: $way" pty_own / pty_outside: tty "$way"
	done
	attack "28 TIOCSTI: the filter alone" own_default own_strict / own_unfiltered: tty type
else
	for way in type type-high type-by-name type-reopened; do
		skip "28 TIOCSTI: $way" "this kernel has it switched off"
	done
	skip "28 TIOCSTI: the filter alone" "this kernel has it switched off"
fi
attack "28 /dev/tty" pty_default pty_strict pty_unfiltered / pty_outside: tty open
attack "28 TIOCSCTTY: the caller's terminal" pty_default pty_strict pty_unfiltered / pty_outside: tty take-over
attack "28 TIOCLINUX" pty_default pty_strict / pty_unfiltered: tty paste low
attack "28 TIOCLINUX with an upper half" pty_default pty_strict / pty_unfiltered: tty paste high

# A terminal as some of 0-2 only (1, 2 and 4 of a mask), where a password is typed for another program.
mask() { pty "$mask" "$COFFERDAM" run --quiet --ro "$PROBES" "${options[@]}" -- "$PROBES/$1" "${@:2}"; }
mask_default() { options=(); mask "$@"; }
mask_strict() { options=(--profile strict); mask "$@"; }
mask_unfiltered() { options=(--seccomp "$T/open.json"); mask "$@"; }
mask_yes() { options=(--tty yes); mask "$@"; }
mask_no() { options=(--tty no); mask "$@"; }
mask_no_unfiltered() { options=(--tty no --seccomp "$T/open.json"); mask "$@"; }
mask_outside() { pty "$mask" "$PROBES/$1" "${@:2}"; }
for mask in 1 2 3 4 5 6 7; do
	# With a terminal of its own the job is who reads.
	reads=(mask_default mask_strict mask_unfiltered)
	[ $((mask & 3)) != 3 ] || reads=()
	attack "terminal as $mask of 0-2: a password" mask_no mask_no_unfiltered "${reads[@]}" / mask_outside: tty eavesdrop
	for way in set-modes set-flags; do
		attack "terminal as $mask of 0-2: $way" mask_default mask_strict mask_unfiltered mask_yes mask_no mask_no_unfiltered \
			/ mask_outside: tty "$way"
	done
	if [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)" = 1 ]; then
		attack "terminal as $mask of 0-2: TIOCSTI" mask_default mask_strict mask_unfiltered mask_yes mask_no mask_no_unfiltered \
			/ mask_outside: tty type-anywhere
	else
		skip "terminal as $mask of 0-2: TIOCSTI" "this kernel has it switched off"
	fi
done
