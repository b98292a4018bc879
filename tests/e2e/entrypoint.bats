#!/usr/bin/env bats
# cofferdam entrypoint: as a plain process, and as PID 1 of a PID namespace. In real containers: containers.bats.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	[ -n "${started:-}" ] || return 0
	kill -9 "$started" 2>/dev/null || :
	wait "$started" 2>/dev/null || :
}

# Runs what follows in user, PID and mount namespaces with a /proc of their own, where the caller is root.
as_pid1=(unshare --user --map-root-user --pid --fork --kill-child --mount --mount-proc)

# --- exit codes

@test "the command's status, 128 + n, 126, 127" {
	run_split "$COFFERDAM" entrypoint -- true
	[ "$status" = 0 ]
	[ -z "$output" ]
	run "$COFFERDAM" entrypoint -- sh -c 'exit 7'
	[ "$status" = 7 ]
	run "$COFFERDAM" entrypoint -- sh -c 'kill -USR1 $$'
	[ "$status" = $((128 + 10)) ]
	run_split "$COFFERDAM" entrypoint -- /etc/passwd
	[ "$status" = 126 ]
	[[ $stderr == *"cofferdam: exec: /etc/passwd: Permission denied (no execute bit is set: chmod +x)" ]]
	PATH=/usr/bin:/bin run_split -127 "$COFFERDAM" entrypoint -- no-such-command
	[[ $stderr == *"cofferdam: exec: no-such-command: No such file or directory" ]]
	run "${as_pid1[@]}" "$COFFERDAM" entrypoint -- sh -c 'exit 7'
	[ "$status" = 7 ]
}

@test "a command that cannot be executed: why" {
	local file='mount -t tmpfs tmpfs /mnt && cp /bin/true /mnt/true && setcap cap_net_raw=ep /mnt/true'
	PATH=/usr/bin:/bin run_split -127 "$COFFERDAM" entrypoint -- "ls -l"
	[[ $stderr == *"exec: ls -l: No such file or directory (the command is one word with a blank in it: "* ]]
	# A file with capabilities, of which the bounding set has none.
	run_split "${as_pid1[@]}" sh -c "$file"' && exec "$0" entrypoint -- /mnt/true' "$COFFERDAM"
	[ "$status" = 126 ]
	[[ $stderr == *"exec: /mnt/true: Operation not permitted (the file has capabilities that the command cannot get: "* ]]
	run "${as_pid1[@]}" sh -c "$file"' && exec "$0" entrypoint -- sh -c "cp /mnt/true /tmp/copy.$$ && /tmp/copy.$$; s=\$?; rm /tmp/copy.$$; exit \$s"' "$COFFERDAM"
	[ "$status" = 0 ]
}

@test "what the runtime decides is refused by name, and nothing runs" {
	local -A refused=(
		["--memory 1G"]="docker run --memory"
		["--network none"]="docker run --network"
		["--root host"]="image"
		["--workspace $PWD"]="docker run --volume"
		["--tmpfs /x"]="docker run --tmpfs"
		["--hostname x"]="docker run --hostname"
		["--profile strict"]="docker run"
	)
	each_refused refused entrypoint "not available to an entrypoint"
}

@test "bad input, each named in one line" {
	local -A bad=(
		["--user nosuchuser"]="user nosuchuser: not in /etc/passwd"
		["--user root"]="become uid 0"
		["--seccomp nosuch"]="nosuch: unknown policy"
		["--ro /nonexistent"]="landlock: /nonexistent"
		["--workdir /nonexistent"]="workdir /nonexistent"
		["--keep-fd 77"]="77"
		["--report /nonexistent/r.json"]="report: /nonexistent/r.json"
		["--unset-env A=1"]="--unset-env: A: expected a name without a value"
	)
	each_refused bad entrypoint
}

# --- what the command has

@test "no capability, no_new_privs, a filter; without us it has them" {
	local look='grep -E "^(Cap|NoNewPrivs|Seccomp):" /proc/self/status | tr -d "\t"; grep -E "^Cap" /proc/self/status | tr -d "\t"'
	run "${as_pid1[@]}" "$COFFERDAM" entrypoint -- sh -c "$look"
	[ "$(grep -cE '^Cap.*:0{16}$' <<<"$output")" = 5 ]
	[[ $output == *"NoNewPrivs:1"* && $output == *"Seccomp:2"* ]]
	run "${as_pid1[@]}" sh -c "$look"
	[ "$(grep -cE '^Cap(Prm|Eff|Bnd):0*[1-9a-f]' <<<"$output")" = 3 ]
	[[ $output == *"NoNewPrivs:0"* && $output == *"Seccomp:0"* ]]
}

