#!/usr/bin/env bats
# The recipes of docs/recipes.md: each test takes its commands out of the page and runs them. Registry, proxy and GitHub are doubles
# on loopback, which the commands are given in place of the page's addresses. A program that is not there is skipped by name.

load helpers

setup_file() {
	local servers=$BATS_FILE_TMPDIR/servers

	mkfifo "$servers"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=registry.example -addext subjectAltName=DNS:registry.example \
		-keyout "$BATS_FILE_TMPDIR/key.pem" -out "$BATS_FILE_TMPDIR/ca.pem" 2>/dev/null
	python3 "$BATS_TEST_DIRNAME/recipes_server.py" "$BATS_FILE_TMPDIR" "$BATS_FILE_TMPDIR/ca.pem" "$BATS_FILE_TMPDIR/key.pem" \
		>"$servers" 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/server.pid"
	read -r -t 20 REGISTRY PROXY <"$servers"
	export REGISTRY PROXY
}

teardown_file() {
	kill "$(cat "$BATS_FILE_TMPDIR/server.pid")"
}

setup() {
	W=$BATS_TEST_TMPDIR/w
	export HOME=$BATS_TEST_TMPDIR/home
	mkdir "$W" "$HOME" "$BATS_TEST_TMPDIR/bin"
	ln -s "$COFFERDAM" "$BATS_TEST_TMPDIR/bin/cofferdam"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	cd "$W" || return
}

requires() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# network PORT: what stands for `--network open` here: the same with the double opened by name, or, where a network of its own is
# not to be had, the host's.
network() {
	if "$COFFERDAM" run --network open -- true 2>/dev/null; then
		echo "--network open --network-open 127.0.0.1:$1"
	else
		echo "--network host"
	fi
}

# recipe HEADING: the commands below it.
recipe() {
	sed -n "/^## $1\$/,/^## /{/^\`\`\`/,/^\`\`\`/{/^\`\`\`/!p}}" "$SRC/docs/recipes.md"
}

# follow HEADING [PORT [SED…]]: runs the recipe, every command of which must succeed.
follow() {
	local heading=$1 port=${2:-1} script

	shift; shift || :
	script=$(recipe "$heading" | sed -e "s/--network open\( --network-open [0-9.:]*\)\{0,1\}/$(network "$port")/" -e "s/10\.1\.2\.3:[0-9]*/127.0.0.1:$port/g" "$@")
	[ -n "$script" ]
	echo "$script"
	run timeout 120 bash -e -o pipefail -c "$script" </dev/null
	echo "$status: $output"
	[ "$status" = 0 ]
}

@test "npm" {
	requires npm
	cp -r "$BATS_FILE_TMPDIR/npm/." .
	follow npm "$REGISTRY"
	[ -e node_modules/recipe-dep/package.json ]
	[ -d ~/.npm/_cacache ]
}

@test "cargo" {
	requires cargo
	mkdir -p ~/.rustup ~/.cargo/bin src
	printf '[package]\nname = "x"\nversion = "1.0.0"\n' >Cargo.toml
	echo 'fn main() {}' >src/main.rs
	follow cargo 1
	[ -x target/debug/x ]
}

@test "Maven" {
	requires mvn
	echo '<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>y</artifactId><version>1</version><packaging>pom</packaging></project>' >pom.xml
	follow Maven 1 -e 's/mvn -B -q/mvn -o -B -X/'
	[[ $output == *"Using local repository at /home/job/.m2/repository"* ]]
}

@test "pip" {
	requires python3
	"$COFFERDAM" run -- python3 -m pip --version || skip "pip is not installed"
	cp -r "$BATS_FILE_TMPDIR/pip/." .
	follow pip "$REGISTRY" -e 's/pip install/pip --disable-pip-version-check install/'
	[ -e site/recipe_dep.py ]
	[ -n "$(find ~/.cache/pip -type f)" ]
}

@test "ccache" {
	requires ccache
	echo 'int main(void) { return 0; }' >x.c
	printf 'x: x.o\n\t$(CC) -o x x.o\nx.o: x.c\n\t$(CC) -c -o x.o x.c\n' >Makefile
	follow ccache
	rm x x.o
	follow ccache
	[[ $("$COFFERDAM" run --rw ~/.cache/ccache:/home/job/.cache/ccache -- ccache --print-stats) =~ direct_cache_hit[[:space:]]+1 ]]
}

@test "A private registry" {
	requires npm
	cp -r "$BATS_FILE_TMPDIR/npm/." .
	sed -i '/^registry/d' .npmrc
	follow "A private registry" "$REGISTRY"
	[ -e node_modules/recipe-dep/package.json ]
}

