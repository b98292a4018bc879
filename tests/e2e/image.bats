#!/usr/bin/env bats
# cofferdam image, --root image:NAME: roots for jobs, made by programs of the distribution in a sandbox, shared and never written.

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
	for name in store/names/*; do
		[ ! -L "$name" ] || "$COFFERDAM" image remove "${name##*/}" || :
	done
	chmod -R u+rwX . 2>/dev/null || :
}

# tree DIR: a root with busybox.
tree() {
	mkdir -p "$1"/{bin,etc,dev,proc,sys,tmp,root}
	cp "$(command -v busybox)" "$1/bin/busybox"
	ln -s busybox "$1/bin/sh"
	echo "${2:-first}" >"$1/etc/name"
}

# archive FILE [TEXT]: a root as a tar archive.
archive() {
	rm -rf tree
	tree tree "${2:-first}"
	tar -C tree --owner=0 --group=0 -cf "$1" .
}

# made FILE SCRIPT: a tar archive made by Python, with names and types that tar(1) would not store.
made() {
	python3 -c 'import io, sys, tarfile
archive = tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT)
def add(name, data=b"", **more):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    entry.mode = 0o755
    for key, value in more.items(): setattr(entry, key, value)
    archive.addfile(entry, io.BytesIO(data))
add("etc", type=tarfile.DIRTYPE)
exec(sys.argv[2])
archive.close()' "$1" "$2"
}

# left: what the store has beside its lock and its empty directories.
left() {
	find store -mindepth 2 -not -path 'store/trees/*/*' | sort
}

# says OPTION…: what a job with that root finds in its file.
says() {
	"$COFFERDAM" run --quiet "$@" -- /bin/sh -c 'busybox cat /etc/name'
}

# --- names and trees

@test "import, list, run, remove: an archive becomes a root, and nothing of it is left" {
	archive a.tar
	run_split "$COFFERDAM" image import one a.tar
	echo "$output $stderr"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "$output" = "one sha256:$(sha256sum a.tar | cut -d' ' -f1)" ]
	[ "$(stat -c %a store)" = 700 ]
	run -0 "$COFFERDAM" image list
	[[ $output == "one "*" subuid "*" tar" ]]
	[ "${#lines[@]}" = 1 ]
	run -0 bash -c '"$1" image list --json | jq -r ".[0] | .name, .source, .entries, (.bytes > 1000000)"' - "$COFFERDAM"
	[ "$output" = $'one\ntar\n11\ntrue' ]
	[ "$(says --root image:one --identity subuid)" = first ]
	[ "$(says --root image:one)" = first ]
	# What a job writes is not in the image.
	"$COFFERDAM" run --quiet --root image:one --identity subuid -- /bin/sh -c 'echo changed >/etc/name && busybox rm -rf /root && : >/new'
	[ "$(says --root image:one)" = first ]
	run -0 "$COFFERDAM" image verify one
	[ -z "$output" ]
	run -0 "$COFFERDAM" image remove one
	[ -z "$(left)" ]
	run_split "$COFFERDAM" run --root image:one -- /bin/sh -c :
	[ "$status" = 125 ]
	[ "$stderr" = 'cofferdam: image: one: unknown image (there are no images: cofferdam image import one TAR|OCI-DIR|DOCKER-ARCHIVE makes it)' ]
}