@test "without CAP_SETPCAP the bounding set stays, and the report says so" {
	run "$COFFERDAM" entrypoint --report r.json -- grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status
	[ "$(grep -cE '0{16}$' <<<"$output")" = 4 ]
	[[ $(jq -r .protections.capabilities.detail r.json) == *"without CAP_SETPCAP the bounding set stays"* ]]
	run "${as_pid1[@]}" "$COFFERDAM" entrypoint --report r.json -- true
	[[ $(jq -r .protections.capabilities.detail r.json) == *"bounding set empty, securebits locked"* ]]
}

@test "neither the work directory nor the command is looked up through a magic link, whatever PID 1 has open" {
	mkdir -p held out
	ln -s "$PWD/held" plain
	ln -s /proc/self/exe exe
	for fd in {0..31}; do
		ln -s "/proc/self/fd/$fd" "fd-$fd"
		run "$COFFERDAM" entrypoint --report out/r.json --workdir "$PWD/fd-$fd" -- pwd 7<held
		[ "$status" = 125 ]
		[[ $output == *"workdir $PWD/fd-$fd: "* ]]
	done
	run "$COFFERDAM" entrypoint --workdir /proc/self/cwd -- pwd
	[ "$status" = 125 ]
	[[ $output == *"workdir /proc/self/cwd: "*"(a symbolic link on the way goes through /proc/PID/fd"* ]]
	run "$COFFERDAM" entrypoint -- "$PWD/exe" --version
	[ "$status" = 126 ]
	[[ $output == *"exec: $PWD/exe: "*"(a symbolic link on the way"* ]]
	run "$COFFERDAM" entrypoint --workdir "$PWD/plain" -- pwd
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "$PWD/held" ]
}

@test "what is denied is denied by the filter" {
	run "${as_pid1[@]}" "$COFFERDAM" entrypoint -- unshare --user true
	[ "$status" != 0 ]
	[[ $output == *"Operation not permitted"* ]]
	run "${as_pid1[@]}" unshare --user true
	[ "$status" = 0 ]
}

@test "file descriptors 0 to 2 and what is kept; a directory is refused" {
	local list='for fd in {0..300}; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; done'
	exec 8</etc/passwd 9<.
	run bash -c "$list"
	[[ $(xargs <<<"$output") == *" 8 9"* ]]
	run_split "$COFFERDAM" entrypoint -- bash -c "$list"
	[ "$(xargs <<<"$output")" = "0 1 2" ]
	run_split "$COFFERDAM" entrypoint --keep-fd 8 -- bash -c "$list"
	[ "$(xargs <<<"$output")" = "0 1 2 8" ]
	run_split "$COFFERDAM" entrypoint --keep-fd 9 -- true
	[ "$status" = 125 ]
	[[ $stderr == *"a directory"* ]]
	exec 8<&- 9<&-
}

