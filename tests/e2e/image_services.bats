#!/usr/bin/env bats
# What workflows of hosted runners do, in an image: packages, services with users of their own, accounts, as the user `runner` with sudo.

load helpers
load image_root_helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# everything OPTION…: the steps in one job; what they say is in said.
everything() {
	local step script=()

	for step in "${STEPS[@]}"; do
		script+=("bash -e -o pipefail -c ${step@Q}")
	done
	"$COFFERDAM" run --profile job --allow-degraded memory,pids,cpu --network-open "$MIRROR" --root image:services --identity subuid \
		--as runner --sudo all --report report.json "$@" -- bash -e -c "$(printf '%s\n' "${script[@]}")" >said 2>&1 || {
		cat said
		return 1
	}
}

@test "packages, services, accounts, pip and a compile, in an image, with a layer in memory" {
	need_image
	everything
	said_all said
	jq -e '.teardown.residue == [] and .sudo.calls > 20 and .sudo.refused == 0' report.json
	"$COFFERDAM" image verify services
}

@test "the same with a layer on disk and a workspace of the caller's, which is the caller's again" {
	need_image
	case $(stat -f -c %T .) in ext2/ext3 | xfs | btrfs) ;; *) skip "$PWD lies on $(stat -f -c %T .): ext4, xfs or btrfs is required" ;; esac
	mkdir ws
	COFFERDAM_LAYERS=$PWD/layers everything --layer disk --workspace "$PWD/ws"
	said_all said
	jq -e '.teardown.residue == [] and .sudo.refused == 0' report.json
	[ -z "$(find ws ! -user "$(id -un)")" ]
	[ -x ws/main ]
	[ -z "$(ls layers)" ]
	"$COFFERDAM" image verify services
}
