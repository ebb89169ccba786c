#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# User-Mode Linux 6.12 with KUnit, KASAN, lockdep, kmemleak and failslab: built once into the cache.
#	uml.sh build MODULES		build it when the cache has none, and all modules for it into a folder
#	uml.sh kdir			the build tree, for scripts/build.sh (builds it when absent)
#	uml.sh run MODULES [KUNIT ARGS]	run wsk_kunit.ko and the driver tests, see uml-run.sh
# UML_KDIR=<tree> uses a tree built elsewhere.
set -eu
. "$(dirname "$0")/lib.sh"

if [ -n "${UML_KDIR:-}" ]; then
	tree=$UML_KDIR
	[ -x "$tree/linux" ] || die "UML_KDIR=$tree has no User-Mode Linux in it" "unset UML_KDIR"
else
	tree=$("$wsk_scripts/own-kernel.sh" uml kdir)
fi

case ${1:-} in
build) exec "$wsk_scripts/check-build.sh" "$tree" "${2:?uml.sh build MODULES}" ;;
kdir) echo "$tree" ;;
run)
	shift
	exec "$wsk_scripts/uml-run.sh" "$tree" "$@"
	;;
*) die "uml.sh build MODULES | kdir | run MODULES [KUNIT ARGS]" ;;
esac
