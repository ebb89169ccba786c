# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# reg_race.ko, some rounds a load, again and again: for wsk.race=<seconds>s, or until there were
# wsk.race=<rounds>. wsk.ko is loaded; needs tap.sh.

race_now() { cut -d. -f1 /proc/uptime; }

race_rounds=0
race_end=0
case ${wsk_race:-} in
*s) race_end=$(($(race_now) + ${wsk_race%s})) ;;
*) race_rounds=${wsk_race:-0} ;;
esac

race_goes_on() {
	[ "$race_done" -eq 0 ] || [ "$race_done" -lt "$race_rounds" ] || [ "$(race_now)" -lt "$race_end" ]
}
race_load() { insmod /modules/reg_race.ko && rmmod reg_race; }

race_done=0
race_failed=
race_start=$(race_now)
race_processors=$(grep -c '^processor' /proc/cpuinfo)
while [ -z "$race_failed" ] && race_goes_on; do
	race_load 2>/tmp/race.log || race_failed=1
	race_each=${race_each:-$(dmesg | sed -n 's/.*reg_race: ok rounds \([0-9]*\) .*/\1/p')}
	race_done=$((race_done + ${race_each:-0}))
done
if [ -n "$race_failed" ]; then
	dmesg | grep reg_race | tail -n 5 >>/tmp/race.log
	tap_not_ok "registrations end under 4 threads" /tmp/race.log
else
	tap_line "# $(dmesg | grep 'reg_race: ok' | tail -n 1 | sed 's/^[^]]*] //')"
	tap_line "# $race_done rounds took $(($(race_now) - race_start)) s"
	race_what="$race_done rounds of captures and as many of sockets"
	tap_ok "registrations end under 4 threads: $race_what, $race_processors processors"
fi
