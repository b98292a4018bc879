#!/usr/bin/env bats
# Pools of --config: two kinds of runner side by side, changed, drained and stopped from another shell while jobs run.

load runner_helpers

# pools JSON…: the file of pools; each is an object with a name.
pools() {
	jq -n '{pools: $ARGS.positional}' --jsonargs "$@" >"$W/pools.json"
}

# start_pools VARIABLE=VALUE…
start_pools() {
	start ACCESS_TOKEN=$PAT COFFERDAM_PROFILE= COFFERDAM_CONFIG="$W/pools.json"
}

control() {
	timeout 100 env -i "PATH=$PATH" "HOME=$HOME" "COFFERDAM_STATE_DIR=$STATE" "$BUILD/cofferdam-runner" "$@"
}

# up NUMBER: so many runners wait for jobs.
up() {
	until_true 60 is_up "$1"
}

is_up() {
	[ "$(curl -sf "$URL/_hub/runners" | jq '[.runners[] | select(.status == "online")] | length')" = "$1" ]
}

# labels: each runner's, but those that all have, sorted.
labels() {
	curl -sf "$URL/_hub/runners" | jq -r '.runners[].labels[] | if type == "object" then .name else . end' |
		grep -vE '^(self-hosted|Linux|X64|ARM64|cofferdam-.*)$' | sort
}

has_labels() {
	[ "$(labels | xargs)" = "$1" ]
}

# waits_for FILE LABEL: queues a job for that label, which runs until the hub has the file.
waits_for() {
	queue "$(jq -cn --arg url "$URL/files/$1" --arg to "$2" \
		'{labels: [$to], steps: [{run: "until curl -sf \($url) >/dev/null; do sleep 0.2; done; echo well"}]}')"
}

release() {
	echo go | curl -sf -T - "$URL/_hub/files/$1" >/dev/null
}

registrations() {
	[ "$(grep -c "registered as" "$W/err")" = "$1" ]
}

# pools_are NAMES: of the slots that the journal has.
pools_are() {
	[ "$(control status --json | jq -r '[.slots[].pool] | sort | join(" ")')" = "$1" ]
}

job_for() {
	queue "$(jq -cn --arg to "$1" --arg run "$2" '{labels: [$to], steps: [{run: $run}]}')"
}

@test "two pools: labels, profiles, roots, lasting and ephemeral, prepared or not" {
	jq '. + {env: ["KIND=other"]}' job.json >other.json
	pools '{"name": "a", "labels": ["one"], "profile": "job.json", "min": 2}' \
		'{"name": "b", "labels": ["two"], "profile": "other.json", "root": "overlay", "ephemeral": true, "prepared": false, "rate": "0.12 EUR"}'
	start_pools
	up 3
	has_labels "one one two"
	id=$(job_for one 'echo "kind=${KIND:-none}"; touch /etc/x && echo written || echo read-only')
	[ "$(conclusion "$id")" = success ]
	log_has "$id" kind=none
	log_has "$id" read-only
	# The ephemeral one registers anew after each job.
	for _ in 1 2; do
		id=$(job_for two 'echo "kind=${KIND:-none}"; touch /etc/x && echo written || echo read-only')
		[ "$(conclusion "$id")" = success ]
		log_has "$id" kind=other
		log_has "$id" written
	done
	up 3
	has_labels "one one two"
	until_true 60 registrations 5
	run -0 control cost --json
	jq -e '.total.jobs == 3 and (.total.costs | keys) == ["EUR"] and .total.currency == "EUR"' <<<"$output"
	run -0 control cost
	[[ ${lines[1]} == *" EUR "*octo/demo ]]
	# Another currency from now on: neither is added to the other.
	pools '{"name": "a", "labels": ["one"], "profile": "job.json", "min": 2, "rate": "3 USD"}' \
		'{"name": "b", "labels": ["two"], "profile": "other.json", "root": "overlay", "ephemeral": true, "prepared": false, "rate": "0.12 EUR"}'
	control reload
	until_true 60 registrations 7
	[ "$(conclusion "$(job_for one true)")" = success ]
	until_true 20 cost_is '["EUR","USD"]'
	run -0 control cost
	[[ ${lines[1]} == *" EUR "*octo/demo && ${lines[2]} == *" USD" ]]
	stops 60
}