@test "the plan and the report name the image, and a profile may" {
	archive a.tar
	"$COFFERDAM" image import one a.tar
	digest=sha256:$(sha256sum a.tar | cut -d' ' -f1)
	echo '{"extends": "default", "root": "image:one"}' >p.json
	run -0 bash -c '"$1" run --profile p.json --dry-run -- /bin/sh | jq -r ".settings.root.value, .image.name, .image.digest, .image.dir"' - "$COFFERDAM"
	[ "${lines[0]} ${lines[1]} ${lines[2]}" = "image:one one $digest" ]
	[ -d "${lines[3]}" ]
	[ "$(says --profile p.json)" = first ]
	"$COFFERDAM" run --quiet --profile p.json --report r.json -- /bin/sh -c :
	[ "$(jq -r '.image.name + " " + .image.digest' r.json)" = "one $digest" ]
	run -0 "$COFFERDAM" policy check p.json
	run_split "$COFFERDAM" run --root image:two -- /bin/sh
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: image: two: unknown image (there are one; cofferdam image import two "* ]]
}

@test "a wrong name, a missing or foreign source, and a store that cannot be are each one line" {
	archive a.tar
	long=$(printf 'x%.0s' {1..65})
	declare -A wrong=(
		["image import a/b a.tar"]="image: a/b: not a name" ["image import .. a.tar"]="image: ..: not a name"
		["image import -- -a a.tar"]="image: -a: not a name" ["image import $long a.tar"]="more than 64 characters"
		["image import one nothing"]="nothing: No such file" ["image import one ."]="not in OCI's image layout"
		["image import one /dev/null"]="neither a file nor a directory" ["image import one"]="no source" ["image import"]="no name"
		["image import one a.tar b"]="b: unexpected argument" ["image import --identity none one a.tar"]="expected single or subuid"
		["image remove one"]="image: one: unknown image" ["image verify one"]="image: one: unknown image"
		["image frob"]="unknown subcommand" ["image import --entries 3 one a.tar"]="more than 3 entries (--entries N allows more)"
		["image import --size 1K one a.tar"]="./bin/busybox: more than 1024 bytes up to here (--size SIZE allows more)" ["image pull one oci:///etc"]="oci:///etc: not a reference"
	)
	for words in "${!wrong[@]}"; do
		# shellcheck disable=SC2086 # words
		run_split "$COFFERDAM" $words
		echo "$words: $status: $output: $stderr"
		[ "$status" = 125 ]
		[ -z "$output" ]
		[ "$(wc -l <<<"$stderr")" = 1 ]
		[[ $stderr == "cofferdam: "*"${wrong[$words]}"* ]]
	done
	[ ! -e store ] || [ -z "$(left)" ]
	mkdir closed
	chmod 500 closed
	COFFERDAM_IMAGES=$PWD/closed/store run_split "$COFFERDAM" image import one a.tar
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: image: one: images: $PWD/closed/store: Permission denied" ]]
	COFFERDAM_IMAGES=relative run_split "$COFFERDAM" image import one a.tar
	[ "$status" = 125 ]
	[[ $stderr == *"images: COFFERDAM_IMAGES: "*"absolute"* ]]
	mkdir -p open
	chmod 777 open
	COFFERDAM_IMAGES=$PWD/open run_split "$COFFERDAM" image import one a.tar
	[ "$status" = 125 ]
	[[ $stderr == *"others can write to it (chmod 700 "* ]]
}

@test "an update is beside what a job uses, whose tree goes with it; so is a removed name" {
	archive a.tar first
	archive b.tar second
	"$COFFERDAM" image import one a.tar
	mkdir work
	mkfifo work/go
	for update in "image import one b.tar" "image remove one"; do
		rm -f work/started
		"$COFFERDAM" run --quiet --root image:one --workspace "$PWD/work" -- /bin/sh -c ': >started; read -r x <go; busybox cat /etc/name' >said 3>&- &
		job=$!
		until_true 20 test -e work/started
		before=$(says --root image:one)
		# shellcheck disable=SC2086 # words
		"$COFFERDAM" $update
		[ "$update" = "image remove one" ] || [ "$(says --root image:one)" = second ]
		# The job's tree is there, beside the new one.
		[ "$(find store/trees -mindepth 1 -maxdepth 1 | wc -l)" = "$([ "$update" = "image remove one" ] && echo 1 || echo 2)" ]
		echo >work/go
		wait "$job"
		[ "$(cat said)" = "$before" ]
		"$COFFERDAM" image list
		[ "$(find store/trees -mindepth 1 -maxdepth 1 | wc -l)" = "$([ "$update" = "image remove one" ] && echo 0 || echo 1)" ]
	done
	[ -z "$(left)" ]
}

@test "a prepared launch holds its image from the start, and two names of one content are one tree" {
	archive a.tar
	"$COFFERDAM" image import one a.tar
	run -0 "$COFFERDAM" image import two a.tar
	[[ $output == *"(its content was there already)" ]]
	[ "$(find store/trees -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
	"$COFFERDAM" image remove one
	[ "$(says --root image:two)" = first ]
	mkfifo start
	exec 6<>start
	"$COFFERDAM" run --quiet --root image:two --start-fd 5 -- /bin/sh -c 'busybox cat /etc/name' 5<start >said 3>&- 6>&- &
	job=$!
	until_true 20 bash -c '! flock -xn "$(echo store/trees/*)" true'
	"$COFFERDAM" image remove two
	[ "$(find store/trees -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
	echo x >&6
	wait "$job"
	[ "$(cat said)" = first ]
	"$COFFERDAM" image list
	[ -z "$(left)" ]
}

@test "an import that is killed leaves the old image or the new one, and the next command removes what it left" {
	archive a.tar first
	"$COFFERDAM" image import one a.tar
	head -c 30000000 /dev/urandom >tree/blob
	echo second >tree/etc/name
	tar -C tree --owner=0 --group=0 -cf b.tar .
	old=0 new=0
	for at in 1 2 3 4 5 6 7 8; do
		"$COFFERDAM" image import one a.tar >/dev/null
		setsid "$COFFERDAM" image import one b.tar >/dev/null 2>&1 3>&- &
		pid=$!
		# By what it has made so far, not by time.
		case $at in
		1) until_true 20 bash -c '[ -n "$(ls store/new)" ] || ! kill -0 '$pid ;;
		2 | 3) until_true 20 bash -c '[ -e store/new/*/root/etc ] || ! kill -0 '$pid ;;
		4 | 5) until_true 20 bash -c '[ -e store/new/*/root/blob ] || ! kill -0 '$pid ;;
		6) until_true 20 bash -c '[ -e store/new/*/manifest ] || ! kill -0 '$pid ;;
		7) until_true 20 bash -c '[ "$(ls store/trees | wc -l)" = 2 ] || ! kill -0 '$pid ;;
		8) until_true 20 bash -c '[ -n "$(ls store/trash)" ] || ! kill -0 '$pid ;;
		esac
		kill -KILL -- "-$pid" 2>/dev/null || :
		wait "$pid" || :
		case $(says --root image:one) in first) old=$((old + 1)) ;; second) new=$((new + 1)) ;; *) false ;; esac
		run -0 "$COFFERDAM" image verify one
		[ -z "$output" ]
	done
	echo "old $old new $new"
	[ "$old" -gt 0 ]
	until_true 20 bash -c '"$1" image list >/dev/null; [ "$(find store/new store/trash -mindepth 1 | wc -l)" = 0 ]' - "$COFFERDAM"
	[ "$(find store/trees -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
}

