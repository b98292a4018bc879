#!/usr/bin/env bats
# The recipes of docs/images.md: each test takes its commands out of the page and runs them. One image is made by mmdebstrap from the
# Debian mirror, and the others from it: they follow each other in the order of the page. Large packages of a recipe are left out here.

# shellcheck disable=SC2030,SC2031,SC2154 # each test has its own; run sets output
load helpers

setup_file() {
	export W=$BATS_FILE_TMPDIR/w
	mkdir "$W" "$BATS_FILE_TMPDIR/bin"
}

setup() {
	export COFFERDAM_IMAGES=$BATS_FILE_TMPDIR/store
	unset XDG_RUNTIME_DIR
	ln -sf "$COFFERDAM" "$BATS_FILE_TMPDIR/bin/cofferdam"
	PATH=$BATS_FILE_TMPDIR/bin:$PATH
	cd "$W" || return
}

# What subordinate ids own is removed through their map.
teardown_file() {
	local name
	export COFFERDAM_IMAGES=$BATS_FILE_TMPDIR/store
	for name in "$COFFERDAM_IMAGES"/names/*; do
		[ ! -L "$name" ] || "$COFFERDAM" image remove "${name##*/}" || :
	done
}

# recipe HEADING: the commands below it.
recipe() {
	sed -n "/^### $1\$/,/^##/{/^\`\`\`/,/^\`\`\`/{/^\`\`\`/!p}}" "$SRC/docs/images.md"
}

# follow HEADING [SED…]: runs the recipe, every command of which must succeed.
follow() {
	local heading=$1 script

	shift
	script=$(recipe "$heading" | sed "$@" -e '')
	[ -n "$script" ]
	echo "$script"
	run timeout 900 bash -e -o pipefail -c "$script" </dev/null
	echo "$status: $output"
	[ "$status" = 0 ]
}

# An image that an earlier recipe makes.
made() {
	[ -L "$COFFERDAM_IMAGES/names/$1" ] || skip "the recipe of the image $1 was skipped"
}

network() {
	"$COFFERDAM" run --quiet --network open -- true || skip "no network of its own is to be had"
}

@test "Debian, made by mmdebstrap" {
	need mmdebstrap
	need curl
	curl -fsSI --max-time 20 http://deb.debian.org/debian/dists/bookworm/InRelease >/dev/null || skip "no Debian mirror can be reached"
	[ "$("$COFFERDAM" run --quiet --identity subuid -- id -u)" = 0 ] || skip "no subordinate ids"
	follow "Debian, made by mmdebstrap"
	[[ ${lines[-1]} == 12.* ]]
	run -0 "$COFFERDAM" image verify debian
	[ -z "$output" ]
}

@test "An OCI image" {
	need umoci
	need skopeo
	made debian
	follow "An OCI image"
	[[ ${lines[-1]} == 12.* ]]
}

@test "The tools that the official runner requires" {
	made debian
	network
	follow "The tools that the official runner requires"
	[[ ${lines[-1]} == "git version "* ]]
	rm new/runner.tar
	# What its programs are linked with is there; and where there is a runner, it starts.
	"$COFFERDAM" run --quiet --root image:runner --identity subuid -- sh -ec 'ldconfig -p | grep -q libicuuc && ldconfig -p | grep -q libssl.so.3 && test -s /etc/ssl/certs/ca-certificates.crt'
	grep -q ^root:x:0:0:root:/root: "$COFFERDAM_IMAGES/names/runner/root/etc/passwd"
	if [ -x "${RUNNER_DIST:-/nothing}/bin/Runner.Listener" ]; then
		run -0 "$COFFERDAM" run --quiet --root image:runner --identity subuid --ro "$RUNNER_DIST/bin:/runner/bin" -- /runner/bin/Runner.Listener --version
		[[ $output =~ ^[0-9]+\.[0-9]+\. ]]
	fi
}

@test "Like a hosted runner" {
	made runner
	network
	follow "Like a hosted runner" -e 's/build-essential jq python3/jq/'
	[ "${lines[-3]}" = runner ]
	[ "${lines[-2]}" = root ]
	[[ ${lines[-1]} == jq-* ]]
}

@test "every recipe of the page has its test" {
	diff <(sed -n '/^## Recipes/,$s/^### //p' "$SRC/docs/images.md" | sort) <(sed -n 's/^@test "\([^"]*\)".*/\1/p' "$BATS_TEST_FILENAME" | grep -v '^every recipe' | sort)
}