cost_is() {
	control cost --json | jq -e ".total.cost == null and (.total.costs | keys) == $1" >/dev/null
}

@test "reload: pools and slots come, go and change, and the job that runs ends well" {
	pools '{"name": "a", "labels": ["one"], "profile": "job.json", "min": 2}' '{"name": "b", "labels": ["two"], "profile": "job.json"}'
	start_pools
	up 3
	one=$(waits_for one one)
	two=$(waits_for two two)
	job "$one" in_progress >/dev/null
	job "$two" in_progress >/dev/null
	# b goes, a has other labels and one slot less, c comes.
	pools '{"name": "c", "labels": ["three"], "profile": "job.json"}' '{"name": "a", "labels": ["one", "more"], "profile": "job.json", "min": 1}'
	run control reload
	[ "$status" = 0 ]
	[[ $output == *"pool b: removed: its slots end, each after its job"* ]]
	[[ $output == *"pool a: 1 slot less: it ends after its job"* ]]
	[[ $output == *"pool a: changed: its slots take that one after another, between two jobs"* ]]
	[[ $output == *"pool c: added, with 1 slot"* ]]
	id=$(job_for three "echo three")
	[ "$(conclusion "$id")" = success ]
	release one
	release two
	[ "$(conclusion "$one")" = success ]
	[ "$(conclusion "$two")" = success ]
	until_true 90 has_labels "more one three"
	# The number is of the file that was read last, and a slot that has left is no row.
	until_true 20 slots_are '[2, ["a", "c"]]'
	[ "$(conclusion "$(job_for more true)")" = success ]
	# The same again: nothing changes; SIGHUP does it, too.
	before=$(grep -c "registered as" err)
	run control reload
	[ "$output" = "nothing has changed" ]
	pools '{"name": "c", "labels": ["three"], "profile": "job.json", "min": 2}' '{"name": "a", "labels": ["one", "more"], "profile": "job.json", "min": 1}'
	kill -HUP "$RUNNER_PID"
	until_true 60 said "reload: pool c: 1 slot more"
	up 3
	[ "$(grep -c "registered as" err)" = $((before + 1)) ]
	slots_are '[3, ["a", "c", "c"]]'
	stops 60
}

reads_slowly() {
	pid_of "policy show.*slow.json" >/dev/null
}

@test "reload: one that is asked for while another is under way is not lost" {
	pools '{"name": "a", "labels": ["one"], "profile": "job.json"}'
	start_pools
	up 1
	mkfifo slow.json
	exec 7<>slow.json
	pools '{"name": "a", "labels": ["one"], "profile": "job.json"}' '{"name": "b", "profile": "slow.json"}'
	kill -HUP "$RUNNER_PID"
	until_true 20 reads_slowly
	pools '{"name": "a", "labels": ["one"], "profile": "job.json"}' '{"name": "c", "profile": "job.json"}'
	kill -HUP "$RUNNER_PID"
	cp job.json copy.json
	mv copy.json slow.json
	cat job.json >&7
	exec 7>&-
	until_true 20 said "reload: pool b: added, with 1 slot"
	until_true 20 said "reload: pool c: added, with 1 slot"
	said "reload: pool b: removed"
	stops 60
}

# slots_are JSON: by the status, how many there are to be, and the pool of each that there is.
slots_are() {
	[ "$(control status --json | jq -c '[.supervisor.slots, ([.slots[].pool] | sort)]')" = "${1// /}" ] &&
		[[ $(control status) == "supervisor: running, "*$'\n'"slots: ${1//[^0-9]/}"$'\n'* ]]
}