@test "imports at once, of one name and of one content, end with one whole image" {
	archive a.tar first
	archive b.tar second
	pids=()
	for file in a.tar b.tar a.tar b.tar; do
		"$COFFERDAM" image import one "$file" >/dev/null 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid"; done
	[[ $(says --root image:one) =~ ^(first|second)$ ]]
	run -0 "$COFFERDAM" image verify
	[ -z "$output" ]
	"$COFFERDAM" image list
	[ "$(left | wc -l)" = 2 ]
}

@test "one id: the files are the caller's, and that is said" {
	archive a.tar
	tar -C tree --owner=100 --group=100 -rf a.tar ./etc/name
	run_split "$COFFERDAM" image import --identity single one a.tar
	[ "$status" = 0 ]
	[[ $stderr == "cofferdam: image: one id only: as asked for."*"do not work"* ]]
	[ "$(stat -c %u store/trees/*/root/etc/name)" = "$(id -u)" ]
	[ "$(says --root image:one)" = first ]
	run -0 "$COFFERDAM" image verify one
	# With subordinate ids the owner is another user's.
	"$COFFERDAM" image import two a.tar
	[ "$(stat -c %u store/trees/*-subuid/root/etc/name)" != "$(id -u)" ]
	run -0 "$COFFERDAM" run --quiet --root image:two --identity subuid -- /bin/sh -c 'busybox stat -c %u:%g /etc/name'
	[ "$output" = 100:100 ]
}

