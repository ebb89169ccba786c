#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# farm.sh FROM TO [PATH...] - mirror sources for one kernel's build
#
# Makes TO a tree of folders like FROM (or the given PATHs of it) in which every
# source is a symbolic link, so that several kernels build from one checkout.
# Links whose source is gone are removed; what a build made stays.
set -eu

from=$(cd "$1" && pwd)
mkdir -p "$2"
to=$(cd "$2" && pwd)
shift 2
[ $# -gt 0 ] || set -- .

cd "$from"
# Products of a build made elsewhere must not be linked: a build would write through the link.
find "$@" \( -name build -o -name '.?*' \) -prune -o -type d -print |
	(cd "$to" && xargs -d '\n' mkdir -p --)
find "$@" \( -name build -o -name '.?*' \) -prune -o \( -type f -o -type l \) \
	! -name '*.o' ! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' ! -name '*.a' \
	! -name '*~' ! -name Module.symvers ! -name modules.order -print |
while IFS= read -r path; do
	path=${path#./}
	[ "$(readlink "$to/$path" || :)" = "$from/$path" ] || ln -sfn "$from/$path" "$to/$path"
done

find "$to" -xtype l -delete
