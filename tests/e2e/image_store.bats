#!/usr/bin/env bats
# The store of images where something goes wrong: a disk that is full, a command that is killed between any two of its changes, hostile
# whiteouts, a registry on loopback that says what it should not, and the store shown to a job by another name.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export COFFERDAM_IMAGES=$PWD/store
	unset XDG_RUNTIME_DIR
}

# What subordinate ids own is removed through their map.
teardown() {
	local name
	[ ! -e registry.pid ] || kill "$(cat registry.pid)" || :
	for name in "$COFFERDAM_IMAGES"/names/*; do
		[ ! -L "$name" ] || "$COFFERDAM" image remove "${name##*/}" || :
	done
	chmod -R u+rwX . 2>/dev/null || :
}

# archive FILE [TEXT]: a root with busybox, as a tar archive.
archive() {
	rm -rf tree
	mkdir -p tree/{bin,etc,dev,proc,sys,tmp}
	cp "$(command -v busybox)" tree/bin/busybox
	ln -s busybox tree/bin/sh
	echo "${2:-first}" >tree/etc/name
	tar -C tree --owner=0 --group=0 -cf "$1" .
}

# says OPTION…: what a job with that root finds in its file.
says() {
	"$COFFERDAM" run --quiet "$@" -- /bin/sh -c 'busybox cat /etc/name'
}

# layout DIR SCRIPT: an image in OCI's layout whose layers SCRIPT makes: `with layer() as add: add(NAME, DATA, FIELD=…)`.
layout() {
	python3 -c 'import contextlib, gzip, hashlib, io, json, os, sys, tarfile
layers, ids, blobs = [], [], os.path.join(sys.argv[1], "blobs", "sha256")
os.makedirs(blobs)
def blob(data, kind):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(blobs, digest), "wb") as file: file.write(data)
    return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + digest, "size": len(data)}
@contextlib.contextmanager
def layer():
    out = io.BytesIO()
    archive = tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT)
    def add(name, data=b"", **more):
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(data), 0o755
        for key, value in more.items(): setattr(entry, key, value)
        archive.addfile(entry, io.BytesIO(data))
    yield add
    archive.close()
    ids.append("sha256:" + hashlib.sha256(out.getvalue()).hexdigest())
    layers.append(blob(gzip.compress(out.getvalue(), mtime=0), "layer.v1.tar+gzip"))
DIR, LINK, HARD = {"type": tarfile.DIRTYPE}, tarfile.SYMTYPE, tarfile.LNKTYPE
exec(sys.argv[2])
config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ids}}
manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": layers,
    "config": blob(json.dumps(config).encode(), "config.v1+json")}
index = {"schemaVersion": 2, "manifests": [dict(blob(json.dumps(manifest).encode(), "manifest.v1+json"),
    annotations={"org.opencontainers.image.ref.name": "latest"})]}
for name, text in ("index.json", index), ("oci-layout", {"imageLayoutVersion": "1.0.0"}):
    with open(os.path.join(sys.argv[1], name), "w") as file: json.dump(text, file)' "$1" "$2"
}

# --- a full disk

# What runs with a store of N files and SIZE bytes: the small file system is a tmpfs of a mount namespace of the test's own.
SMALL='mkdir -p small && mount -t tmpfs -o "nr_inodes=$1,size=$2" small small && shift 2 &&
	exec setpriv --inh-caps=-all --ambient-caps=-all "$@"'
small() {
	unshare --user --map-current-user --keep-caps --mount bash -c "$SMALL" - "$@"
}

# What fits says so; what does not is one line, and leaves what was there.
FILLED='archive=$1 said=$2
if "$COFFERDAM" image import --identity single one "$archive" >out 2>err; then
	echo done >"$said"
