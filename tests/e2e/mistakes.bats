#!/usr/bin/env bats
# Mistakes that people make: each is refused with one line that says what helps.

# shellcheck disable=SC2154 # run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# each_says ARRAY: cofferdam with each key of the associative array as its arguments ends with 125 and one line that has the value in it.
each_says() {
	local -n sayings=$1
	local arguments

	for arguments in "${!sayings[@]}"; do
		# shellcheck disable=SC2086 # words
		run_split "$COFFERDAM" $arguments
		echo "$arguments: $status: $stderr"
		[ "$status" = 125 ]
		[ "$(wc -l <<<"$stderr")" = 1 ]
		[[ $stderr == "cofferdam: "*"${sayings[$arguments]}"* ]]
	done
}

@test "a misspelt word is answered with the right one" {
	# shellcheck disable=SC2034 # by name
	declare -A mistakes=(
		["rnu true"]="rnu: unknown command (did you mean cofferdam run?)"
		["--workspace . true"]="--workspace: unknown option (options stand behind the command: \`cofferdam run --workspace …\`)"
		["explain job"]="explain: unknown command (did you mean cofferdam policy explain? \`cofferdam run explain\` runs it in a sandbox)"
		["policy test --caps SYS_ADMIN job read()"]="--caps: SYS_ADMIN: unknown capability (did you mean CAP_SYS_ADMIN?)"
		["policy test --caps CAP_SYSADMIN job read()"]="--caps: CAP_SYSADMIN: unknown capability (did you mean CAP_SYS_ADMIN?)"
		["policy test --caps everything job read()"]="unknown capability (expected a list of CAP_…, all or none)"
		["doctor --why two words"]="doctor: words: unexpected argument (quote the text: cofferdam doctor --why 'TEXT')"
		["entrypoint --profile job true"]="--profile job is for \`cofferdam run\`: omit it, or extend entrypoint: profiles/default.json:"
		["policy lern"]="policy lern: unknown subcommand (did you mean cofferdam policy learn?)"
		["policy list"]="policy list: unknown subcommand (see \`cofferdam policy --help\`)"
		["policy explain job raed"]="policy explain: unknown system call \"raed\" (did you mean read?)"
		["seccomp exce"]="seccomp exce: unknown subcommand (the only subcommand is exec)"
		["run --hide /opt --rw /tmp:/opt true"]="--rw: /opt: hidden by --hide (show it or hide it, not both)"
		["run --memroy 1G true"]="--memroy: unknown option (did you mean --memory?)"
		["entrypoint --worddir / true"]="--worddir: unknown option (did you mean --workdir?)"
		["doctor --jsn"]="doctor: --jsn: unknown option (did you mean --json?)"
		["run --profile jbo true"]="profile jbo: unknown (did you mean job? shipped: "
		["doctor --profile jbo"]="doctor: profile jbo: unknown (did you mean job? shipped: "
		["doctor --profile jbo --json"]="doctor: profile jbo: unknown (did you mean job? shipped: "
		["doctor --profile ./nope.json"]="doctor: --profile: open ./nope.json: No such file or directory"
		["run --seccomp strcit true"]="strcit: unknown policy (did you mean strict? shipped: "
		["run --network opn true"]="--network: opn: expected one of none, host, open (did you mean open?)"
		["run --memory 2GB true"]="--memory: 2GB: not a size (2G or 2GiB is in powers of 1024)"
	)
	each_says mistakes
}

@test "a misspelt command of the runner, too, and an option's value is not taken for an option" {
	run_split "$COFFERDAM" runner strat
	[ "$status" = 2 ]
	[[ $stderr == "cofferdam-runner: strat: unknown command (did you mean cofferdam runner start?)" ]]
	run_split "$COFFERDAM" runner frobnicate
	[[ $stderr == "cofferdam-runner: frobnicate: unknown command (see \`cofferdam runner --help\`)" ]]
	run_split "$COFFERDAM" doctor --json --report --json --hostname x
	[ "$(jq -c .options <<<"$output")" = '["--report","--json","--hostname","x"]' ]
}