@test "the environment passes but for secrets, which it names" {
	export API_TOKEN=canary DB_PASSWORD=canary APP=1
	run_split "$COFFERDAM" entrypoint -- env
	[[ $output == *APP=1* && $output != *canary* ]]
	[[ $stderr == *"withheld: "*API_TOKEN* && $stderr == *DB_PASSWORD* && $stderr != *canary* ]]
	for name in TOKEN CI_PAT SECRET CLIENT_SECRET CI_SECRETS AWS_SECRET_KEY DEPLOY_PRIVATE_KEY API_KEY MAPS_API_KEY AWS_ACCESS_KEY MYSQL_PWD PASSWORD DB_PASSWD \
		PASSPHRASE SIGNING_PASSPHRASE APPLICATION_CREDENTIALS REGISTRY_AUTH DOCKER_AUTH_CONFIG NPM_CONFIG__AUTHTOKEN npm_config__authToken SSH_AUTH_SOCK \
		ACTIONS_RUNNER_INPUT_JITCONFIG PGPASSWORD SSHPASS SECRET_KEY DB_PASS github_token githubToken apiKey ENCRYPTION_KEY; do
		run_split env "$name=canary" AUTHOR=a OLDPWD=/ "$COFFERDAM" entrypoint -- env
		echo "$name: $stderr"
		[[ $output == *AUTHOR=a* && $output == *OLDPWD=* && $output != *canary* ]]
		[[ $stderr == *"withheld: "*"$name"* ]]
	done
	# Under any name, by what it is; and the name is all that is said of it.
	for value in postgres://u:canary@h https://x:canary@host/ "-----BEGIN PRIVATE KEY-----canary" ghp_canary0123456789 \
		eyJhbGciOiJIUzI1NiJ9.canary.c2ln "Server=h;Password=canary"; do
		run_split env "SETTING=$value" "$COFFERDAM" entrypoint --report r.json -- env
		echo "$value: $stderr"
		[[ $output != *canary* && $stderr == *"withheld: "*"SETTING"*"(--env NAME passes one on)" && $stderr != *canary* ]]
		jq -e '.protections.environment.detail | contains("SETTING")' r.json
		run ! grep -q canary r.json
		run_split env "SETTING=$value" "$COFFERDAM" entrypoint --env SETTING -- env
		[[ $output == *"SETTING=$value"* && $stderr != *SETTING* ]]
	done
	# What only sounds like one passes.
	run_split env KEYBOARD=k MONKEY=m PASSENGER=p TOKENIZERS_PARALLELISM=t COMPASS=c DB_PASSWORD_FILE=/run/secrets/db URL=https://h:80/ \
		"$COFFERDAM" entrypoint -- env
	for name in KEYBOARD MONKEY PASSENGER TOKENIZERS_PARALLELISM COMPASS DB_PASSWORD_FILE URL; do
		[[ $output == *"$name="* ]]
	done
	run_split "$COFFERDAM" entrypoint --env API_TOKEN --unset-env APP -- env
	[[ $output == *API_TOKEN=canary* && $output != *DB_PASSWORD* && $output != *APP=* ]]
	run "$COFFERDAM" entrypoint --env API_TOKEN --dry-run -- true
	[[ $output != *canary* ]]
}

@test "PID 1 keeps nothing of the environment and the arguments" {
	export API_TOKEN=canary APP=1
	"${as_pid1[@]}" "$COFFERDAM" entrypoint -- sh -c 'echo ready; exec sleep 1000' secret-argument >out 3>&- &
	started=$!
	until_true 10 grep -q ready out
	local init
	init=$(pgrep -P "$started")
	# From outside the user namespace the owner of it may look.
	run bash -c "tr -d '\0' </proc/$init/environ"
	[ -z "$output" ]
	run cat "/proc/$init/cmdline"
	[[ $output == cofferdam-init* && $output != *secret-argument* ]]
	# Without us it is all there.
	"${as_pid1[@]}" sh -c 'echo ready; exec sleep 1000' >other 3>&- &
	local plain=$!
	until_true 10 grep -q ready other
	run bash -c "tr '\\0' ' ' </proc/$(pgrep -P "$plain")/environ"
	kill -9 "$plain"
	[[ $output == *API_TOKEN=canary* ]]
}

@test "the command cannot look into PID 1" {
	run "${as_pid1[@]}" "$COFFERDAM" entrypoint -- sh -c 'cat /proc/1/environ; ls -l /proc/1/fd/0; cat /proc/1/maps'
	[ "$(grep -c 'Permission denied' <<<"$output")" = 3 ]
	run "${as_pid1[@]}" sh -c 'sh -c "cat /proc/1/environ >/dev/null; ls -l /proc/1/fd/0; cat /proc/1/maps"; true'
	[[ $output != *"Permission denied"* ]]
}

@test "limits: open files, core files" {
	run_split "$COFFERDAM" entrypoint --nofile 100 -- bash -c 'ulimit -Hn; ulimit -Hc'
	[ "${lines[0]}" = 100 ]
	[ "${lines[1]}" -le 1 ]
}

@test "Landlock: --ro and --rw without a mount, and without Landlock no such rule" {
	mkdir open closed
	local try="echo x >'$PWD/open/x'; echo x >'$PWD/closed/x'; rm '$PWD/closed/old'; cat /etc/passwd >/dev/null && echo read"
	touch closed/old
	run_split "$COFFERDAM" entrypoint --ro / --rw "$PWD/open" -- sh -c "$try"
	[ -e open/x ]
	[ ! -e closed/x ]
	[ -e closed/old ]
	[ "$output" = read ]
	run_split "$COFFERDAM" entrypoint -- sh -c "$try"
	[ -e closed/x ]
	[ ! -e closed/old ]
	run_split "$COFFERDAM" entrypoint --no-landlock --ro / -- true
	[ "$status" = 125 ]
	[[ $stderr == *"requires Landlock"* ]]
}

