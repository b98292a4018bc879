#!/usr/bin/env bats
# Attacks by a job on its runner: keys, credentials, the way to the supervisor. Made as job_attack_helpers.bash says: on two sides.

load job_attack_helpers

# --- 1, 2, 3, 15

# The secrets come backwards, or this very script would be the place where they are found.
holds() {
	local backwards=$1
	shift
	grep -qsaF -f <(rev <<<"$backwards") -- "$@"
}

# files_hold REVERSED WHERE SINCE
files_hold() {
	local files
	mapfile -d '' files < <(find_readable "$2" -type f -newerct "@$3" -readable -print0)
	holds "$1" "${files[@]}"
}

sweep_finds_listener() {
	perl -e 'open F, "/proc/sys/kernel/pid_max"; my ($max, $found) = (<F>, 0);
		for my $pid (1 .. $max) {
			my $pidfd = syscall 434, $pid, 0;
			next unless kill 0, $pid or $pidfd >= 0;
			$found = 1 unless open F, "/proc/$pid/comm" and <F> ne "Runner.Listener\n";
		}
		exit !$found'
}

# hunt WHERE ROOT STATE SINCE NAME REVERSED…
hunt() {
	local where=$1 root=$2 state=$3 since=$4 p
	shift 4
	try "a file named .credentials" grep -q . <(find_readable "$where" -name '.credentials*' -print)
	for p in .credentials .credentials_rsaparams; do
		try "$p" cat "$root/$p"
		try "$p by a root of proc" grep -q . /proc/[0-9]*/root"$root/$p"
		try "$p by a directory of proc" grep -q . /proc/[0-9]*/cwd/"$p" /proc/[0-9]*/cwd/../"$p"
	done
	while [ $# -gt 0 ]; do
		try "$1 in a file" files_hold "$2" "$where" "$since"
		[ "$1" = key ] || try "$1 with a process" holds "$2" /proc/[0-9]*/environ /proc/[0-9]*/cmdline
		shift 2
	done
	try "the Listener among the processes" grep -qsa Runner[.]Listener /proc/[0-9]*/cmdline
	try "the Listener by number" sweep_finds_listener
	try "a file or socket of the state directory" grep -q . <(find "$state" -name _work -prune -o ! -type d -print)
}

jit() {
	curl -sf "$URL/api/v3/repos/octo/$1/actions/runners/generate-jitconfig" -H "Authorization: Bearer $PAT" \
		-d "{\"name\":\"$2\",\"runner_group_id\":1,\"labels\":[\"self-hosted\"],\"work_folder\":\"_work\"}" |
		jq -r .encoded_jit_config
}

# hunt_step WHERE ROOT STATE JIT KEYFILE
hunt_step() {
	local pairs=(pat "$PAT" token "$TOKEN" jit "${4:1000:80}" key "$(jq -r .d "$5")") reversed=() text
	for text in "${pairs[@]}"; do
		case $text in
		pat | token | jit | key) reversed+=("$text") ;;
		*) reversed+=("$(rev <<<"$text")") ;;
		esac
	done
	[ "${#reversed[@]}" = 8 ]
	step find_readable holds files_hold sweep_finds_listener hunt -- "${@:1:3}" "$since" "${reversed[@]}"
}

@test "1, 2, 3, 15: keys, credentials, the Listener, the state directory, whatever the runner was given" {
	local since mine theirs how id
	since=$(date +%s)
	mkdir -m 700 "$W/secrets"
	mine=$(jit demo inside)
	theirs=$(jit plain plain)
	for how in "$PAT" "$TOKEN" "$mine" "$theirs"; do
		echo "$how" >"$W/secrets/${how:0:8}"
	done
	start_plain plain "ACTIONS_RUNNER_INPUT_JITCONFIG=$theirs"
	wait_runner idle plain
	id=$(job_in plain "$(hunt_step "$W" "$W/plain" "$W/plain" "$theirs" "$W/plain/.credentials_rsaparams")")
	done_in plain "$id"
	plain_end
	for how in "ACTIONS_RUNNER_INPUT_JITCONFIG=$mine" "TOKEN=$TOKEN" "ACCESS_TOKEN=$PAT"; do
		start_inside EPHEMERAL=true "$how"
		wait_runner idle inside
		id=$(job_in inside \
			"$(hunt_step / "$W/dist" "$STATE" "$mine" "$STATE/slots/1/root/.credentials_rsaparams")")
		done_in inside "$id"
		blocked
		ended 20
		[ "$status" = 0 ]
	done
	gone
}

# --- 15: the way from the listener sandbox to the supervisor

knock() {
	perl -MSocket -e 'chdir $ARGV[0] or die "$!\n"; socket my $s, PF_UNIX, SOCK_SEQPACKET, 0 or die "$!\n";
		connect $s, pack_sockaddr_un($ARGV[1]) or die "$!\n"' "$@"
}

knock_everywhere() {
	local socket found=
	# The socket has this name wherever it is.
	while read -r socket; do
		! knock "${socket%/*}" "${socket##*/}" || found=$socket
	done < <(find_readable / -type s -name slot.sock -print)
	try "the supervisor's socket" test -n "$found"
}

