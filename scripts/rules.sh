#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# rules.sh [KTAP...]: the rules of the WSK contract that cases which passed say they prove, by group.
# A case prints "# rules: REG-14 REG-16" behind its last assertion. With no argument: all of
# build/results. The last line counts rules and groups.
set -eu
[ $# -gt 0 ] || set -- "$(dirname "$0")/../build/results/"*.ktap

awk '
	/# [a-z0-9_]+: # rules: / { name = $2; sub(/:$/, "", name); line = $0; sub(/.*# rules: /, "", line); said[name] = line }
	/^ *not ok / || /^ *ok / {
		bad = $0 ~ /^ *not ok /; name = bad ? $4 : $3
		if (!bad && name in said) {
			n = split(said[name], ids, " ")
			for (i = 1; i <= n; i++)
				if (ids[i] ~ /^[A-Z]+-[0-9]+$/)
					proved[ids[i]] = 1
		}
		delete said[name]
	}
	END { for (id in proved) print id }
' "$@" | sort -t- -k1,1 -k2,2n | awk -F- '
	$1 != group { if (group) print line; group = $1; groups++; line = group ":" }
	{ line = line " " $2; rules++ }
	END { if (group) print line; print rules + 0 " rules in " groups + 0 " groups" }'