@test "a profile in place of a policy, and the reverse, is told so" {
	local policy="a seccomp policy, not a profile (give it to --seccomp; \`cofferdam policy explain\` describes it)"
	local profile="a profile, not a seccomp policy (give it to --profile; \`cofferdam policy show\` prints it)"

	echo '{"extends": "default", "pids": 7}' >profile.json
	echo '{"pids": 7}' >limits.json
	printf '{"default": "deny",\n"rules": []}' >ours.json
	printf '{"defaultAction": "SCMP_ACT_ALLOW"}' >oci.json
	printf '{"extends": "ours.json"}' >extends.json
	# shellcheck disable=SC2034 # by name
	declare -A mistakes=(
		["run --profile proxy true"]="proxy: $policy"
		["policy show docker-outer"]="docker-outer: $policy"
		["run --profile ./ours.json true"]="./ours.json:2:1: $policy"
		["run --profile oci.json true"]="oci.json:1:2: $policy"
		["run --profile extends.json true"]="./ours.json:2:1: $policy"
		["run --seccomp build true"]="--seccomp: build: $profile"
		["run --seccomp ./profile.json true"]="--seccomp: $PWD/profile.json: $profile"
		["run --seccomp ./limits.json true"]="limits.json:1:2: unknown key \"pids\" (if it is a profile, give it to --profile; \`cofferdam policy show\` prints it)"
		["policy explain outer"]="outer: $profile"
		["policy explain profile.json"]="profile.json: $profile"
	)
	each_says mistakes
}

@test "options of other tools are answered with ours" {
	# shellcheck disable=SC2034 # by name
	declare -A mistakes=(
		["run --timeout 3 true"]="--timeout: unknown option (use --time DURATION)"
		["run --net=none true"]="--net: unknown option (use --network none, open or host)"
		["run --env-file x true"]="--env-file: unknown option (use --env NAME=VALUE for each line of the file)"
		["run --bind / / true"]="--bind: unknown option (use --rw PATH[:INSIDE])"
		["run --volume .:/x true"]="--volume: unknown option (use --rw PATH[:INSIDE] or --ro PATH[:INSIDE])"
		["run -v .:/x true"]="-v: unknown option (use --rw PATH[:INSIDE] or --ro PATH[:INSIDE])"
		["run --no-seccomp true"]="--no-seccomp: unknown option (not offered: --seccomp FILE with a policy of your own allows single calls)"
		["entrypoint -u 1000 true"]="-u: unknown option (use --user NAME)"
		["run -it true"]="-it: unknown option (use --tty yes)"
	)
	each_says mistakes
}

@test "a command without a subcommand before it is answered with run" {
	run_split "$COFFERDAM" make test
	[ "$status" = 125 ]
	[ "$stderr" = "cofferdam: make: unknown command (see \`cofferdam --help\`; \`cofferdam run make\` runs it in a sandbox)" ]
}

@test "help is found wherever people look for it" {
	for arguments in "help run" "run -h" "run --help"; do
		run -0 "$COFFERDAM" $arguments
		[[ ${lines[0]} == "Usage: cofferdam run "* ]]
	done
	for arguments in "help policy learn" "policy learn -h" "policy learn --help"; do
		run -0 "$COFFERDAM" $arguments
		[[ ${lines[0]} == "Usage: cofferdam policy learn "* ]]
	done
	for arguments in "help" "--help" "-h"; do
		run -0 "$COFFERDAM" $arguments
		[[ ${lines[0]} == "Usage: cofferdam COMMAND "* ]]
	done
	run -0 "$COFFERDAM" help seccomp exec
	run -0 "$COFFERDAM" help runner start
	[ "${lines[0]}" = "Usage: cofferdam runner start [--config FILE]" ]
}

@test "short options and several names in one option" {
	mkdir w
	run -0 "$COFFERDAM" run -w w -e X=1 -- sh -c 'echo $X >x'
	[ "$(cat w/x)" = 1 ]
	run -0 "$COFFERDAM" run --dry-run --allow-degraded none,limits,landlock -- true
	[ "$(jq -c .allow_degraded <<<"$output")" = '["memory","swap","pids","cpu","io","landlock"]' ]
}

