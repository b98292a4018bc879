#!/usr/bin/env bats
# docs/report.schema.json: reports of every kind are what it says, and nothing else is.

load helpers

schema=$BATS_TEST_DIRNAME/../../docs/report.schema.json

# report NAME STATUS COMMAND…: a report NAME.json of a run that ends with STATUS.
report() {
	status=0
	"$COFFERDAM" "${@:3}" 2>/dev/null || status=$?
	echo "$1: $status"
	[ "$status" = "$2" ]
	[ -s "$1.json" ]
}

@test "reports of every kind are valid, and invalid with any one fault" {
	report plain 0 run --report plain.json -- true
	report failed 3 run --report failed.json --no-explain -- sh -c 'exit 3'
	report killed 143 run --report killed.json -- sh -c 'kill $$'
	report not-found 127 run --report not-found.json -- no-such-command
	report refused 125 run --report refused.json -- true </
	report early 125 run --report early.json --id early --cgroup /sys/fs/cgroup/none --memory 1G -- true
	report denied 1 run --report denied.json --explain -- sh -c 'unshare -n true; touch /usr/x'
	report timeout 124 run --report timeout.json --time 100ms --grace 0s -- sleep 60
	report disk 137 run --report disk.json --disk 1M --workspace "$(mktemp -d ws.XXXXXX)" -- sh -c 'head -c 9000000 /dev/zero >f; sleep 60'
	report limits 0 run --report limits.json --allow-degraded limits --memory 1G --pids 64 --cpus 1 --swap 0 --io-read 1G --tty yes -- true </dev/null
	report changes 0 run --report changes.json --root overlay --changes list -- touch /usr/new
	report network 0 run --report network.json --network open --allow-degraded network -- true
	report entrypoint 0 entrypoint --report entrypoint.json --allow-degraded landlock -- true
	[ "$(jq -r .ended_by plain.json timeout.json disk.json refused.json killed.json | xargs)" = "exit timeout disk launcher signal" ]
	jq -e '(.denials.seccomp | length > 0) and (.denials.kernel | length > 0)' denied.json
	jq -e '.changes.added == 1' changes.json
	jq -e '.network | has("packets_refused")' network.json
	[ "$(jq -r '.id, .status, .ended_by, has("protections")' early.json | xargs)" = "early 125 launcher false" ]
	report given 125 run --report given.json --keep-fd 77 -- true
	[ "$(jq -r '.status, has("protections")' given.json | xargs)" = "125 false" ]
	[[ $(jq -r .error given.json) == "file descriptor 77: Bad file descriptor" ]]
	# One report with all that others have.
	jq --slurpfile changes changes.json '.changes = $changes[0].changes
		| .network = {packets_refused: 1, error: null}
		| .denials.network = [{address: "10.0.0.1", port: 80, protocol: "tcp", count: 1}]' denied.json >all.json
	python3 "$BATS_TEST_DIRNAME/report_schema.py" "$schema" ./*.json -- all.json
}
