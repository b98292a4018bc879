# Distributions that GitHub's list offers: loaded by runner_fetch.bats and runner_roll.bats.
# shellcheck shell=bash disable=SC2034,SC2154 # used by, and set in, the files that load this
load runner_helpers

case $(uname -m) in
aarch64) ARCH=arm64 ;;
*) ARCH=x64 ;;
esac

# archive VERSION [DIRECTORY]: an archive of the stand-in distribution, or of the directory.
archive() {
	echo "$W/actions-runner-linux-$ARCH-$1.tar.gz"
	tar -czf "$W/actions-runner-linux-$ARCH-$1.tar.gz" -C "${2:-$W/dist}" .
}

# offered VERSION: GitHub's list has it, alone.
offered() {
	local file

	file=$(archive "$1")
	curl -sf -T "$file" "$URL/_hub/files/${file##*/}" >/dev/null
	list "$(sum "$file")" "$URL/files/${file##*/}" "$1"
}

# list SHA256 URL VERSION [TOKEN]: what GitHub answers from now on, whatever it has.
list() {
	fault "$(jq -cn --arg sum "$1" --arg url "$2" --arg name "actions-runner-linux-$ARCH-$3.tar.gz" --arg arch "$ARCH" --arg token "${4:-}" \
		'{path: "/repos/octo/demo/actions/runners/downloads", times: 0, status: 200, body: ([
			{os: "win", architecture: $arch, download_url: 7},
			{os: "linux", architecture: $arch, download_url: $url, filename: $name, sha256_checksum: $sum, temp_download_token: $token}
		] | tojson)}')"
}

fault() {
	curl -sf "$URL/_hub/faults" --data-binary @- <<<"$1" >/dev/null
}

no_faults() {
	curl -sf -X DELETE "$URL/_hub/faults" >/dev/null
}

sum() {
	sha256sum "$1" | cut -d' ' -f1
}

fetch() {
	runner ACCESS_TOKEN="$PAT" fetch "$@"
}
