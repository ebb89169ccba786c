# SPDX-License-Identifier: GPL-2.0
#
# Shell functions about the kernel that is built for; sourced by build.sh and
# driver.sh.

# Kernels and headers that were downloaded, and what is built once.
wsk_cache=${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/wsk-linux

die()
{
	echo "wsk: $*" >&2
	exit 1
}

# kernel_place FOLDER...: these are where Kbuild can build.
kernel_place()
{
	for _folder do
		case $_folder in
		*[[:space:]:]*) die "Kbuild cannot build in a folder with a blank or colon in its name: $_folder" ;;
		esac
	done
}

# kernel_release KDIR: what uname -r will say. Not kernel.release, which Debian's headers get wrong.
kernel_release()
{
	sed -n 's/^#define UTS_RELEASE "\(.*\)"$/\1/p' "$1/include/generated/utsrelease.h" 2>/dev/null || :
}

# kernel_open KDIR: sets kdir, release and the variables make needs for it.
kernel_open()
{
	[ -d "$1" ] || die "there is no kernel build folder $1"
	kdir=$(cd "$1" && pwd -P)
	kernel_place "$kdir"
	release=$(kernel_release "$kdir")
	[ -n "$release" ] ||
		die "$kdir is no built kernel tree (include/generated/utsrelease.h is missing):" \
		    "run \`make modules_prepare\` or \`make\` in it"
	# A kernel built without `make modules` lists what it exports in vmlinux.symvers alone.
	[ -e "$kdir/Module.symvers" ] || cp "$kdir/vmlinux.symvers" "$kdir/Module.symvers" 2>/dev/null ||
		die "$kdir/Module.symvers is missing: run \`make modules\` there"
	conf=$kdir/include/config/auto.conf
	kernel_vars=
	! grep -q '^CONFIG_UML=y' "$conf" || kernel_vars="ARCH=um"
	! grep -q '^CONFIG_CC_IS_CLANG=y' "$conf" || kernel_vars="$kernel_vars LLVM=1"
	# Without vmlinux Kbuild would say, for each module, that it leaves out BTF.
	[ -e "$kdir/vmlinux" ] || kernel_vars="$kernel_vars CONFIG_DEBUG_INFO_BTF_MODULES="
	! grep -q '^CONFIG_PREEMPT_RT=y' "$conf" ||
		die "$release is a PREEMPT_RT kernel, which has no context that is DISPATCH_LEVEL:" \
		    "build for a kernel without it"
}

# kernel_lock FOLDER NAME: one build at a time, until this shell ends.
kernel_lock()
{
	mkdir -p "$1"
	exec 9>"$1/.lock-$2"
	flock 9
}

# kernel_tree FOLDER: sets tree; starts afresh if it was made with another KDIR of the same release.
kernel_tree()
{
	tree=$1
	if [ "$(cat "$tree/.wsk-kdir" 2>/dev/null || echo "$kdir")" != "$kdir" ]; then
		echo "wsk: $release is now built with $kdir" >&2
		rm -rf "$tree"
	fi
	mkdir -p "$tree"
	echo "$kdir" >"$tree/.wsk-kdir"
}

# kernel_make TREE [arguments]: Kbuild on TREE, in parallel unless a make above says how.
kernel_make()
{
	_tree=$1
	shift
	case " ${MAKEFLAGS:-} " in
	*jobserver*|*" -j"*) ;;
	*) set -- "-j$(nproc)" "$@" ;;
	esac
	# shellcheck disable=SC2086
	"${MAKE:-make}" --no-print-directory -C "$kdir" M="$_tree" $kernel_vars "$@" 9>&-
}
