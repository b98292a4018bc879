#!/usr/bin/env bats
# What GitHub's service tells a runner beside its jobs, played by the double with the official runner: an update, new configuration, new access
# tokens.

load official_helpers

# listens NAME: the distribution alone, with a registration of this name, and polling.
listens() {
	bare "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit "$1")"
	until_true 300 asked_more_than GET /broker/message 0
}

# notify NAME JSON: a message for this runner.
notify() {
	curl -sf "$URL/_hub/runners/$1/messages" -d "$2"
}

# asked METHOD PATH: how many requests there were.
asked() {
	curl -sf "$URL/_hub/requests?method=$1&path=$2" | jq '.requests | length'
}

asked_more_than() {
	[ "$(asked "$1" "$2")" -gt "$3" ]
}

# package: what an update would download, with another program in the Listener's place.
package() {
	mkdir -p new/bin new/externals
	cp dist/bin/update.sh.template new/bin
	echo "not a runner" >new/bin/Runner.Listener
	for script in run config env; do
		echo "echo $script of the update" >"new/$script.sh"
	done
	tar -C new -czf new.tar.gz .
	curl -sf -X PUT "$URL/_hub/files/new.tar.gz" --data-binary @new.tar.gz
}

# one_step: a job, which is done.
one_step() {
	[ "$(conclusion "$(script true)")" = success ]
}

@test "alone, an update is downloaded and put in the place of the distribution, and the Listener ends" {
	hub
	package
	listens updated
	notify updated '{"type": "RunnerRefresh", "version": "2.999.0", "file": "new.tar.gz"}'
	ended 300
	[ "$status" = 4 ]
	said "Downloading 2.999.0 runner"
	[ "$(cat dist/bin.2.999.0/Runner.Listener)" = "not a runner" ]
	until_true 300 test -L dist/bin
	until_true 300 no_process_left
}

@test "alone, an update whose checksum is wrong fails, and the runner works on" {
	hub --offer-seconds 3
	package
	listens warned
	notify warned '{"type": "RunnerRefresh", "version": "2.999.0", "file": "new.tar.gz", "sha256": "00"}'
	until_true 300 said "Runner update failed: "
	one_step
	ended 300
	[ "$status" = 0 ]
	"$W/dist/bin/Runner.Listener" --version
}

# What it passes over while it updates itself, it is not offered again before ten minutes are over.
@test "in Cofferdam, an update that is offered keeps no job waiting and changes nothing" {
	hub --offer-seconds 600
	package
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_NAME=offered
	until_true 300 asked_more_than POST /broker/session 0
	notify offered '{"type": "RunnerRefresh", "version": "2.999.0", "file": "new.tar.gz"}'
	one_step
	ended 300
	[ "$status" = 0 ]
	said "Runner update failed: "
	curl -sf "$URL/_hub/requests?path=/broker/message" | jq -e '[.requests[] | select(.status == 200)] | length == 2'
	[ "$(asked GET /files/)" = 0 ]
	"$W/dist/bin/Runner.Listener" --version
	[ ! -e dist/bin.2.999.0 ]
	nothing_left
}

@test "refreshed credentials lead the runner to the second place for access tokens, and it says so" {
	hub
	listens migrated
	[ "$(asked POST /oauth/v2/token)" = 0 ]
	notify migrated '{"type": "RunnerRefreshConfig", "config": "credentials"}'
	until_true 300 asked_more_than POST /oauth/v2/token 0
	[ -s dist/.credentials_migrated ]
	curl -sf "$URL/_hub/runners" | jq -e '.runners[0].updates[0] == {state: "RefreshConfig", trace: "Runner credentials updated successfully. Auth migration is enabled."}'
	one_step
	ended 300
	[ "$status" = 0 ]
}

@test "refreshed settings make the runner open a new session" {
	hub
	listens resettled
	notify resettled '{"type": "RunnerRefreshConfig", "config": "runner"}'
	until_true 300 asked_more_than POST /broker/session 1
	[ -s dist/.runner_migrated ]
	[ "$(asked DELETE /broker/session)" = 1 ]
	one_step
	ended 300
	[ "$status" = 0 ]
}

@test "in Cofferdam, refreshed credentials and settings are taken, the job is done, and nothing is left" {
	hub
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_NAME=both
	until_true 300 asked_more_than POST /broker/session 0
	notify both '{"type": "RunnerRefreshConfig", "config": "credentials"}'
	until_true 300 asked_more_than POST /oauth/v2/token 0
	notify both '{"type": "RunnerRefreshConfig", "config": "runner"}'
	until_true 300 asked_more_than POST /broker/session 1
	one_step
	ended 300
	[ "$status" = 0 ]
	nothing_left
}

# The Listener sleeps for 30 s before it goes to the first place.
@test "registered by config.sh, a runner asks for its access tokens at the second place; if that one refuses, at the first" {
	namespace
	hub
	"${IN[@]}" "$W/dist/config.sh" --unattended --url "$URL/octo/demo" --token "$TOKEN" --name two --ephemeral
	curl -sf "$URL/_hub/faults" -d '{"path": "/oauth/v2/token", "times": 0, "status": 400, "body": {"error": "invalid_request"}}'
	bare "$W/dist/bin/Runner.Listener" run
	until_true 300 asked_more_than GET /broker/message 0
	asked_more_than POST /oauth/v2/token 0
	one_step
	ended 300
	[ "$status" = 0 ]
}

@test "told to, a runner gets a new access token" {
	hub
	listens renewed
	before=$(asked POST /oauth/token)
	notify renewed '{"type": "ForceTokenRefresh"}'
	until_true 300 asked_more_than POST /oauth/token "$before"
	one_step
	ended 300
	[ "$status" = 0 ]
}
