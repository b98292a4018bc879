# shellcheck shell=bash disable=SC2034
# What another machine's programs are linked with and run in. Sourced by image and run; what is written here names the cached files.

arm64_cache=${COFFERDAM_VM_CACHE:-/var/cache/cofferdam-vm}-arm64
arm64_suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")

# One tree is both: libraries to link with, and the system of the virtual machine. Nothing of it is configured: what a package's
# scripts would have made, image makes where it is needed.
arm64_packages=libc6-dev,libseccomp-dev,libcap-dev,libjansson-dev,libmd-dev,libcurl4-openssl-dev,libarchive-dev,libsystemd-dev,libssl-dev
arm64_packages+=,libmicrohttpd-dev,libsqlite3-dev,libcmocka-dev,linux-image-cloud-arm64,base-files,bash,dash,coreutils,util-linux,mount,mawk,grep
arm64_packages+=,sed,findutils,hostname,libc-bin,procps,jq,keyutils,libcap2-bin,iproute2,busybox-static

arm64_parts="config.sh image init"

# arm64_name DIR: the path of the cached files (without their endings) for the files in DIR, this directory.
arm64_name() {
	local hash
	# shellcheck disable=SC2086 # words
	hash=$({ echo "$arm64_suite"; cd "$1" && cat $arm64_parts; } | sha256sum | cut -c1-16)
	echo "$arm64_cache/$hash"
}
