#include "policy/device.h"

#include <fnmatch.h>
#include <string.h>

/* SECURITY.md has the risk of each ("Devices"). */
const struct device devices[] = {
	{"/dev/kvm", 10, 232, "virtual machines",
		"modprobe kvm_intel or kvm_amd; in a virtual machine, nested virtualisation"},
	{"/dev/fuse", 10, 229, "file systems that a process provides", "modprobe fuse"},
	{"/dev/net/tun", 10, 200, "network interfaces that a process provides", "modprobe tun"},
	{"/dev/dri/card[0-9]*", 226, DEVICE_ANY, "a graphics card", "load the card's driver"},
	{"/dev/dri/renderD[0-9]*", 226, DEVICE_ANY, "a graphics card, for computing", "load the card's driver"},
	{"/dev/kfd", DEVICE_ANY, DEVICE_ANY, "AMD's compute interface", "modprobe amdgpu"},
	{"/dev/nvidiactl", 195, 255, "NVIDIA's control interface", "load the driver: nvidia-modprobe"},
	{"/dev/nvidia[0-9]*", 195, DEVICE_ANY, "an NVIDIA card", "load the driver: nvidia-modprobe"},
	{"/dev/nvidia-uvm", DEVICE_ANY, DEVICE_ANY, "NVIDIA's unified memory", "load the driver: nvidia-modprobe -u"},
};
const size_t devices_count = sizeof devices / sizeof devices[0];

static const struct {
	const char *path, *why;
} others[] = {
	{"/dev/mem", "the memory of the machine"},
	{"/dev/kmem", "the memory of the kernel"},
	{"/dev/port", "the ports of the machine"},
	{"/dev/sd*", "a disk: every file on it, whatever its mode"},
	{"/dev/vd*", "a disk: every file on it, whatever its mode"},
	{"/dev/nvme*", "a disk: every file on it, whatever its mode"},
	{"/dev/dm-*", "a disk: every file on it, whatever its mode"},
	{"/dev/mapper/*", "a disk: every file on it, whatever its mode"},
	{"/dev/loop*", "a disk: every file on it, whatever its mode"},
	{"/dev/vfio/*", "hardware that reaches the memory of the machine"},
	{"/dev/vhost-*", "work for another machine or process that the kernel does with its own rights"},
	{"/dev/input/*", "what is typed on the machine"},
	{"/dev/tty?*", "a terminal of the host"},
	{"/dev/pts/*", "a terminal of the host"},
	{"/dev/console", "a terminal of the host"},
	{"/dev/null", "every job has it"},
	{"/dev/zero", "every job has it"},
	{"/dev/full", "every job has it"},
	{"/dev/random", "every job has it"},
	{"/dev/urandom", "every job has it"},
	{"/dev/tty", "every job has it"},
};

const struct device *device_find(const char *path)
{
	/* As every row begins. Each mount of a profile is asked about, and fnmatch(3) is slow. */
	if (strncmp(path, "/dev/", strlen("/dev/")) != 0)
		return NULL;
	for (size_t i = 0; i < devices_count; i++)
		if (fnmatch(devices[i].path, path, FNM_PATHNAME) == 0)
			return &devices[i];
	return NULL;
}

/* Majors of character devices that no driver owns: Documentation/admin-guide/devices.txt, find_dynamic_major() in
 * fs/char_dev.c. */
static bool is_dynamic_major(unsigned major)
{
	return (major >= 234 && major <= 254) || (major >= 384 && major <= 511);
}

bool device_matches(
	const struct device *row, const char *path, unsigned major, unsigned minor, const char *kernels_name)
{
	if (row->major == DEVICE_ANY ? !is_dynamic_major(major) : major != (unsigned)row->major)
		return false;
	if (row->minor != DEVICE_ANY && minor != (unsigned)row->minor)
		return false;
	return kernels_name == NULL || strcmp(kernels_name, path + strlen("/dev/")) == 0;
}

int device_refuse(const char *path, struct error *err)
{
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (fnmatch(others[i].path, path, FNM_PATHNAME) == 0)
			return error_set(err, 0, "%s: not a device that can be granted: %s", path, others[i].why);
	error_set(err, 0, "%s: not a device that can be granted", path);
	return error_hint(err, "known: /dev/kvm, /dev/fuse, /dev/net/tun, /dev/dri/…, /dev/kfd, /dev/nvidia…");
}
