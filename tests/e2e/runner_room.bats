#!/usr/bin/env bats
# A slot takes a job only while this host has room for one: COFFERDAM_MIN_FREE_DISK, COFFERDAM_MIN_FREE_MEMORY.

load runner_helpers

available() {
	echo $(($(stat -f -c '%a * %S' "$W") / 1048576))
}

# A quarter of what is free is taken, and half of that more is asked for than is left: others may take or give back some.
room_setup() {
	part=$(($(available) / 4))
	fallocate -l ${part}M "$W/fill" || skip "no room, or no file system, for a file of ${part} MiB"
	LEAST=$(($(available) + part / 2))M
}

said_again() {
	[ "$(grep -cF -- "$2" "$W/err")" = "$1" ]
}

@test "too little disk space: not registered, said once; when there is room, the job runs" {
	room_setup
	id=$(script true)
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true COFFERDAM_MIN_FREE_DISK=$LEAST
	until_true 30 said "too little room for a job: disk: $STATE: "
	[ -z "$(registered)" ]
	[ "$(job "$id" queued | jq -r .status)" = queued ]
	rm "$W/fill"
	[ "$(conclusion "$id")" = success ]
	ended 30
	[ "$status" = 0 ]
	said_again 1 "too little room for a job"
	said_again 1 "room for jobs again"
	nothing_left
}

@test "with less asked for, or nothing, the same host takes the job" {
	room_setup
	for less in 1M 0; do
		id=$(script true)
		start ACCESS_TOKEN="$PAT" EPHEMERAL=true COFFERDAM_MIN_FREE_DISK=$less
		[ "$(conclusion "$id")" = success ]
		ended 30
		nothing_left
	done
	not said "too little room"
}

@test "the disk fills while a runner waits: it is given up, and registered anew when there is room" {
	room_setup
	rm "$W/fill"
	start ACCESS_TOKEN="$PAT" RUNNER_NAME=roomy COFFERDAM_MIN_FREE_DISK=$LEAST
	wait_runner idle roomy
	fallocate -l ${part}M "$W/fill"
	wait_runner absent roomy
	until_true 30 said "runner roomy: deregistered"
	said_again 1 "giving the runner up until there is more"
	id=$(script true)
	rm "$W/fill"
	[ "$(conclusion "$id")" = success ]
	said_again 1 "room for jobs again"
	stops 30
}

@test "too little memory: not registered, and a stop is heard" {
	start ACCESS_TOKEN="$PAT" COFFERDAM_MIN_FREE_MEMORY=1048576G
	until_true 30 said "too little room for a job: memory: "
	[ -z "$(registered)" ]
	stops 20
	run runner ACCESS_TOKEN="$PAT" COFFERDAM_MIN_FREE_MEMORY=some start
	[ "$status" = 2 ]
	[[ $output == *"COFFERDAM_MIN_FREE_MEMORY: "* ]]
	run runner ACCESS_TOKEN="$PAT" COFFERDAM_MIN_FREE_DISK=-1 start
	[ "$status" = 2 ]
	nothing_left
}