@test "verify names what differs" {
	archive a.tar
	"$COFFERDAM" image import one a.tar
	root=$(echo store/trees/*/root)
	run -0 "$COFFERDAM" image verify one
	[ -z "$output" ]
	echo other >"$root/etc/name"
	chmod 700 "$root/bin/busybox"
	rm "$root/bin/sh"
	ln -s elsewhere "$root/bin/sh"
	rmdir "$root/tmp"
	touch "$root/new"$'\n'"line" "$root/root/.x"
	run -1 "$COFFERDAM" image verify
	echo "$output"
	[ "$output" = 'one: changed: ./bin/busybox (mode)
one: changed: ./bin/sh (content)
one: changed: ./etc/name (content)
one: added: ./new\x0aline
one: added: ./root/.x
one: missing: ./tmp' ]
}

# --- images in layers

# layers DIR: an image in OCI's layout with three layers: a root, another owner's file, and a whiteout.
layers() {
	need umoci
	need skopeo
	tree tree
	mkdir -p tree/srv more
	echo gone >tree/srv/gone
	echo two >more/two
	umoci init --layout "$1"
	umoci new --image "$1:latest"
	umoci insert --rootless --image "$1:latest" tree /
	umoci insert --rootless --image "$1:latest" more /srv
	umoci insert --rootless --image "$1:latest" --whiteout /srv/gone
}

@test "an image in OCI's layout and a Docker archive are unpacked, whiteouts applied" {
	layers oci
	skopeo --insecure-policy copy --quiet oci:oci:latest docker-archive:docker.tar:x:latest
	skopeo --insecure-policy copy --quiet oci:oci:latest oci-archive:oci.tar:x
	for source in oci docker.tar oci.tar; do
		run_split "$COFFERDAM" image import one "$source"
		echo "$source: $output $stderr"
		[ "$status" = 0 ]
		[ -z "$stderr" ]
		run -0 "$COFFERDAM" run --quiet --root image:one --identity subuid -- /bin/sh -c 'busybox cat /etc/name /srv/two; busybox ls /srv'
		[ "$output" = $'first\ntwo\ntwo' ]
		run -0 "$COFFERDAM" image verify one
		[ "$(ls store/new store/trash)" = $'store/new:\n\nstore/trash:' ]
	done
	[ "$(find store/trees -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
	run_split "$COFFERDAM" image import --identity single two oci
	echo "$stderr"
	[ "$status" = 0 ]
	[ "$(says --root image:two)" = first ]
	# More entries than allowed, an index that is too large, a blob with other bytes.
	run_split "$COFFERDAM" image import --entries 5 three oci
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: image: three: layer "*": more than 5 entries"* ]]
	cp -r oci large
	truncate -s 1G large/index.json
	run_split "$COFFERDAM" image import three large
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: image: three: $PWD/large/index.json: more than 4194304 bytes" ]]
	largest=$(find oci/blobs -type f -printf '%s %p\n' | sort -n | tail -1 | cut -d' ' -f2)
	printf x | dd of="$largest" bs=1 seek=100 conv=notrunc status=none
	run_split "$COFFERDAM" image import three oci
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: image: three: skopeo: "* ]]
	[ ! -e store/names/three ]
}

# --- hostile archives

@test "what would leave the tree is refused by name, and changes nothing outside" {
	echo kept >outside
	declare -A hostile=(
		['add("/abs")']="/abs: absolute path"
		['add("etc/../../outside", b"x")']='etc/../../outside: path with ".."'
		['add("etc/out", type=tarfile.SYMTYPE, linkname="'"$PWD"'"); add("etc/out/outside", b"x")']="etc/out/outside: "
		['add("etc/x", type=tarfile.LNKTYPE, linkname="../../../../../../'"$PWD"'/outside")']="etc/x: Cannot hard link to"
		['add("etc/x", type=tarfile.LNKTYPE, linkname="/etc/hostname")']="etc/x: Cannot hard link to"
		['add("etc/x", uid=100000)']="etc/x: Cannot change ownership to uid 100000"
		['add("etc/x\n../y"); add("..")']='..: path with ".."'
	)
	for script in "${!hostile[@]}"; do
		made h.tar "$script"
		run_split "$COFFERDAM" image import one h.tar
		echo "$script: $status: $output: $stderr"
		[ "$status" = 125 ]
		[ -z "$output" ]
		[ "$(grep -vc ': left out: ' <<<"$stderr")" = 1 ]
		[[ $stderr == *"${hostile[$script]}"* ]]
		[ ! -e store ] || [ -z "$(left)" ]
		[ "$(cat outside)" = kept ]
		[ "$(stat -c %h outside)" = 1 ]
	done
	# Of themselves these are what the refusal is about: tar follows such names where it may.
	made h.tar 'add("'"${PWD#/}"'/outside2", b"x")'
	tar -C / -xf h.tar "${PWD#/}/outside2"
	[ -e outside2 ]
}

@test "device nodes are left out and named; setuid files, pipes, odd names and links are kept and harm nobody" {
	made h.tar 'add("dev/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)
add("etc/disk", type=tarfile.BLKTYPE, devmajor=8, devminor=0)
add("etc/su", b"x", mode=0o4755)
add("etc/pipe", type=tarfile.FIFOTYPE)
add("etc/a\n\033[31mb", b"x")
add("etc/\udcff\udcfe", b"x")
add("etc/up", type=tarfile.SYMTYPE, linkname="../../../../../../../../etc/hostname")'
	run_split "$COFFERDAM" image import one h.tar
	echo "$stderr"
	[ "$status" = 0 ]
	[ "$stderr" = "cofferdam: image: left out: etc/disk: Cannot mknod: Operation not permitted" ]
	run bash -c 'cut -d" " -f1,2,7 store/trees/*/manifest'
	echo "$output"
	[[ $output == *$'- 4755 ./etc/su'* && $output == *$'p 0755 ./etc/pipe'* && $output == *'./etc/a\x0a\x1b[31mb'* && $output == *'l 0777 ./etc/up'* ]]
	[[ $output != *./dev/null* && $output != *./etc/disk* ]]
	run -0 "$COFFERDAM" image verify one
}

@test "a tree of holes, and a sparse passwd of 1 GB: the first is refused, with the second a job runs" {
	rm -rf tree
	tree tree
	truncate -s 3G tree/etc/hole
	tar -C tree --sparse --owner=0 --group=0 -cf h.tar .
	run_split "$COFFERDAM" image import --size 2G one h.tar
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: image: one: ./etc/hole: more than 2147483648 bytes up to here (--size SIZE allows more)" ]]
	[ -z "$(left)" ]
	rm tree/etc/hole
	truncate -s 1G tree/etc/passwd
	tar -C tree --sparse --owner=0 --group=0 -cf h.tar .
	"$COFFERDAM" image import one h.tar
	[ "$(says --root image:one)" = first ]
}

# --- the store and other jobs

@test "a job that is shown the store does not choose what another one runs" {
	mkdir -p home/x
	export COFFERDAM_IMAGES=$PWD/home/x/images
	archive a.tar
	# The first store is not the job's to make.
	run "$COFFERDAM" run --quiet --rw "$PWD/home" -- mkdir -p "$COFFERDAM_IMAGES/names"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"Read-only file system"* ]]
	"$COFFERDAM" image import one a.tar
	plant='for name in '"$COFFERDAM_IMAGES"'/trees/*/root/etc/name; do echo planted >$name; done'
	for shown in home home/x; do
		run "$COFFERDAM" run --quiet --rw "$PWD/$shown" -- sh -c "$plant"
		echo "$output"
		[ "$status" != 0 ]
		run "$COFFERDAM" run --quiet --rw "$PWD/$shown" -- sh -c "mv $PWD/home/x/images $PWD/home/x/other"
		[ "$status" != 0 ]
		[[ $output == *busy* ]]
		[ "$(says --root image:one)" = first ]
	done
	run "$COFFERDAM" run --rw "$COFFERDAM_IMAGES/trees" -- true
	[ "$status" = 125 ]
	[[ $output == *"--rw: $COFFERDAM_IMAGES/trees: shows $COFFERDAM_IMAGES, which no job may write (show less, or set COFFERDAM_IMAGES"* ]]
	# Without the cover: where the launch looks for images elsewhere, the same job does.
	COFFERDAM_IMAGES=$PWD/none "$COFFERDAM" run --quiet --rw "$PWD/home" -- sh -c "$plant"
	[ "$(says --root image:one)" = planted ]
	run -1 "$COFFERDAM" image verify one
	[[ $output == *"one: changed: ./etc/name ("*"content)"* ]]
	export COFFERDAM_IMAGES=$PWD/home/x/images
	"$COFFERDAM" image remove one
}