@test "reload: a file with a mistake changes nothing, and says so" {
	pools '{"name": "a", "labels": ["one"], "profile": "job.json"}'
	start_pools
	up 1
	one=$(waits_for one one)
	job "$one" in_progress >/dev/null
	pools '{"name": "a", "labels": ["one"], "profile": "job.json", "mim": 2}'
	run control reload
	[ "$status" = 1 ]
	[[ $output == *"$W/pools.json:"*": mim: unknown key (did you mean min?)"*"nothing was changed"* ]]
	pools '{"name": "b", "profile": "missing.json"}'
	run control reload
	[ "$status" = 1 ]
	[[ $output == *"$W/pools.json:"*"missing.json"*"nothing was changed"* ]]
	# A profile that no job can run with is found by trying it.
	jq '. + {"root": "/nowhere"}' job.json >bad.json
	pools '{"name": "b", "profile": "bad.json"}'
	run control reload
	[ "$status" = 1 ]
	[[ $output == *"nothing was changed"* ]]
	release one
	[ "$(conclusion "$one")" = success ]
	[ "$(conclusion "$(job_for one true)")" = success ]
	registrations 1
	stops 60
}

@test "a pool grows while jobs run, up to max, and a reload takes back what is too much" {
	pools '{"name": "a", "labels": ["one"], "profile": "job.json", "prepared": false, "max": 2}'
	start_pools
	up 1
	run -0 control status
	[[ $output == *"pool a: slots: 1 (min 1, max 2, warm 1)"* ]]
	one=$(waits_for one one)
	up 2
	said "pool a: 1 with a job: 1 more, 2 in all (at most 2)"
	[ "$(PATH=$BUILD:$PATH COFFERDAM_STATE_DIR=$STATE bash -c '. "$1"; _cofferdam_slots' bash "$BUILD/completion/cofferdam.bash" | xargs)" = "1 2 a" ]
	slots_are '[2, ["a", "a"]]'
	two=$(waits_for one one)
	job "$two" in_progress >/dev/null
	# Nobody waits now, and there are as many as may be.
	slots_are '[2, ["a", "a"]]'
	pools '{"name": "a", "labels": ["one"], "profile": "job.json", "prepared": false}'
	run -0 control reload
	[[ $output == *"pool a: 1 slot less: it ends after its job"* ]]
	release one
	[ "$(conclusion "$one")" = success ]
	[ "$(conclusion "$two")" = success ]
	until_true 30 slots_are '[1, ["a"]]'
	stops 60
}

@test "drain of a slot and of a pool while a job runs; reload starts them again" {
	pools '{"name": "a", "labels": ["one"], "profile": "job.json"}' '{"name": "b", "labels": ["two"], "profile": "job.json", "min": 2}'
	start_pools
	up 3
	one=$(waits_for one one)
	job "$one" in_progress >/dev/null
	control drain 1 >drain.out 2>drain.err 3>&- &
	drain=$!
	until_true 20 grep -q "waiting for 1 slot, 1 with a job" drain.err
	run control drain b
	[ "$status" = 0 ]
	[[ $output == *"slot 2: drains: it has no job"*"slot 3: drains: it has no job"*"drained; "* ]]
	kill -0 $drain
	release one
	[ "$(conclusion "$one")" = success ]
	wait $drain
	[ "$(head -n 1 drain.out)" = "slot 1: drains: its job runs on" ]
	[[ $(tail -n 1 drain.out) == "drained; "* ]]
	[ -z "$(registered)" ]
	# All are down; the supervisor waits, and a reload brings them back.
	not not_running "$RUNNER_PID"
	run control reload
	[ "$status" = 0 ]
	[ "$output" = $'slot 1: drained: it starts again\nslot 2: drained: it starts again\nslot 3: drained: it starts again' ]
	up 3
	[ "$(conclusion "$(job_for two true)")" = success ]
	# A deadline: the job is canceled, and its always() steps run.
	id=$(queue '{"labels": ["one"], "steps": [{"run": "echo begun; sleep 600"}, {"run": "echo cleaned up", "if": "always()"}]}')
	wait_log "$id" begun
	run control drain --deadline 1s a
	[ "$status" = 0 ]
	[ "$(conclusion "$id")" = cancelled ]
	log_has "$id" "cleaned up"
	stops 60
}