else
	[ "$?" = 125 ] && [ ! -s out ] && [ "$(grep -vc "one id only" err)" = 1 ] && grep -qE "^cofferdam: image: one: [^:]*: .*[(]no room is left in $COFFERDAM_IMAGES[)]$" err &&
		[ ! -e "$COFFERDAM_IMAGES/names/one" ] && [ -z "$(find "$COFFERDAM_IMAGES" -mindepth 2)" ] && echo full >"$said"
fi'

@test "a disk without room for a file more, at whatever point of an import, leaves nothing of it" {
	local full=0 fits=0
	small 100 1m true || skip "no mount namespace of its own is to be had"
	archive a.tar
	export COFFERDAM COFFERDAM_IMAGES=$PWD/small/store
	for files in 3 5 7 8 9 11 13 16 17 18 19 20 21 40; do
		rm -f said
		small "$files" 16m bash -c "$FILLED" - "$PWD/a.tar" "$PWD/said" || { echo "$files files"; cat err; false; }
		case $(cat said) in full) full=$((full + 1)) ;; done) fits=$((fits + 1)) ;; esac
	done
	echo "$full full, $fits fit"
	[ "$full" -ge 6 ]
	[ "$fits" -ge 1 ]
}

@test "a disk without room for the bytes of an update keeps the image that is there" {
	small 100 1m true || skip "no mount namespace of its own is to be had"
	archive a.tar first
	head -c 6M /dev/urandom >tree/blob
	echo second >tree/etc/name
	tar -C tree --owner=0 --group=0 -cf b.tar .
	export COFFERDAM COFFERDAM_IMAGES=$PWD/small/store
	small 1000 8m bash -c '"$COFFERDAM" image import --identity single one a.tar &&
		! "$COFFERDAM" image import --identity single one b.tar >out 2>err && cat err &&
		"$COFFERDAM" image verify one && [ "$(ls "$COFFERDAM_IMAGES/trees" | wc -l)" = 1 ] &&
		[ -z "$(find "$COFFERDAM_IMAGES"/new "$COFFERDAM_IMAGES"/trash -mindepth 1)" ] &&
		"$COFFERDAM" run --quiet --root image:one -- /bin/sh -c "busybox cat /etc/name" >said'
	cat err
	[ "$(cat said)" = first ]
	[ "$(grep -vc 'one id only' err)" = 1 ]
	grep -q "^cofferdam: image: one: tar: ./.*(no room is left in $COFFERDAM_IMAGES)\$" err
	# With room it is the update that a job finds.
	small 1000 32m bash -c '"$COFFERDAM" image import --identity single one a.tar && "$COFFERDAM" image import --identity single one b.tar &&
		"$COFFERDAM" run --quiet --root image:one -- /bin/sh -c "busybox cat /etc/name" >said'
	[ "$(cat said)" = second ]
}

# --- killed between any two changes

# killed CALL N COMMAND…: ends the command by SIGKILL right after its Nth such system call. 1: there was none.
killed() {
	local call=$1 n=$2 code=0
	shift 2
	strace -qq -o trace -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" "$COFFERDAM" "$@" >/dev/null 2>&1 || code=$?
	case $code in 137) ;; 0) return 1 ;; *) echo "$call $n: $code" && return 2 ;; esac
}