@test "a wrong path is answered with its option and what helps" {
	touch file
	mkdir dir
	# shellcheck disable=SC2034,SC2088 # by name; not expanded
	declare -A mistakes=(
		["run --workspace ./nope true"]="--workspace: $PWD/nope: no such file or directory (mkdir -p $PWD/nope)"
		["run --disk 1G --workspace ./nope true"]="--workspace: $PWD/nope: no such file or directory (mkdir -p $PWD/nope)"
		["run --workspace file true"]="--workspace: $PWD/file: not a directory (name a directory; "
		["run --workspace /tmp true"]="--workspace: /tmp: profiles/default.json:"
		["run --profile ./nope.yaml true"]="--profile: open ./nope.yaml: No such file or directory"
		["policy show ./nope.yaml"]="--profile: open ./nope.yaml: No such file or directory"
		["entrypoint --profile ./nope.yaml true"]="--profile: open ./nope.yaml: No such file or directory"
		["run --ro nope true"]="--ro: $PWD/nope: no such file or directory (name one that exists; --ro-try "
		["run --dry-run --rw nope true"]="--rw: $PWD/nope: no such file or directory"
		["run --ro ~/x true"]="--ro: ~/x: not a path (~ is not expanded here: write \$HOME; a file of that name is ./~)"
		["run --ro file:~/x true"]="--ro: target: ~/x: not an absolute path (~ and variables are not expanded here; HOME is /home/job inside)"
		["run --ro a:b true"]="--ro: target: b: not an absolute path (INSIDE is an absolute path; a ':' in a path is written '\\:')"
		["run --root overlay --changes - true"]="--changes: -: standard output is the command's (name a file; one of that name is ./-)"
		["run --ro file:/usr/nope true"]="--ro: /usr/nope: does not exist, and cannot be made in /usr, which is read-only (profiles/default.json:"
		["run --ro $PWD/dir:/home true"]="--ro: $PWD/dir: hides /home/job, which profiles/default.json:"
		["run --profile entrypoint true"]="exec: true: No such file or directory (profile entrypoint shows nothing of the system: name default, strict, build or job, or extend one)"
		["run ./file"]="exec: ./file: No such file or directory (the working directory is new and empty: --workspace . gives the job this one)"
	)
	for arguments in "${!mistakes[@]}"; do
		# shellcheck disable=SC2086 # words
		stderr=$("$COFFERDAM" $arguments 2>&1) && status=0 || status=$?
		echo "$arguments: $status: $stderr"
		[[ $status = 12[57] && $(wc -l <<<"$stderr") = 1 && $stderr == "cofferdam: ${mistakes[$arguments]}"* ]]
	done
}

@test "a path with a colon is shown, and --hide takes a relative path" {
	mkdir -p a:b/.git
	echo text >a:b/file
	run -0 "$COFFERDAM" run --ro "$PWD/a\\:b:/x" -- cat /x/file
	[ "$output" = text ]
	cd a:b
	run -0 "$COFFERDAM" run --ro file:/x -- cat /x
	[ "$output" = text ]
	run -0 "$COFFERDAM" run -w . --hide .git -- sh -c 'touch new; ! touch .git/new'
	[ -e new ]
}

@test "a command that fails for want of a workspace or a network is told so, once" {
	echo 'test:' >Makefile
	run_split "$COFFERDAM" run -- sh -c 'exit 3'
	[ "$status" = 3 ]
	[ "$stderr" = "cofferdam: the command failed: it ran in a new empty directory (--workspace . gives it this one) and without a network (--network open)" ]
	mkdir w
	run_split "$COFFERDAM" run -w w -- sh -c 'exit 3'
	[ "$stderr" = "cofferdam: the command failed: it ran without a network (--network open)" ]
	for options in "--quiet" "--network none -w w" "--report r.json" "--ro ."; do
		# shellcheck disable=SC2086 # words
		run_split "$COFFERDAM" run $options -- sh -c 'exit 3'
		[ "$status" = 3 ]
		[ "$stderr" = "" ]
	done
	run_split "$COFFERDAM" run -- true
	[ "$stderr" = "" ]
}

@test "a home directory is pointed out" {
	mkdir -p home/u
	for options in "-w home/u" "--ro home"; do
		# shellcheck disable=SC2086 # words
		HOME=$PWD/home/u run_split "$COFFERDAM" run $options -- true
		[ "$status" = 0 ]
		[[ $stderr == "cofferdam: --"*": contains your home directory, with keys and credentials such as .ssh (name a subdirectory)" ]]
	done
	HOME=$PWD/home/u run_split "$COFFERDAM" run --quiet -w home/u -- true
	[ "$stderr" = "" ]
}

@test "a variable that an option withholds is not announced" {
	X=1 run_split "$COFFERDAM" run --unset-env X -- true
	[ "$status" = 0 ]
	[ "$stderr" = "" ]
}

@test "help is wrapped to 80 columns where there is no terminal" {
	for command in "" run entrypoint doctor runner "runner start" "runner sweep" "policy learn" "policy explain" "seccomp exec"; do
		# shellcheck disable=SC2086 # words
		run -0 "$COFFERDAM" $command --help
		while read -r line; do
			[ "${#line}" -le 80 ] || [[ $line == *"cofferdam "* ]]
		done <<<"$output"
	done
	run -0 "$COFFERDAM" run --help
	[ "$(grep -c '^[A-Z].*:$' <<<"$output")" -ge 9 ]
}

@test "doctor and a refusal name the same remedy where cgroup v1 has the controllers" {
	grep -q ':memory:' /proc/self/cgroup || skip "no controller of this host is in cgroup v1"
	run_split "$COFFERDAM" run --memory 1G -- true
	[ "$status" = 125 ]
	said=$stderr
	run_split "$COFFERDAM" doctor --memory 1G --json
	remedies=$(jq -r '.checks[] | select(.name == "memory controller" or .name == "cgroup v2") | select(.state != "ok").remedy' <<<"$output" | sort -u)
	echo "$said; $remedies"
	[ "$(wc -l <<<"$remedies")" = 1 ]
	[[ $remedies == *unified_cgroup_hierarchy* ]]
	[[ $said == *"$remedies"* ]]
}