@test "drain of all, and stop, wait for the supervisor's end" {
	pools '{"name": "a", "labels": ["one"], "profile": "job.json", "min": 2}'
	start_pools
	up 2
	one=$(waits_for one one)
	job "$one" in_progress >/dev/null
	control drain >drain.out 2>drain.err 3>&- &
	drain=$!
	until_true 60 grep -q "waiting for 1 slot, 1 with a job" drain.err
	release one
	wait $drain
	[ "$(conclusion "$one")" = success ]
	ended 30
	[ "$status" = 0 ]
	[[ $(tail -n 1 drain.out) == "the supervisor has ended" ]]
	nothing_left
	start_pools
	up 2
	id=$(queue '{"labels": ["one"], "steps": [{"run": "echo begun; sleep 600"}, {"run": "echo cleaned up", "if": "always()"}]}')
	wait_log "$id" begun
	run control stop
	[ "$status" = 0 ]
	[[ $output == *"jobs are canceled, then the supervisor ends"*"the supervisor has ended"* ]]
	ended 30
	[ "$status" = 0 ]
	[ "$(conclusion "$id")" = cancelled ]
	log_has "$id" "cleaned up"
	nothing_left
}

@test "commands to nobody, to nothing of that name, and wrong ones" {
	for command in drain stop reload; do
		run control $command
		[ "$status" = 4 ]
		[[ $output == *"no supervisor runs with the state directory $STATE (COFFERDAM_STATE_DIR: that of \`cofferdam runner start\`)"* ]]
	done
	pools '{"name": "a", "profile": "job.json"}'
	start_pools
	up 1
	run control drain b
	[ "$status" = 2 ]
	[[ $output == "b: no slot has this number, and no pool this name" ]]
	run control drain 2
	[ "$status" = 2 ]
	run control drain --deadline 7h a
	[ "$status" = 2 ]
	[[ $output == "--deadline: longer than COFFERDAM_DRAIN "* ]]
	run control drain --deadline 7 a
	[ "$status" = 2 ]
	run control drain 'a b'
	[ "$status" = 2 ]
	run control drain a b
	[ "$status" = 2 ]
	run control reload x
	[ "$status" = 2 ]
	# Bytes that are no request end that connection, and nothing else.
	run python3 -c '
import os, socket, sys
for data in b"\n", b"drain\n", b"drain - - -\n", b"x" * 500, b"stop\0\n", b"drain ../x -\n":
    s = socket.socket(socket.AF_UNIX)
    os.chdir(sys.argv[1])
    s.settimeout(20)
    s.connect("control")
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
    try:
        print(s.makefile().read().replace("\n", "|"))
    except ConnectionResetError:
        print("reset")
' "$STATE"
	[ "$status" = 0 ]
	[ "${lines[1]}" = "l request: unknown|x 2|" ]
	[[ $(stat -c %a "$STATE/control") == 600 ]]
	# What the environment describes is not read again.
	stops 60
	[ ! -e "$STATE/control" ]
	start ACCESS_TOKEN=$PAT
	up 1
	run control drain 1
	[ "$status" = 0 ]
	[ -z "$(registered)" ]
	run control reload
	[ "$status" = 0 ]
	[ "$output" = $'slot 1: drained: it starts again\nno file of pools: the environment was read at the start; drained slots start again' ]
	up 1
	stops 60 HUP
}

@test "the file is refused by the line, variables that contradict it by name" {
	pools '{"name": "a", "profile": "job.json", "warm": 2}'
	run runner COFFERDAM_PROFILE= start --config pools.json ACCESS_TOKEN=$PAT
	[ "$status" = 2 ]
	run runner ACCESS_TOKEN=$PAT COFFERDAM_PROFILE= RUNNER_LABELS=x start --config pools.json
	[ "$status" = 2 ]
	[[ $output == *"RUNNER_LABELS: contradicts pools.json, which says it for each pool (unset it)"* ]]
	[[ $output == *"pools.json:6:7: warm: requires a max that is larger than min (set max)"* ]]
	run runner ACCESS_TOKEN=$PAT COFFERDAM_PROFILE= start --config missing.json
	[ "$status" = 2 ]
	[[ $output == *"missing.json: No such file or directory"* ]]
	run runner schema
	[ "$status" = 0 ]
	jq -e '.properties.pools.items.properties.min.maximum == 128' <<<"$output" >/dev/null
}