@test "Landlock: a signal does not leave; without Landlock it does" {
	sleep 1000 3>&- &
	started=$!
	run "$COFFERDAM" entrypoint -- kill -STOP "$started"
	[ "$status" != 0 ]
	[[ $output == *"Operation not permitted"* ]]
	run "$COFFERDAM" entrypoint --no-landlock --report r.json -- kill -CONT "$started"
	[ "$status" = 0 ]
	[ "$(jq -r .protections.landlock.state r.json)" = disabled ]
}

# --- init

@test "PID 1 reaps what is orphaned; one that does not know its duty leaves zombies" {
	# Three orphans; then their states, once no shell of ours is their parent any more.
	local orphans='for i in 1 2 3; do sh -c "true & exec true"; done'
	local wait='i=0; while [ $i -lt 200 ] && grep -qs "^State:.Z" /proc/[0-9]*/status; do i=$((i + 1)); sleep 0.01; done'
	local zombies='grep -ls "^State:.Z" /proc/[0-9]*/status | wc -l'
	run_split "${as_pid1[@]}" "$COFFERDAM" entrypoint -- sh -c "$orphans; $wait; $zombies"
	[ "$output" = 0 ]
	"${as_pid1[@]}" sh -c "( $orphans; $wait; $zombies; echo ready ) >zombies & exec sleep 1000" 3>&- &
	started=$!
	until_true 20 grep -q ready zombies
	[ "$(head -1 zombies)" -ge 3 ]
}

@test "signals reach the whole group, whatever the signal" {
	"$COFFERDAM" entrypoint -- bash -c '
		(trap "echo child; exit" RTMIN+3; echo ready; while :; do sleep 0.01; done) &
		trap "wait; echo parent; exit 9" RTMIN+3; echo ready; while :; do sleep 0.01; done' >out 2>&1 3>&- &
	local pid=$!
	started=$pid
	until_true 10 sh -c '[ "$(grep -c ready out)" = 2 ]'
	kill -RTMIN+3 "$pid"
	wait "$pid" || status=$?
	[ "$status" = 9 ]
	grep -q child out
	grep -q parent out
}

@test "PID 1 hears a SIGTERM that comes before its command runs" {
	mkfifo profile.json
	"${as_pid1[@]}" "$COFFERDAM" entrypoint --profile "$PWD/profile.json" -- sleep 1000 2>err 3>&- &
	started=$!
	# Opens when it is being read: PID 1 is at its profile.
	exec 7>profile.json
	kill -TERM "$(cat "/proc/$started/task/$started/children")"
	echo '{"extends": "entrypoint"}' >&7
	exec 7>&-
	until_true 20 sh -c 'case $(sed -n "s/^State:[[:space:]]*//p" /proc/'"$started"'/status) in "" | Z*) ;; *) false ;; esac'
	wait "$started" || status=$?
	# The command is told, or has never run: which of the two is a matter of who was faster.
	[ "$status" = 143 ]
}

@test "a FIFO in the place of a profile or policy is empty where nobody writes it" {
	mkfifo fifo.json
	for option in --profile --seccomp; do
		run timeout -s KILL 60 "$COFFERDAM" entrypoint "$option" "$PWD/fifo.json" -- true
		echo "$option: $status: $output"
		[ "$status" = 125 ]
	done
	# One that somebody holds, and does not write.
	exec 7<>fifo.json
	run timeout -s KILL 60 "$COFFERDAM" entrypoint --profile "$PWD/fifo.json" -- true 7>&-
	exec 7>&-
	echo "$status: $output"
	[ "$status" = 125 ]
	[[ $output == *"read $PWD/fifo.json: "* ]]
}