@test "A proxy with its own CA" {
	cp "$BATS_FILE_TMPDIR/ca.pem" .
	follow "A proxy with its own CA" "$PROXY"
	[ "$(cat page)" = proxy ]
	# Without the certificate the connection is refused.
	run bash -c "$(recipe "A proxy with its own CA" | sed -e "s/--network open --network-open [0-9.:]*/$(network "$PROXY")/" -e "s/10\.1\.2\.3:[0-9]*/127.0.0.1:$PROXY/g" -e 's,--env SSL_CERT_FILE=/run/ca.pem,,')"
	[ "$status" = 60 ]
}

@test "GitHub Enterprise Server" {
	local line url hub job
	mkfifo hub.out
	"$BUILD/tests/hub" --listen 127.0.0.1:0 --pat pat-of-the-test --poll-seconds 1 >hub.out 3>&- &
	hub=$!
	read -r -t 10 line <hub.out
	url=${line#hub: listening on }
	"$SRC/tests/standin/make-dist.sh" "$BUILD" "$W/dist"
	(umask 077; echo pat-of-the-test >pat)
	# shellcheck disable=SC2046 # words
	jq -n --arg network "$(set -- $(network 1); echo "$2")" --arg hub "${url#http://}" \
		'{extends: "job", network: $network, allow_degraded: ["memory", "pids", "cpu"]} + if $network == "open" then {network_open: [$hub]} else {} end' >job.json
	export RUNNER_DIR=$W/dist COFFERDAM_STATE_DIR=$W/state COFFERDAM_PROFILE=$W/job.json
	job=$(curl -fsS -X POST -d '{"name": "x", "repository": "octo/repo", "steps": [{"name": "x", "run": "true"}]}' "$url/_hub/jobs" | jq -r .id)
	follow "GitHub Enterprise Server" 1 -e "s,https://ghes.example,$url,"
	[ "$(curl -fsS "$url/_hub/jobs/$job" | jq -r .conclusion)" = success ]
	kill "$hub"
}

@test "make's SHELL" {
	printf 'HERE := $(shell echo $$HOME)\nall:\n\t@echo $(HERE) $$HOME\n\t@! unshare -Ur true\n' >Makefile
	follow "make's SHELL"
	[[ $output == *"/home/job /home/job"* ]]
}

# step HEADING VARIABLE: the shell line of a step of another CI, with the variable that names the checkout.
step() {
	local line

	line=$(recipe "$1" | grep -o 'cofferdam run .*' | sed "s/'\$//")
	[ -n "$line" ]
	printf 'all:\n\ttest -n "$(CI)$(BUILD_NUMBER)$(BUILDKITE_COMMIT)"\n\ttouch built\n' >Makefile
	run env "$2=$W" CI=true BUILD_NUMBER=7 BUILDKITE_COMMIT=abc TOKEN_OF_THE_CI=s3cret bash -ec "$line"
	echo "$line: $status: $output"
	[ "$status" = 0 ]
	[ -e built ]
	run env "$2=$W" CI=true TOKEN_OF_THE_CI=s3cret bash -ec "${line/%make/env}"
	[ "$status" = 0 ]
	[[ $output != *s3cret* ]]
}

@test "A GitLab CI step" { step "A GitLab CI step" CI_PROJECT_DIR; }
@test "A Jenkins step" { step "A Jenkins step" WORKSPACE; }
@test "A Buildkite step" { step "A Buildkite step" BUILDKITE_BUILD_CHECKOUT_PATH; }

@test "Chromium and Playwright" {
	requires chromium
	follow "Chromium and Playwright"
	[[ $output == *PRETTY_NAME* ]]
}

@test "A JVM" {
	requires java
	follow "A JVM" 1 -e 's/run /run --allow-degraded memory,pids /'
	[[ $output == *"64-Bit"* ]]
}

@test "QEMU" {
	requires qemu-system-x86_64
	# A boot sector that ends the machine: an empty interrupt table, then an interrupt.
	printf '\x2e\x0f\x01\x1e\x08\x7c\xcc\x90' >disk.img
	truncate -s 510 disk.img
	printf '\x55\xaa' >>disk.img
	truncate -s 1M disk.img
	follow QEMU
}

@test "Debugging a denial" {
	follow "Debugging a denial"
	[[ $output == *"denied: unshare(2) by unshare "* ]]
	[[ $output == *"  remedy  "* ]]
}

@test "every recipe of the page has its test" {
	diff <(sed -n 's/^## //p' "$SRC/docs/recipes.md" | sort) <(sed -n 's/^@test "\([^"]*\)".*/\1/p' "$BATS_TEST_FILENAME" | grep -v '^every recipe' | sort)
}