# each_call FUNCTION COMMAND…: the function after each command that was killed, and after the whole one. Of calls that make what is there
# already, or remove one file after the other, not each is tried.
each_call() {
	local function=$1 call step n ended
	shift
	need strace
	for call in symlinkat:1 renameat:1 syncfs:1 fsync:1 mkdirat:5 unlinkat:9; do
		step=${call#*:} call=${call%:*} n=1 ended=0
		while [ "$ended" = 0 ]; do
			"$COFFERDAM" image import one a.tar >/dev/null
			killed "$call" "$n" "$@" || ended=$?
			kills=$((kills + (ended == 0)))
			[ "$ended" -le 1 ]
			"$function"
			n=$((n + step))
		done
	done
}

after_remove() {
	if [ -L store/names/one ]; then
		run -0 "$COFFERDAM" image verify one
		[ "$(says --root image:one)" = first ]
		old=$((old + 1))
		"$COFFERDAM" image remove one
	else
		new=$((new + 1))
	fi
	"$COFFERDAM" image list
	[ -z "$(find store -mindepth 2)" ]
}

@test "remove that is killed after any of its changes leaves the image or none, and the next command removes the rest" {
	local kills=0 old=0 new=0
	archive a.tar
	each_call after_remove image remove one
	echo "$kills killed: $old with the image, $new without"
	[ "$kills" -gt 3 ]
	[ "$new" -gt 3 ]
}

after_update() {
	local text
	text=$(says --root image:one)
	case $text in first) old=$((old + 1)) ;; second) new=$((new + 1)) ;; *) false ;; esac
	run -0 "$COFFERDAM" image verify one
	[ -z "$output" ]
	# What it started ends by itself, and holds nothing then.
	until_true 20 bash -c '"$1" image list >/dev/null; [ -z "$(find store/new store/trash -mindepth 1)" ]' - "$COFFERDAM"
	[ "$(find store/trees -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
}

@test "an update that is killed after any of its changes leaves the old image or the new one" {
	local kills=0 old=0 new=0
	archive a.tar first
	archive b.tar second
	each_call after_update image import one b.tar
	echo "$kills killed: $old old, $new new"
	[ "$kills" -gt 8 ]
	[ "$old" -gt 3 ]
	[ "$new" -gt 3 ]
}

# --- hostile whiteouts

# In each second layer; the first has a root, etc/kept, and links that lead out of it.
@test "whiteouts that lead out of the tree, or are none, remove nothing outside and not the tree" {
	local script first name entry nothing
	need umoci
	need skopeo
	mkdir outside
	echo kept >outside/file
	archive a.tar
	"$COFFERDAM" image import other a.tar
	first='with layer() as add:
    for name in "etc", "bin", "srv", "srv/x": add(name, **DIR)
    add("etc/kept", b"kept\n")
    add("bin/busybox", open("tree/bin/busybox", "rb").read())
    add("bin/sh", type=LINK, linkname="busybox")
    add("etc/out", type=LINK, linkname="'$PWD/outside'")
    add("etc/up", type=LINK, linkname="../../../../../../../../..'$PWD/outside'")
    add("etc/store", type=LINK, linkname="'$COFFERDAM_IMAGES'")'
	nothing=(etc/.wh... etc/.wh.. .wh... .wh.. etc/.wh. etc/.wh.../outside)
	for name in "${nothing[@]}"; do
		rm -rf oci
		layout oci "$first"$'\nwith layer() as add: add("'"$name"'")'
		run_split "$COFFERDAM" image import one oci
		echo "$name: $status: $output: $stderr"
		[ "$status" = 125 ]
		[ "$stderr" = "cofferdam: image: one: layer 2: $name: a whiteout that names no file" ]
		[ ! -e store/names/one ]
	done
	rm -rf oci
	layout oci "$first"$'\nwith layer() as add: add("srv/y", type=HARD, linkname="srv/.wh.x")'
	run_split "$COFFERDAM" image import one oci
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: image: one: umoci: "*"srv/y: link: no such file"* ]]
	# Each in a layer of its own, so that each meets what those before it have left.
	rm -rf oci
	script=$first
	for entry in 'add("../.wh.outside")' 'add("etc/../../.wh.outside")' 'add("etc/out/.wh.file")' 'add("etc/out/.wh..wh..opq")' \
		'add("etc/up/.wh.file")' 'add("etc/up/.wh..wh..opq")' 'add("etc/store/.wh.names")' 'add("etc/store/trees/.wh..wh..opq")' \
		'add("srv/.wh.x", type=LINK, linkname="'"$PWD/outside"'")' 'add("srv/.wh..wh..opq", type=LINK, linkname="'"$PWD/outside"'")' \
		'add("srv/.wh..wh.plnk", b"x")'; do
		script+=$'\nwith layer() as add: '$entry
	done
	layout oci "$script"
	run_split "$COFFERDAM" image import one oci
	echo "$status: $output: $stderr"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "$(cat outside/file)" = kept ]
	run -0 "$COFFERDAM" image verify
	[ -z "$output" ]
	[ "$(says --root image:other)" = first ]
	run -0 "$COFFERDAM" run --quiet --root image:one --identity subuid -- /bin/sh -c 'busybox cat /etc/kept; busybox ls -a /srv'
	[ "$output" = $'kept\n.\n..' ]
	# A whiteout that names a file removes it.
	rm -rf oci
	layout oci "$first"$'\nwith layer() as add: add("etc/.wh.kept")'
	"$COFFERDAM" image import one oci
	run "$COFFERDAM" run --quiet --root image:one --identity subuid -- /bin/sh -c 'busybox cat /etc/kept'
	[ "$status" = 1 ]
}