@test "the time limit and a signal before the command is executed" {
	# A lease on the command's file that is not given up: execve(2) waits for it.
	cp "$(type -P true)" leased
	mkfifo held
	python3 -c 'import fcntl, os, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
fd = os.open("leased", os.O_RDONLY)
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
os.close(os.open("held", os.O_WRONLY))
signal.pause()' 3>&- &
	started=$!
	read -r _ <held || true
	run "$COFFERDAM" entrypoint --time 1s --report r.json -- ./leased
	echo "$output"
	[ "$status" = 124 ]
	[ "$(jq -r .ended_by r.json)" = timeout ]
	run env --block-signal=TERM sh -c 'kill -TERM $$; exec "$0" entrypoint --report r.json -- ./leased' "$COFFERDAM"
	echo "$output"
	[ "$status" = 143 ]
	[ "$(jq -r .ended_by r.json)" = cancel ]
}

@test "a signal as the command is executed ends what it has started by then" {
	local strace launcher status=0

	# It is decided to end the command before that is executed, and done when it runs already.
	printf '#!/bin/sh\nsleep 1000 & echo $! >begun\nwait\n' >work
	chmod 755 work
	strace -f -qq -o trace -e trace=execve,kill -e inject=execve:delay_enter=1000000:when=1 \
		-e inject=kill:delay_enter=3000000:when=1 "$COFFERDAM" entrypoint -- ./work 3>&- &
	strace=$!
	until_true 10 eval 'launcher=$(cat "/proc/$strace/task/$strace/children") && [ -n "$(cat "/proc/${launcher% }/task/${launcher% }/children")" ]'
	kill "${launcher% }"
	until_true 30 test ! -e "/proc/${launcher% }"
	cat trace
	[ -s begun ]
	! kill "$(<begun)" || return # strace waits for it
	wait "$strace" || status=$?
	[ "$status" = 143 ]
}

@test "SIGTERM is handed on and no more, where cofferdam run would kill after the grace period" {
	# Deaf to it: entrypoint waits, though the grace period is over. The second signal is heard.
	"$COFFERDAM" entrypoint --grace 1ms --report r.json -- bash -c '
		trap "echo heard" TERM; trap "exit 7" USR1; echo ready; while :; do sleep 0.01; done' >out 2>&1 3>&- &
	started=$!
	until_true 10 grep -q ready out
	kill -TERM "$started"
	until_true 10 grep -q heard out
	kill -TERM "$started"
	until_true 10 sh -c '[ "$(grep -c heard out)" = 2 ]'
	kill -USR1 "$started"
	wait "$started" || status=$?
	[ "$status" = 7 ]
	[ "$(jq -r .ended_by r.json)" = exit ]
	rm out # which says "ready" already
	"$COFFERDAM" entrypoint --report r.json -- sh -c 'echo ready; exec sleep 1000' >out 2>&1 3>&- &
	started=$!
	until_true 10 grep -q ready out
	kill -TERM "$started"
	wait "$started" || status=$?
	[ "$status" = 143 ]
	[ "$(jq -c '[.ended_by, .signal]' r.json)" = '["signal",15]' ]
	# The same command under cofferdam run.
	rm out
	"$COFFERDAM" run --grace 1ms --report r.json -- bash -c '
		trap "echo heard" TERM; trap "exit 7" USR1; echo ready; while :; do sleep 0.01; done' >out 2>&1 3>&- &
	started=$!
	until_true 10 grep -q ready out
	kill -TERM "$started"
	wait "$started" || status=$?
	[ "$status" = 137 ]
	[ "$(jq -r .ended_by r.json)" = cancel ]
}

@test "what is left when the command ends is killed, and counted: as PID 1, and as a subreaper" {
	local mark="sleep 4545$$" leave
	leave="(setsid $mark >/dev/null 2>&1 &); ($mark >/dev/null 2>&1 &); exit 3"
	run "${as_pid1[@]}" "$COFFERDAM" entrypoint --report r.json -- sh -c "$leave"
	[ "$status" = 3 ]
	[ "$(jq .teardown.processes_killed r.json)" = 2 ]
	run_split "$COFFERDAM" entrypoint --report r.json -- sh -c "$leave"
	[ "$status" = 3 ]
	[[ $stderr == *"not PID 1"* ]]
	[ "$(jq .teardown.processes_killed r.json)" = 2 ]
	run ! pgrep -u "$(id -u)" -f "^$mark\$"
	# Nobody else's processes: this shell has one of its own.
	sleep 1000 3>&- &
	started=$!
	run "$COFFERDAM" entrypoint -- true
	kill -0 "$started"
	# Without us they stay.
	sh -c "$leave" 3>&- || :
	until_true 5 pgrep -u "$(id -u)" -f "^$mark\$"
	kill $(pgrep -u "$(id -u)" -f "^$mark\$")
}

