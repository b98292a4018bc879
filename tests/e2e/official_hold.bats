#!/usr/bin/env bats
# A failed job of the official runner is held: nothing of its token is left where somebody looks.

load official_helpers
load terminal_helpers

held() {
	contract
	env -i "${CONTRACT[@]}" "$BUILD/cofferdam-runner" status --json | jq -r '.held[].id'
}

is_held() {
	[[ -n $(held) ]]
}

@test "a failed job is held, and its token is nowhere in it" {
	hub
	jq -n '{pools: [{name: "a", profile: "job.json", ephemeral: true, hold_failed: "10m"}]}' >pools.json
	start ACCESS_TOKEN="$PAT" COFFERDAM_PROFILE= COFFERDAM_CONFIG="$W/pools.json"
	# The job leaves the token backwards, for who looks; and forwards in a process that the Worker does not end.
	cat >look.sh <<-'EOF'
		token=$(rev /tmp/nekot)
		echo
		grep -rlsF "$token" /tmp /var/tmp /run /dev/shm ~ "$1" || echo "no file has it"
		cat /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | grep -cF "$token"
		grep -h '^Seccomp:' /proc/self/status | tr -d '\t'
		ls -d "$1"/_diag/Worker_*.log >/dev/null && [ "${#token}" -gt 9 ] && echo looked
	EOF
	id=$(queue "$(jq -cn --rawfile look look.sh '{steps: [
		{run: "cat >/tmp/look.sh <<\"END\"\n\($look)END\nrev <<<$T >/tmp/nekot", env: {T: "${{ github.token }}"}},
		{run: "env -u RUNNER_TRACKING_ID setsid sleep 1000 </dev/null >/dev/null 2>&1 & disown; exit 1", env: {T: "${{ github.token }}"}}]}')")
	[ "$(conclusion "$id")" = failure ]
	until_true 60 is_held
	contract
	at_terminal expect:'$' type:"bash /tmp/look.sh $W/dist^M" expect:looked type:'exit^M' -- \
		env -i "${CONTRACT[@]}" "$BUILD/cofferdam-runner" attach
	[[ $end == "exit 0, settings restored, 0 typed" ]]
	for line in "no file has it" 0 "Seccomp:2"; do
		grep -xF "$line" <<<"$output"
	done
	runner release
	stops 60
}
