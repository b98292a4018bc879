# shellcheck shell=bash disable=SC2034
# What the virtual machine is made of. Sourced by image, boot and run; what is written here names the cached image.

# Where images are kept: built by root, read by whoever runs the tests.
vm_cache=${COFFERDAM_VM_CACHE:-/var/cache/cofferdam-vm}

# The release of Debian that this host has, and its kernels: its own, and the next one where there are backports of it.
vm_suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
vm_kernels=${COFFERDAM_VM_KERNELS:-}
if [ -z "$vm_kernels" ]; then
	vm_kernels=linux-image-cloud-amd64
	[ "$vm_suite" != bookworm ] || vm_kernels+=" linux-image-6.12-cloud-amd64"
fi

vm_packages=uidmap,procps,iproute2,nftables,slirp4netns,passt,util-linux,kmod,strace,bash,bats,jq,keyutils,libcap2-bin,fuse-overlayfs
vm_packages+=,systemd,systemd-sysv,dbus,libpam-systemd,dbus-user-session,busybox-static,btrfs-progs

# The cloud kernel has nvme, ext4 and the virtio bus's core built in; these are loaded at boot.
vm_modules="virtio_pci virtio_blk overlay tun fuse veth bridge dummy nf_tables nft_ct nft_limit nft_log nft_reject_inet nft_masq
	nft_nat nft_chain_nat nft_fib_inet nft_compat nf_log_syslog loop btrfs"
# Modules of 6.1 that have become part of others since.
vm_modules_once="nft_objref nft_counter"

# The files that go into the image.
vm_parts="config.sh image init vm-test.service"

# vm_image DIR: the path of the image (without its endings) for the files in DIR, this directory.
vm_image() {
	local hash
	hash=$({ echo "$vm_suite $vm_kernels"; cd "$1" && cat $vm_parts; } | sha256sum | cut -c1-16)
	echo "$vm_cache/$hash"
}