@test "a layer that umoci inserted as the root, and that ends with a file, is an image" {
	need umoci
	archive a.tar
	echo last >tree/zz
	umoci init --layout oci
	umoci new --image oci:latest
	umoci insert --rootless --image oci:latest tree /
	run_split "$COFFERDAM" image import one oci
	echo "$status: $output: $stderr"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "$(says --root image:one)" = first ]
}

@test "a layer that an image has many times counts each time, and is read once" {
	need umoci
	need skopeo
	archive a.tar
	layout oci 'with layer() as add:
    for name in "etc", "bin": add(name, **DIR)
    add("bin/busybox", open("tree/bin/busybox", "rb").read())
    add("bin/sh", type=LINK, linkname="busybox")
with layer() as add: add("etc/name", b"repeated\n")
layers[1:] *= 40
ids[1:] *= 40'
	run_split "$COFFERDAM" image import --entries 43 one oci
	echo "$status: $output: $stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: image: one: layer 41: more than 43 entries (--entries N allows more)" ]]
	run_split "$COFFERDAM" image import --entries 44 one oci
	echo "$status: $output: $stderr"
	[ "$status" = 0 ]
	[ "$(says --root image:one)" = repeated ]
}

# --- a registry

# registry [ARGUMENT…]: serves the layout oci on loopback; PORT. With BIG its layer takes a while.
registry() {
	need umoci
	need skopeo
	"$COFFERDAM" run --quiet --network open -- true || skip "no network of its own is to be had"
	archive a.tar
	layout oci 'with layer() as add:
    for name in "etc", "bin": add(name, **DIR)
    add("etc/name", b"pulled\n")
    add("bin/busybox", open("tree/bin/busybox", "rb").read())
    add("bin/sh", type=LINK, linkname="busybox")'"${BIG:+
    add(\"big\", bytes(256 << 20))}"
	mkfifo port
	python3 "$BATS_TEST_DIRNAME/image_registry.py" oci log "$@" >port 3>&- &
	echo $! >registry.pid
	read -r -t 20 PORT <port
}

@test "pull takes an image of a registry by tag and by digest, and refuses what the registry should not say" {
	local digest long
	registry
	digest=$(jq -r '.manifests[0].digest' oci/index.json)
	long=$(printf 'abcdefgh/%.0s' {1..25})x
	for reference in "127.0.0.1:$PORT/$long:good" "127.0.0.1:$PORT/x@$digest"; do
		run_split "$COFFERDAM" image pull --http --network-open "127.0.0.1:$PORT" one "$reference"
		echo "$reference: $status: $output: $stderr"
		[ "$status" = 0 ]
		[ "$output" = "one $digest" ]
		[ -z "$stderr" ]
		[ "$(says --root image:one --identity subuid)" = pulled ]
	done
	[ "$("$COFFERDAM" image list --json | jq -r '.[0].source')" = "127.0.0.1:$PORT/$long:good" ]
	grep -qxF "GET /v2/$long/manifests/good" log
	grep -qxF "GET /v2/x/manifests/$digest" log
	declare -A refused=(
		["x:missing"]="manifest unknown" ["x:login"]="unauthorized (--authfile FILE names a login, " ["x@sha256:$(printf '0%.0s' {1..64})"]="does not match provided manifest digest"
		["X:good"]="repository name must be lowercase"
	)
	for reference in "${!refused[@]}"; do
		run_split "$COFFERDAM" image pull --http --network-open "127.0.0.1:$PORT" two "127.0.0.1:$PORT/$reference"
		echo "$reference: $status: $output: $stderr"
		[ "$status" = 125 ]
		[ -z "$output" ]
		[ "$(wc -l <<<"$stderr")" = 1 ]
		[[ $stderr == "cofferdam: image: two: skopeo: "*"${refused[$reference]}"* ]]
	done
	# Without the options that such a registry requires.
	run_split "$COFFERDAM" image pull --network-open "127.0.0.1:$PORT" two "127.0.0.1:$PORT/x:good"
	[ "$status" = 125 ]
	[[ $stderr == *"(--http accepts a registry without TLS)" ]]
	run_split "$COFFERDAM" image pull --http two "127.0.0.1:$PORT/x:good"
	[ "$status" = 125 ]
	[[ $stderr == *"--network-open HOST:PORT)" ]]
	[ ! -e store/names/two ]
	[ "$(find store/trees -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
	[ -z "$(find store/new store/trash -mindepth 1)" ]
}

# login KEY [PASSWORD]: a file with one for that key, and with others.
login() {
	jq -n --arg key "$1" --arg auth "$(printf 'robot:%s' "${2:-open-sesame}" | base64)" '{auths: {"other.example": {auth: "b3RoZXI6bG9naW4="}, ($key): {auth: $auth}}}' >auth.json
}

# pull [OPTION…]: by that login.
pull() {
	run_split "$COFFERDAM" image pull --http --network-open "127.0.0.1:$PORT" "$@" one "127.0.0.1:$PORT/private/x:good"
	echo "pull $*: $status: $output: $stderr"
}

@test "pull logs in with what a file has for the registry, which no process shows and no other program gets" {
	local kind
	for kind in basic token; do
		rm -rf oci port store log*
		registry "$kind" robot:open-sesame
		# Without a login, with a wrong one, and with none for this registry.
		pull
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: image: one: skopeo: "*" (--authfile FILE names a login, "* ]]
		login "127.0.0.1:$PORT" wrong
		pull --authfile auth.json
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: image: one: skopeo: "*" (the registry does not accept the login of --authfile)" ]]
		: >log
		login "127.0.0.1:1"
		pull --authfile auth.json
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: image: one: --authfile: auth.json: no login for 127.0.0.1:$PORT (\`skopeo login --authfile FILE 127.0.0.1:$PORT\` "* ]]
		[ ! -s log ]
		[ ! -e log.processes ]
		login "127.0.0.1:$PORT/private"
		pull --authfile auth.json
		[ "$status" = 0 ]
		[ -z "$stderr" ]
		[ "$(says --root image:one --identity subuid)" = pulled ]
		[ -z "$(find store/new store/trash -mindepth 1)" ]
		grep -q '^/usr/bin/skopeo ' log.processes
		! grep -qE "open-sesame|$(base64 <<<robot:open-sesame | cut -c 1-20)" log.processes || return
		! grep -rqE "open-sesame|$(base64 <<<robot:open-sesame | cut -c 1-20)" store || return
		# Where it is an argument, it is seen.
		rm log.processes
		skopeo --insecure-policy copy --quiet --src-tls-verify=false --src-creds robot:open-sesame "docker://127.0.0.1:$PORT/private/x:good" dir:plain
		grep -q open-sesame log.processes
		kill "$(cat registry.pid)"
	done
}

# ours: the umoci of this test, stopped; its pid in umoci.
ours() {
	for umoci in $(pgrep -x umoci); do
		! grep -qs "${BATS_RUN_TMPDIR##*/}/.*/store/" "/proc/$umoci/mountinfo" || ! kill -STOP "$umoci" || return 0
	done
	return 1
}

@test "the program that asks the registry has its login and no other; the one that unpacks has none" {
	local umoci status=0
	BIG=1 registry basic robot:open-sesame
	login "127.0.0.1:$PORT"
	"$COFFERDAM" image pull --http --network-open "127.0.0.1:$PORT" --authfile auth.json one "127.0.0.1:$PORT/private/x:good" >said 2>&1 3>&- &
	until_true 60 ours
	ls -l "/proc/$umoci/fd" "/proc/$umoci/root/proc/self/fd" >held || :
	cat "/proc/$umoci/environ" >environ
	readlink "/proc/$umoci/fd/0" >input
	kill -CONT "$umoci"
	wait $! || status=$?
	cat said held input
	[ "$status" = 0 ]
	[ "$(cat input)" = /dev/null ]
	! grep -q memfd held || return
	! grep -qE "open-sesame|$(base64 <<<robot:open-sesame | cut -c 1-20)" environ || return
	jq -e --arg host "127.0.0.1:$PORT" --arg auth "$(printf robot:open-sesame | base64)" '. == {auths: {($host): {auth: $auth}}}' log.login
}

@test "pull obeys the caller's policy of signatures" {
	registry
	mkdir -p home/.config/containers
	echo '{"default": [{"type": "reject"}]}' >home/.config/containers/policy.json
	HOME=$PWD/home run_split "$COFFERDAM" image pull --http --network-open "127.0.0.1:$PORT" one "127.0.0.1:$PORT/x:good"
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: image: one: skopeo: "*"rejected by policy"*"(policy.json says so: "* ]]
	# With a policy that allows it.
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' >home/.config/containers/policy.json
	HOME=$PWD/home run_split "$COFFERDAM" image pull --http --network-open "127.0.0.1:$PORT" one "127.0.0.1:$PORT/x:good"
	echo "$stderr"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "$(says --root image:one)" = pulled ]
	# An archive is the caller's.
	echo '{"default": [{"type": "reject"}]}' >home/.config/containers/policy.json
	HOME=$PWD/home run -0 "$COFFERDAM" image import two oci
}

@test "a reference that names no registry, another transport or an option is refused before anything is asked" {
	for reference in debian debian:12 library/debian a..b @ : /x:y host/ -x.y/z docker://x.y/z oci:/etc:x oci-archive:/x 'x.y/z z' "x.y/\$(id)" $'x.y/\n'; do
		run_split "$COFFERDAM" image pull one -- "$reference"
		[ "$status" = 125 ] || run_split "$COFFERDAM" image pull -- one "$reference"
		echo "$reference: $status: $output: $stderr"
		[ "$status" = 125 ]
		[ -z "$output" ]
		[ "$(wc -l <<<"$stderr")" = 1 ]
		[[ $stderr == "cofferdam: image: one: "*": "*" (expected HOST/PATH:TAG or "* ]]
	done
	[ ! -e store ]
}

# --- the store by another name

@test "a job that is shown the store by a name with a symbolic link, or without the one that the store is named by, writes no image" {
	local plant
	mkdir -p data/home outer
	ln -s "$PWD/data/home" outer/home
	archive a.tar
	for images in "$PWD/outer/home/images" "$PWD/data/home/images"; do
		export COFFERDAM_IMAGES=$images
		# The first store is not the job's to make, either.
		run "$COFFERDAM" run --quiet --rw "$PWD/data/home" -- mkdir -p "$PWD/data/home/images/names"
		[ "$status" = 1 ]
		[[ $output == *"Read-only file system"* ]]
		"$COFFERDAM" image import one a.tar
		for shown in data data/home outer/home; do
			plant="for name in $PWD/$shown/images/trees/*/root/etc/name $PWD/$shown/home/images/trees/*/root/etc/name; do echo planted >\$name; done"
			run "$COFFERDAM" run --quiet --rw "$PWD/$shown" -- sh -c "$plant"
			echo "$images, $shown: $status: $output"
			[ "$(says --root image:one)" = first ]
			COFFERDAM_IMAGES=$PWD/none run "$COFFERDAM" run --quiet --rw "$PWD/$shown" -- sh -c "ls -d $PWD/$shown/images/trees/* $PWD/$shown/home/images/trees/* 2>/dev/null | grep -q sha256"
			[ "$status" = 0 ]
		done
		# Where nothing is covered, the same job does.
		COFFERDAM_IMAGES=$PWD/none "$COFFERDAM" run --quiet --rw "$PWD/data/home" -- sh -c "for name in $PWD/data/home/images/trees/*/root/etc/name; do echo planted >\$name; done"
		[ "$(says --root image:one)" = planted ]
		"$COFFERDAM" image remove one
	done
}

@test "a job that is shown the store by a bind mount of the host's is refused" {
	small 100 1m true || skip "no mount namespace of its own is to be had"
	archive a.tar
	mkdir -p home other
	export COFFERDAM COFFERDAM_IMAGES=$PWD/home/images
	"$COFFERDAM" image import --identity single one a.tar
	run unshare --user --map-current-user --keep-caps --mount bash -c 'mount --bind home other &&
		exec setpriv --inh-caps=-all --ambient-caps=-all "$COFFERDAM" run --quiet --rw "$PWD/other" -- true'
	echo "$output"
	[ "$status" = 125 ]
	[[ $output == "cofferdam: --rw: $PWD/other: shows $COFFERDAM_IMAGES, which no job may write ("* ]]
}

# --- an archive that somebody writes to

# Its writer waits until the first entry is unpacked, changes a later one, and puts everything back once that is unpacked too. The tree
# would have the digest of the archive as it was before and is afterwards.
@test "an archive that is changed while it is unpacked, and changed back with its times, makes no image" {
	need busybox
	archive a.tar first
	python3 - "$COFFERDAM" <<-'PY'
		import glob, io, os, subprocess, sys, tarfile, time
		old = open("a.tar", "rb").read()
		def add(out, name, data, **more):
		    entry = tarfile.TarInfo(name)
		    entry.size = len(data)
		    for key, value in more.items(): setattr(entry, key, value)
		    out.addfile(entry, io.BytesIO(data))
		with tarfile.open("b.tar", "w") as out, tarfile.open("a.tar") as tree:
		    add(out, "./left-out", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3)
		    add(out, "./big", bytes(48 << 20))
		    for entry in tree:
		        out.addfile(entry, tree.extractfile(entry) if entry.isfile() else None)
		    add(out, "./canary", b"genuine")
		    add(out, "./last", bytes(16 << 20))
		file = os.open("b.tar", os.O_RDWR)
		before, at = os.fstat(file), open("b.tar", "rb").read().index(b"genuine")
		def put(text):
		    os.pwrite(file, text, at)
		    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
		refused = 0
		for attempt in range(10):
		    job = subprocess.Popen([sys.argv[1], "image", "import", "one", "b.tar"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
		    said = job.stderr.readline()
		    assert "left out" in said, said
		    put(b"hostile")
		    while job.poll() is None and not any(os.path.getsize(path) for path in glob.glob("store/new/*/root/canary")): pass
		    put(b"genuine")
		    said = job.stderr.read()
		    refused += job.wait() != 0
		    if job.returncode == 0:
		        text = [open(path, "rb").read() for path in glob.glob("store/trees/*/root/canary")]
		        assert text == [b"genuine"], text
		        subprocess.run([sys.argv[1], "image", "remove", "one"], check=True)
		    else:
		        assert "b.tar: changed while it was read" in said, said
		        break
		assert refused == 1
	PY
	[ "$(find store/trees -mindepth 1 | wc -l)" = 0 ]
}

# --- a map that has changed

# Of /etc/subuid, in effect: what the image says of the map with which it was made is changed instead.
@test "an image whose files have the ids of another map is refused, with both maps, until it is removed and imported again" {
	local what ids
	need busybox
	unshare --map-root-user --map-auto true 2>/dev/null || skip "no subordinate ids for $(id -un): make deps gives them"
	archive a.tar first
	"$COFFERDAM" image import one a.tar
	run -0 jq -r .map store/trees/*/info.json
	ids=$output
	[[ $ids =~ ^uids\ 0:$(id -u):1,1:[0-9]+:65535\ gids\ 0:$(id -g):1,1:[0-9]+:65535$ ]]
	cp store/trees/*/info.json whole.json
	jq '.map |= sub(",1:[0-9]+:"; ",1:4000000000:")' whole.json >store/trees/*/info.json
	for what in "run --quiet --root image:one --identity subuid -- /bin/sh -c :" "image verify one" "image import two a.tar"; do
		# shellcheck disable=SC2086
		run_split "$COFFERDAM" $what
		echo "$what: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: image: "*": its files have the ids of another map: made with uids 0:$(id -u):1,1:4000000000:65535 gids "*"; jobs have $ids now (give the caller the former range in /etc/subuid "* ]]
	done
	[ ! -L store/names/two ]
	"$COFFERDAM" image remove one
	run -0 "$COFFERDAM" image import two a.tar
	[[ $output != *"was there already"* ]]
	[ "$(says --root image:two --identity subuid)" = first ]
	# An image of a version that did not note it is taken as it is.
	jq 'del(.map)' whole.json >store/trees/*/info.json
	[ "$(says --root image:two --identity subuid)" = first ]
}

# --- two commands at once

@test "what one command removes from the trash no other one touches or complains of" {
	mkdir -p store/{names,trees,new,trash/one/deep,trash/two}
	chmod 700 store
	: >store/lock
	: >store/trash/one/deep/file
	exec 8<store/trash/one
	flock --exclusive 8
	run_split "$COFFERDAM" image list
	[ "$status" = 0 ]
	[ "$stderr" = "" ]
	[ "$(ls store/trash)" = one ]
	[ -e store/trash/one/deep/file ]
	exec 8<&-
	run_split "$COFFERDAM" image list
	[ "$status" = 0 ]
	[ "$stderr" = "" ]
	[ "$(ls store/trash)" = "" ]
}

@test "a signal that comes while a program works for an import is said, removes what was begun, and is how the import ends" {
	local import="" child="" state=""
	archive a.tar first
	head -c 64M /dev/zero >tree/big
	tar -C tree --owner=0 --group=0 -cf b.tar .
	"$COFFERDAM" image import one a.tar
	"$COFFERDAM" image import one b.tar 2>said 3>&- &
	import=$!
	# The launcher of one of its programs is held, so that the signal comes in the middle of a step.
	until [ "$state" = T ]; do
		kill -0 "$import"
		child=$(pgrep -P "$import" -f "cofferdam run" | head -n 1) || continue
		kill -STOP "$child" || continue
		state=$(awk '{ print $3 }' "/proc/$child/stat") || state=""
	done
	kill -TERM "$import"
	kill -CONT "$child"
	status=0
	wait "$import" || status=$?
	[ "$status" = 143 ]
	[[ "$(cat said)" == "cofferdam: image: one: "*"SIGTERM came: nothing was changed" ]]
	[ "$(says --root image:one)" = first ]
	[ "$(find store/new store/trash -mindepth 1)" = "" ]
}
