# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# make shell: a prompt on the console; leaving it powers the guest off.
cat <<'END'

In the guest. The modules are in /modules, the other ends of the samples in /guest. For example:
    insmod /modules/wsk.ko; insmod /modules/echo.ko; /guest/client --quick
    cat /sys/kernel/debug/wsk/sockets; dmesg | tail
    rmmod echo; rmmod wsk
Ctrl-D leaves, Ctrl-A X ends QEMU.

END
cd /modules || :
setsid cttyhack sh