@test "a store that a link leads to is kept from a job that is shown where it leads" {
	mkdir -p real/sub
	ln -s real/sub way
	export COFFERDAM_IMAGES=$PWD/way/images
	archive a.tar
	"$COFFERDAM" image import one a.tar
	plant='for name in '"$PWD"'/real/sub/images/trees/*/root/etc/name; do echo planted >$name; done'
	for shown in real real/sub; do
		run "$COFFERDAM" run --quiet --rw "$PWD/$shown" -- sh -c "$plant"
		echo "$output"
		[ "$status" != 0 ]
		[ "$(says --root image:one)" = first ]
	done
	run -125 "$COFFERDAM" run --quiet --rw "$PWD/real/sub/images/trees" -- true
	[[ $output == *"shows $PWD/real/sub/images, which no job may write"* ]]
	# What a link leads to that is not there yet a job could make.
	ln -s real/later later
	run -125 env COFFERDAM_IMAGES="$PWD/later/images" "$COFFERDAM" run --quiet --rw "$PWD/real" -- true
	[[ $output == *"the symbolic link $PWD/later leads to nothing"* ]]
	# Without the cover the same job does it.
	COFFERDAM_IMAGES=$PWD/none "$COFFERDAM" run --quiet --rw "$PWD/real" -- sh -c "$plant"
	[ "$(says --root image:one)" = planted ]
	"$COFFERDAM" image remove one
}