@test "kill -9 of an entrypoint that is not PID 1 ends its command" {
	local mark="sleep 4646$$" # of this run alone

	"$COFFERDAM" entrypoint -- sh -c ": >begun; exec $mark" 3>&- &
	started=$!
	until_true 10 test -e begun
	until_true 10 pgrep -u "$(id -u)" -f "^$mark\$"
	kill -9 "$started"
	until_true 5 sh -c "! pgrep -u $(id -u) -f '^$mark\$'" || { pkill -9 -u "$(id -u)" -f "^$mark\$"; false; }
}

@test "the time limit: SIGTERM, then SIGKILL, status 124" {
	run_split "$COFFERDAM" entrypoint --time 100ms --report r.json -- sleep 60
	[ "$status" = 124 ]
	[ "$(jq -r .ended_by r.json)" = timeout ]
	run_split "$COFFERDAM" entrypoint --time 100ms --grace 100ms --report r.json -- sh -c 'trap "" TERM; while :; do sleep 1; done'
	[ "$status" = 124 ]
	[ "$(jq -r .signal r.json)" = 9 ]
}

# --- set-up that fails

@test "each step of set-up that fails is a refusal that names it" {
	local -A steps=(
		["capset"]="capabilities"
		["close_range"]="close_range"
		["landlock_restrict_self"]="landlock: landlock_restrict_self"
		["seccomp"]="seccomp"
		["setrlimit,prlimit64:when=3+"]="rlimits"
	)
	for option in PR_SET_CHILD_SUBREAPER PR_SET_NO_NEW_PRIVS PR_SET_DUMPABLE; do
		local nth
		nth=$(strace -qq -e trace=prctl "$COFFERDAM" entrypoint -- true 2>&1 | grep -n "prctl($option" | head -1 | cut -d: -f1)
		steps["prctl:when=$((nth - $(strace -qq -e trace=prctl "$COFFERDAM" entrypoint -- true 2>&1 | head -"$nth" | grep -vc '^prctl')))"]=${option/PR_SET_NO_NEW_PRIVS/no_new_privs}
	done
	for step in "${!steps[@]}"; do
		local calls=${step%%:*} when=${step#*:}
		[ "$when" != "$step" ] && when=":$when" || when=
		run_split strace -qq -f -o /dev/null -e inject="$calls:error=EINVAL$when" "$COFFERDAM" entrypoint -- touch ran
		echo "$step: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"${steps[$step]}"* ]]
		[ ! -e ran ]
	done
}

@test "a kernel without Landlock: refused, or degraded by consent" {
	local none=(strace -qq -f -o /dev/null -e inject=landlock_create_ruleset:error=ENOSYS)
	run_split "${none[@]}" "$COFFERDAM" entrypoint -- touch ran
	[ "$status" = 125 ]
	[[ $stderr == *"landlock"*"--allow-degraded landlock"* ]]
	[ ! -e ran ]
	run_split "${none[@]}" "$COFFERDAM" entrypoint --allow-degraded landlock --report r.json -- touch ran
	[ "$status" = 0 ]
	[ -e ran ]
	[ "$(jq -r .protections.landlock.state r.json)" = unavailable ]
}

@test "--dry-run prints the settings that an entrypoint has, and no other" {
	run "$COFFERDAM" entrypoint --dry-run --nofile 99 -- touch ran
	[ "$status" = 0 ]
	[ ! -e ran ]
	jq -e '.settings.nofile.value == 99 and .settings.nofile.origin == "--nofile" and (.settings | has("memory") | not)
		and .settings.landlock.value == true and .command == ["touch", "ran"]' <<<"$output"
}

@test "help lists the options that an entrypoint has, and no other" {
	run "$COFFERDAM" entrypoint --help
	[ "$status" = 0 ]
	[[ $output == *"--user "* && $output == *"--unset-env "* && $output != *"--memory "* ]]
	# Some mean something else than for run.
	[[ $output == *"(default: entrypoint)"* && $output == *"--ro PATH"$'\n'* && $output != *workspace* ]]
}

@test "the shipped profiles for entrypoints pass their check" {
	run "$COFFERDAM" policy check "$SRC/profiles/outer.json" "$SRC/profiles/entrypoint.json"
	[ "$status" = 0 ]
}
