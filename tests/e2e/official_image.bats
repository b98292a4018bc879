#!/usr/bin/env bats
# The official runner with an image as the root of its jobs, whose steps are the user `runner` with sudo.

# shellcheck disable=SC2016,SC2154 # for the steps; the helpers set
load official_helpers
load image_root_helpers
eval "official_$(declare -f setup)"

setup() {
	official_setup
	[ -z "${URL:-}" ] || return
	need_image
}

# hub_for_images [KEY:VALUE,…]: the hub, and a profile of jobs in the image.
hub_for_images() {
	hub
	jq -n --arg hub "${URL#http://}" --arg mirror "$MIRROR" "{${1:+$1, }extends: \"job\", network_open: [\$hub, \$mirror], root: \"image:services\",
		identity: \"subuid\", user: \"runner\", sudo: \"all\", allow_degraded: [\"memory\", \"pids\", \"cpu\"]}" >job.json
}

# succeeded JOB: it did, with its log in job.log.
succeeded() {
	until_true 600 completed "$1"
	[ "$(conclusion "$1")" = success ]
	job_log "$1" >job.log
}

completed() {
	curl -sf "$URL/_hub/jobs/$1" | jq -e '.status == "completed"' >/dev/null
}

# What a step can find out of the Worker, as itself and by sudo. A process of the same user shows all of it.
PROBE='probe() {
		local shown=
		for who in "" sudo "sudo -u runner"; do
			for part in environ maps auxv; do
				! $who head -c 1 /proc/$2/$part >/dev/null 2>&1 || shown="$shown ${who:+by }$who:$part"
			done
			! $who readlink /proc/$2/exe >/dev/null || shown="$shown ${who:+by }$who:exe"
			! $who ls /proc/$2/fd 2>/dev/null | grep -q . || shown="$shown ${who:+by }$who:fd"
		done
		echo "$1 shows:$shown."
	}
	echo "worker is $(cat /proc/$PPID/comm)"
	sleep 600 </dev/null &
	probe other $!
	probe worker $PPID
	for file in Runner.Worker Runner.Listener; do
		for who in "" sudo; do
			$who test -e "$DIST/bin/$file" && echo "${who:-step} reads $file: $($who head -c 4 "$DIST/bin/$file" 2>/dev/null | tail -c 3)."
		done
	done'

everything() {
	id=$(script "${STEPS[@]}")
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true COFFERDAM_IMAGES="$COFFERDAM_IMAGES"
	succeeded "$id"
	said_all job.log
	ended 60
	said "residue: none"
	nothing_left
	report | jq -e '.residue == [] and .sudo.calls > 20 and .sudo.refused == 0'
	"$COFFERDAM" image verify services
}

@test "packages, services, accounts, pip and a compile, with a layer in memory" {
	hub_for_images
	everything
}

@test "the same with a layer on disk" {
	case $(stat -f -c %T .) in ext2/ext3 | xfs | btrfs) ;; *) skip "$PWD lies on $(stat -f -c %T .): ext4, xfs or btrfs is required" ;; esac
	hub_for_images 'layer: "disk"'
	everything
}

@test "a prepared sandbox, and the Worker in it: closed to the steps, and to root by sudo" {
	hub_for_images
	start ACCESS_TOKEN="$PAT" EPHEMERAL=true RUNNER_NAME=ready COFFERDAM_IMAGES="$COFFERDAM_IMAGES"
	wait_runner idle ready
	until_true 120 is_waiting
	id=$(script "DIST=$W/dist; $PROBE")
	succeeded "$id"
	cat job.log
	log_has "$id" "worker is Runner.Worker"
	log_has "$id" "other shows: :environ :maps :auxv :exe :fd by sudo:fd by sudo -u runner:environ"
	log_has "$id" "worker shows:."
	for who in step sudo; do
		log_has "$id" "$who reads Runner.Worker: ."
		log_has "$id" "$who reads Runner.Listener: ELF."
	done
	ended 60
	said "residue: none"
	nothing_left
	[ -e "$STATE/reports/$ready.json" ] # it was that sandbox
}

# A sandbox waits for its job, behind its filter: its id is in $ready.
is_waiting() {
	local dir launcher init command

	for dir in "$STATE"/jobs/*; do
		launcher=$(jq .launcher "$dir/job.json" 2>/dev/null) || continue
		for init in $(children "$launcher" 2>/dev/null); do
			for command in $(children "$init" 2>/dev/null); do
				grep -q '^Seccomp:[[:space:]]*2$' "/proc/$command/status" || continue
				ready=$(basename "$dir")
				return 0
			done
		done
	done
	return 1
}