@test "a command that only the caller's PATH leads to is answered with what shows it" {
	mkdir -p "$PWD/tools" work
	printf '#!/bin/sh\necho done\n' >tools/mytool
	chmod +x tools/mytool
	cp tools/mytool work/here
	PATH=$PWD/tools:$PATH run_split -127 "$COFFERDAM" run -- mytool
	[ "$stderr" = "cofferdam: exec: mytool: No such file or directory (outside it is $PWD/tools/mytool: --ro $PWD/tools --env PATH)" ]
	PATH=$PWD/tools:$PATH run_split -127 "$COFFERDAM" run --ro "$PWD/tools" -- mytool
	[ "$stderr" = "cofferdam: exec: mytool: No such file or directory (it is $PWD/tools/mytool, which the job's PATH does not lead to: --env PATH)" ]
	PATH=$PWD/tools:$PATH run -0 "$COFFERDAM" run --ro "$PWD/tools" --env PATH -- mytool
	[ "$output" = "done" ]
	run_split -127 "$COFFERDAM" run --workspace work -- here
	[[ $stderr == *"(PATH does not have the working directory: write ./here)" ]]
	for name in mytool ""; do
		run_split -127 "$COFFERDAM" run --workspace work -- "$name"
		[ "$stderr" = "cofferdam: exec: ${name:-\"\"}: No such file or directory (searched inside the sandbox, where only bound paths exist)" ]
	done
}

@test "what tools keep in the caller's home is pointed out where the job's home is another" {
	mkdir -p home/.cache/x home/src work
	export HOME=$PWD/home
	run_split -0 "$COFFERDAM" run --rw "$HOME/.cache/x" -- true
	[ "$stderr" = "cofferdam: --rw: $HOME/.cache/x: HOME is /home/job inside (tools look there: --rw $HOME/.cache/x:/home/job/.cache/x)" ]
	run_split -0 "$COFFERDAM" run --ro "/usr:$HOME/.sdk" -- true
	[ "$stderr" = "cofferdam: --ro: $HOME/.sdk: HOME is /home/job inside (tools look there: --ro /usr:/home/job/.sdk)" ]
	# Nothing is to be said where the job is told of the path, or has that home, or it is no file of a tool's.
	for options in "--rw $HOME/.cache/x:/home/job/.cache/x" "--rw $HOME/.cache/x --env X=$HOME/.cache/x/y" "--rw $HOME/.cache/x --env HOME" \
		"--rw $HOME/.cache/x --quiet" "--ro $HOME/src" "--workspace $HOME/.cache/x"; do
		# shellcheck disable=SC2086 # words
		run_split -0 "$COFFERDAM" run $options -- true
		echo "$options: $stderr"
		[ "$stderr" = "" ]
	done
	run_split -0 "$COFFERDAM" run --rw "$HOME/.cache/x" -- ls "$HOME/.cache/x"
	[ "$stderr" = "" ]
}

@test "a directory that is to be written and is not there, and a current directory that was removed" {
	run_split -125 "$COFFERDAM" run --rw "$PWD/cache:/home/job/.cache" -- true
	[ "$stderr" = "cofferdam: --rw: $PWD/cache: no such file or directory (name one that exists; a directory: mkdir -p $PWD/cache)" ]
	run_split -125 "$COFFERDAM" run --workspace "$PWD/../x" -- true
	[ "$stderr" = "cofferdam: --workspace: $PWD/../x: contains \"..\" (which directory that is depends on links: name it, as realpath(1) prints it)" ]
	mkdir gone
	cd gone || return 1
	rmdir ../gone
	run_split -125 "$COFFERDAM" run --workspace . -- true
	[ "$stderr" = "cofferdam: the current directory: No such file or directory (it was removed: cd to one that exists)" ]
}

@test "a profile and a policy may come from a pipe" {
	run -0 "$COFFERDAM" policy check <(echo '{"extends": "build"}')
	[ "$output" = "" ]
	run -1 "$COFFERDAM" policy check <(echo '{"extends": "build", "pids": "x"}')
	[[ $output == /dev/fd/*":1:30: pids: x: not a whole number" ]]
	run -0 "$COFFERDAM" run --profile <(echo '{"extends": "build", "env": ["A=from a pipe"]}') -- printenv A
	[ "$output" = "from a pipe" ]
	run -0 "$COFFERDAM" policy check <(echo '{"extends": "job", "rules": []}')
	run -0 "$COFFERDAM" run --seccomp <(echo '{"extends": "job", "rules": []}') -- true
}