@test "15: a job does not reach the socket over which the shim hands it over" {
	local id side
	# A profile that shows the directory of slots is refused. Without the protection: the socket has another name, by a hard link.
	mkdir "$W/shown"
	jq --arg shown "$W/shown" '.rw = [$shown]' "$W/job.json" >"$W/weak.json"
	for side in inside plain; do
		start_inside ACCESS_TOKEN="$PAT" EPHEMERAL=true
		wait_runner idle inside
		[ "$side" = inside ] || ln "$STATE/slots/1/socket/slot.sock" "$W/shown/slot.sock"
		id=$(job_in inside "$(step find_readable knock knock_everywhere --)")
		done_in "$side" "$id"
		ended 20
		[ "$status" = 0 ]
		cp "$W/weak.json" "$W/job.json"
	done
	blocked
	gone
}

# --- 1, 15: the state directory

@test "1, 15: a state directory below what the profile shows stays closed all the same" {
	STATE=$W/shown/state
	mkdir "$W/shown"
	echo "$PAT" >"$W/shown/pat"
	jq --arg shown "$W/shown" '.ro = [$shown]'"${FIX:-}" "$W/job.json" >"$W/weak.json"
	mv "$W/weak.json" "$W/job.json"
	id=$(script "find $W/shown/state \( -name _work -prune -o ! -type d -print \) | sed s/^/seen:/; sed s/^/seen:/ $W/shown/pat; echo looked")
	start ACCESS_TOKEN_FILE="$W/shown/pat" EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	ended 20
	log_has "$id" looked
	! job_log "$id" | grep '^seen:' || return 1
	nothing_left
}

# plugin_job: an action of the workspace that becomes the plugin `checkout` while the job runs, and what GITHUB_ENV says that this
# loads: it copies its standard input to a file.
plugin_job() {
	local first='mkdir act && printf "runs:\n  plugin: checkout\n" >act/action.yml
		echo "cat >/tmp/taken; echo hoo\$((40 + 2))" >/tmp/hook
		echo BASH_ENV=/tmp/hook >>$GITHUB_ENV'
	local last='unset BASH_ENV; echo "taken: $(grep -o system.github.token /tmp/taken || echo nothing)"'

	queue "$(jq -cn '{steps: [{run: $ARGS.positional[0]}, {uses: "./act", name: "plugin"},
		{run: $ARGS.positional[1], if: "always()", env: {BASH_ENV: ""}}]}' --args "$first" "$last")"
}

@test "all secrets of the job, on the standard input of Runner.PluginHost, with an environment of a step's" {
	# As the runner has it: whatever the step's environment names is loaded, and reads on.
	start ACCESS_TOKEN=$PAT EPHEMERAL=true COFFERDAM_PLUGIN_HOST=allow
	id=$(plugin_job)
	conclusion "$id"
	log_has "$id" hoo42
	log_has "$id" "taken: system.github.token"
	ended 30
	said "COFFERDAM_PLUGIN_HOST=allow: every step can read all secrets of its job"

	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	id=$(plugin_job)
	conclusion "$id"
	not log_has "$id" "hoo42"
	log_has "$id" "taken: nothing"
	log_has "$id" "cofferdam: runner plugins are refused: every step could read all secrets of the job through them"
	ended 30
	nothing_left
}

@test "what stands in for Runner.PluginHost is closed as the Worker is: nobody reaches its standard input either" {
	id=$(script "p=$W/dist/bin/Runner.PluginHost; cat \$p >/dev/null 2>&1 || echo unreadable
		LD_PRELOAD=/nowhere.so \$p action x || echo status \$?")
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	log_has "$id" "unreadable"
	log_has "$id" "status 1"
	not log_has "$id" "cannot be preloaded"
	ended 30
}

@test "whom the Worker trusts and asks for addresses is not a step's to change" {
	steps='w=won s=$HOME/.dotnet/corefx/cryptography/x509stores
		for d in /run/systemd/resolve /run/systemd/machine /run/systemd/userdb /run/avahi-daemon /run/nscd /run/nslcd /run/samba "$s/root"; do
			mkdir -p "$d" 2>/dev/null && : >"$d/io.systemd.Resolve" 2>/dev/null && echo "$w: $d"
		done
		for d in "$HOME/.dotnet" "$HOME/.dotnet/corefx" "$HOME/.dotnet/corefx/cryptography" "$s" "$s/root" /run/systemd /run/nscd; do
			mv "$d" /tmp/away 2>/dev/null && echo "$w: moved $d"
			mv "$d" "$d.away" 2>/dev/null && echo "$w: moved $d"
		done
		mkdir -p "$s/my" && : >"$s/my/a.pfx" && echo "$w its own"; echo through'
	id=$(script "$steps")
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	log_has "$id" "through"
	log_has "$id" "won its own"
	not log_has "$id" "won: "
	ended 30
	nothing_left
	# The same profile without a Worker.
	run "$BUILD/cofferdam" run --quiet --profile job --allow-degraded memory --allow-degraded pids --allow-degraded cpu \
		--allow-degraded network -- sh -c "$steps"
	echo "$output"
	[ "$(grep -c "^won: /" <<<"$output")" = 8 ]
}
