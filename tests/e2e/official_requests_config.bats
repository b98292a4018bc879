#!/usr/bin/env bats
# The stand-in and the official runner, each alone, in the same scenarios: what they ask the double of GitHub for is the same but for the
# differences that tests/standin/requests.differences names. Here: config.sh.

# shellcheck disable=SC2016 # for the steps
load official_requests_helpers

two() {
	registers
	bare "$W/dist/bin/Runner.Listener" run
	[ "$(conclusion "$(script "echo first")")" = success ]
	one_job stop
}

@test "requests: registered by config.sh, two jobs one after the other, stopped" {
	both two
}

ephemeral() {
	registers --ephemeral
	bare "$W/dist/bin/Runner.Listener" run
	one_job
	[ -z "$(registered)" ]
}

@test "requests: registered by config.sh for one job" {
	both ephemeral
}

removed() {
	registers
	unregister dist
	[ -z "$(registered)" ]
}

@test "requests: registered and deregistered by config.sh" {
	both removed
}

absent() {
	registers
	delete_runner
	not unregister dist
	[ -e dist/.runner ]
}

@test "requests: config.sh is to deregister a runner that GitHub does not know any more, and fails" {
	both absent
}

busy() {
	registers
	cp -r dist copy
	bare "$W/dist/bin/Runner.Listener" run
	id=$(script "echo begun; until [ -e '$W/go' ]; do read -rt 0.1 <> <(:) || :; done")
	begun
	not unregister copy
	touch go
	[ "$(conclusion "$id")" = success ]
	stop
	ended 300
}

@test "requests: config.sh is to deregister a runner that has a job, and is refused" {
	both busy
}

refused() {
	namespace
	hub
	TOKEN=wrong not configure dist
}

@test "requests: config.sh with a token that is none" {
	both refused
}

taken() {
	cp -r dist copy
	registers
	not configure copy
	configure copy --replace
}

@test "requests: config.sh with a name that is taken, and then to replace it" {
	both taken
}
