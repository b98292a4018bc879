#!/bin/bash
# Keeps what the runner is to know of this environment: .env is read by the Listener, .path by the service script.
set -e

variables=(LANG JAVA_HOME ANT_HOME M2_HOME ANDROID_HOME ANDROID_SDK_ROOT GRADLE_HOME NVM_BIN NVM_PATH LD_LIBRARY_PATH
	PERL5LIB)

touch .env
for name in "${variables[@]}"; do
	if [ -n "${!name}" ] && ! grep -q "^$name=" .env; then
		echo "$name=${!name}" >>.env
	fi
done
printf '%s' "$PATH" >.path