@test "a directory that has something else becomes no store, and loses nothing" {
	archive a.tar
	mkdir -p other/{new,trees,trash}/mine
	export COFFERDAM_IMAGES=$PWD/other
	run -125 "$COFFERDAM" image import one a.tar
	[[ $output == *"images: $PWD/other: not a directory of images, and has something else in "* ]]
	run -125 "$COFFERDAM" image remove one
	[ -d other/new/mine ]
	[ -d other/trees/mine ]
	[ -d other/trash/mine ]
	# In a store it is left alone where it cannot be an image; what an import leaves is removed.
	rm -r other/{new,trees,trash}/mine
	"$COFFERDAM" image import one a.tar
	mkdir -p other/trees/mine "other/trees/sha256-$(printf '%064d' 0)-single" other/new/1-00000000
	"$COFFERDAM" image remove one
	[ "$(ls other/trees)" = mine ]
	[ -z "$(ls other/new)" ]
}

@test "a tree whose root is a link is refused" {
	archive a.tar
	"$COFFERDAM" image import one a.tar
	local root
	root=$(echo store/trees/*)/root
	mv "$root" store/kept
	ln -s "$PWD/store/kept" "$root"
	run -125 "$COFFERDAM" run --root image:one -- /bin/sh -c true
	[[ $output == *"image: one: "*"Not a directory"* ]]
	rm "$root"
	mv store/kept "$root"
	[ "$(says --root image:one)" = first ]
}

@test "what skopeo and umoci are for is refused by name where they are missing" {
	mkdir oci
	echo '{}' >oci/oci-layout
	echo '{}' >oci/index.json
	! command -v skopeo >/dev/null || skip "skopeo is installed"
	run_split "$COFFERDAM" image import one oci
	[ "$status" = 125 ]
	[ "$stderr" = "cofferdam: image: one: skopeo: not available on this host (apt-get install skopeo)" ]
}
