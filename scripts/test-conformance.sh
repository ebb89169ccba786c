#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# conformance.sh against planted contracts, deviations, sources and results, and the tree's own.
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export WSK_TREE=$dir/tree
# make check, which runs this, holds the lock; what is planted here needs none.
export WSK_ALONE=1
tree=$WSK_TREE

# A small tree: two groups, five rules.
plant() {
	rm -rf "$tree"
	mkdir -p "$tree/Documentation" "$tree/scripts" "$tree/kunit" "$tree/build/results" \
		"$tree/compat" "$tree/wsk"
	cat >"$tree/Documentation/contract.md" <<'END'
### REG — Registration (4 rules)

| ID | Class | IRQL | Rule | Source |
|---|---|---|---|---|
| REG-1 | MUST | =P | Registers. | x |
| REG-2 | MUST-R | =P | Copies. | x |
| REG-3 | DUTY | =P | Is called once. | x |
| REG-4 | INFO | - | May be called late. | x |

### CEV — Client event callback (1 rules)

| CEV-1 | MUST | <=D | Is never called, whatever a \* says. | x |

## 4. Number of rules per group

| Group | Subject | MUST | MUST-R | DUTY | INFO | Total |
|---|---|---|---|---|---|---|
| REG | Registration | 1 | 1 | 1 | 1 | 4 |
| CEV | Client event callback | 1 | 0 | 0 | 0 | 1 |
| **all** | | **2** | **1** | **1** | **1** | **5** |
END
	printf 'rule\tkind\ttext\treason\n' >"$tree/scripts/deviations.tsv"
	cat >"$tree/kunit/reg_kunit.c" <<'END'
static void registers(struct kunit *test)
{
	WSK_RULES(test, "REG-1 WskRegister "
			"REG-2");
}

static void copies(struct kunit *test)
{
	WSK_RULES(test, "REG-2");
}

static struct kunit_suite suite = {
	.name = "reg",
};
END
}

# results LANE LINES...: a lane with the suite reg.
results() {
	local lane=$1
	shift
	{
		printf 'KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: reg\n    1..2\n'
		printf '    %s\n' "$@"
		echo 'ok 1 reg'
	} >"$tree/build/results/$lane.ktap"
}
deviate() { (IFS=$'\t' && echo "$*") >>"$tree/scripts/deviations.tsv"; }

# says NAME STATUS REGEX... -- ARGUMENTS: conformance.sh ends with STATUS and says each line.
says() {
	local name=$1 status=$2 rc=0 regex
	local regexes=()
	shift 2
	while [ "$1" != -- ]; do
		regexes+=("$1")
		shift
	done
	shift
	"$wsk_scripts/conformance.sh" "$@" >"$dir/out" 2>&1 </dev/null || rc=$?
	if [ "$rc" -ne "$status" ]; then
		echo "status $rc, wanted $status" >>"$dir/out"
		tap_not_ok "conformance: $name" "$dir/out"
		return
	fi
	for regex in "${regexes[@]}"; do
		grep -qE -- "$regex" "$dir/out" || {
			echo "not said: $regex" >>"$dir/out"
			tap_not_ok "conformance: $name" "$dir/out"
			return
		}
	done
	tap_ok "conformance: $name"
}

# row NAME LINE: the table has this line.
row() {
	if grep -qxF -- "   $2" "$tree/Documentation/conformance.rst"; then
		tap_ok "conformance: $1"
	else
		tap_not_ok "conformance: $1" "$tree/Documentation/conformance.rst"
	fi
}

registers='# registers: # rules: REG-1 REG-2 WskRegister'
copies='# copies: # rules: REG-2'

plant
results uml "$registers" "ok 1 registers" "$copies" "ok 2 copies"
says "what cases prove is counted by group and class" 0 '^REG MUST 1 of 1, MUST-R 1 of 1, DUTY 0 of 1$' \
	'^CEV MUST 0 of 1$' '^all MUST 1 of 2, MUST-R 1 of 1, DUTY 0 of 1$' \
	'^states: 2 passed, 0 failed, 2 open, 0 wait .* 0 not applicable; 1 are INFO$' \
	'^lanes: uml \([0-9]+ s' --
row "a rule lists its cases" 'REG-2, MUST-R, "passed", "reg.copies, reg.registers"'
row "a rule without a case is open" 'CEV-1, MUST, "open", ""'
row "an INFO rule without a case is no gap" 'REG-4, INFO, "information", ""'
says "the table that was written does not lag" 0 '^ok .*conformance.rst' '^ok .*deviations.rst' -- check
cp -r "$tree/Documentation" "$dir/before"
find "$tree/kunit" -exec touch -d '4 hours ago' {} +
touch -d '3 hours ago' "$tree/build/results/uml.ktap"
mkdir -p "$tree/kunit/drivers/x/build/6.1"
: >"$tree/kunit/drivers/x/build/6.1/x.mod.c"
says "what is built later is no newer source" 0 '^lanes: uml \(3 h\)$' --
touch "$tree"/kunit/*.c
says "the lines tell the age of results, and that the sources are newer" 0 \
	'^lanes: uml \(3 h, older than the sources\)$' 'before the sources changed' --
tap_check "conformance: the table does not depend on when and where" \
	diff -r "$dir/before" "$tree/Documentation"

results uml "$registers" "ok 1 registers" "$copies" "not ok 2 copies"
says "a table that lags is named, with what to do" 1 '^not ok .*conformance.rst' \
	'lags behind: run make conformance' 'REG-2' -- check
says "a rule that one case proves and another fails has failed" 0 'MUST-R 0 of 1' \
	'^REG-2 failed: reg.copies$' --
row "and the table says which" 'REG-2, MUST-R, "failed: reg.copies", "reg.registers"'
results uml "ok 2 copies" "$registers" "ok 1 registers" "not ok 2 copies"
says "a case that failed before it could say its rules fails them" 0 '^REG-2 failed: reg.copies$' --
results uml "$registers" "ok 1 registers # SKIP no IPv6" "$copies" "ok 2 copies"
says "a case that was skipped proves nothing" 0 '^REG MUST 0 of 1, MUST-R 1 of 1' --
results uml "$registers" "$copies" "ok 2 copies"
says "a case that did not end proves nothing" 0 '^REG MUST 0 of 1, MUST-R 1 of 1' --
results uml "$registers" '    ok 1 v4' '    not ok 2 v6' "not ok 1 registers" "$copies" "ok 2 copies"
says "a case with a parameter that failed has failed" 0 '^REG-1 failed: reg.registers$' --
results uml "$registers" "not ok 1 registers" "$registers" "ok 1 registers"
says "a case that failed in one of its rounds has failed" 0 '^REG-1 failed: reg.registers$' --
{
	printf '# rules: REG-3\nok 1 - rmmod names the registration\nok 2 - another\n1..2\n'
} >>"$tree/build/results/uml.ktap"
says "a test in shell says its rules before its result" 0 'DUTY 1 of 1' --
row "and is listed by its words" 'REG-3, DUTY, "passed", "rmmod names the registration"'

results uml "$registers" "ok 1 registers"
"$wsk_scripts/conformance.sh" >/dev/null 2>&1
cp "$tree/Documentation/conformance.rst" "$dir/uml.rst"
echo 'static void late(struct kunit *test) { WSK_RULES(test, "CEV-1"); }' >>"$tree/kunit/reg_kunit.c"
results kasan '# late: # rules: CEV-1' 'ok 1 late' '# gone: # rules: REG-3' 'ok 2 gone'
says "another lane adds to the lines, as far as its suites still say so" 0 '^CEV MUST 1 of 1$' \
	'DUTY 0 of 1$' '^lanes: kasan .*; uml ' --
tap_check "conformance: but not to the table" cmp "$tree/Documentation/conformance.rst" "$dir/uml.rst"
says "the line for all can be had of one lane" 0 '^all MUST 1 of 2' '^lanes: uml \(' \
	-- line "$tree/build/results/uml.ktap"
results debug-6.1 '# copies: # rules: REG-2' 'ok 1 copies'
says "what another kernel's suites leave unproved is named" 0 '^debug-6.1 proves all that uml does but 1: REG-1$' \
	-- line "$tree"/build/results/{uml,debug-6.1}.ktap
results debug-6.1 "$registers" 'ok 1 registers'
says "and that nothing is" 0 '^debug-6.1 proves all that uml does$' --
rm "$tree/build/results/debug-6.1.ktap"

results uml "$registers" "ok 1 registers" "# copies: # rules: REG-9" "ok 2 copies"
says "a case that claims what is no rule" 1 \
	'^error: the case reg.copies of the lane uml says it proves REG-9, which is no rule' --
results uml "$registers" "ok 1 registers" "# copies: # rules: REG-2a" "ok 2 copies"
says "or what is not quite one" 1 'says it proves REG-2a, which is no rule' --
says "and check does not call that a table that lags" 1 '^not ok .*agree' 'REG-2a' -- check
results uml "$registers" "ok 1 registers"
sed -i 's/"REG-2")/"REG-7")/' "$tree/kunit/reg_kunit.c"
says "a source that claims what is no rule" 1 \
	'kunit/reg_kunit.c:9: copies says it proves REG-7, which is no rule' -- sources
plant
says "no results, and a tree that cannot run" 1 '^error: there are no results in ' --
says "check without results" 1 '^error: the UML lane left no results' -- check
results uml "ok 1 registers"
says "results in which no case says what it proves" 1 'no case in the results says what it proves' -- line

# deviates NAME STATUS REGEX RULE KIND TEXT [REASON]
deviates() {
	plant
	results uml "$registers" "ok 1 registers" "$copies" "ok 2 copies"
	deviate "${@:4}"
	says "$1" "$2" "$3" --
}
deviates "a rule may wait" 0 ' 1 wait for a later part' CEV-1 waits 'part 3: WskClientEvent'
row "and the table says for what" 'CEV-1, MUST, "waits for part 3: WskClientEvent", ""'
deviates "a rule that does not apply holds" 0 '^CEV MUST 1 of 1$' CEV-1 not-applicable 'Another way.'
row "with what was chosen" 'CEV-1, MUST, "not applicable: Another way.", ""'
tap_check "conformance: which deviations.rst says too" \
	grep -qxF '   CEV-1, "Another way."' "$tree/Documentation/deviations.rst"
deviates "a mistake that cannot be noticed holds" 0 'DUTY 1 of 1' REG-3 undetectable 'Nobody can tell.'
deviates "what differs is still to be proved" 0 'DUTY 0 of 1' REG-3 differs 'It is answered.' 'Cheap.'
deviates "what differs may be a function without a rule" 0 '^all' KeSetEvent differs 'No boost.' 'No one asks.'
tap_check "conformance: deviations.rst says what differs and why, in columns of their own" \
	grep -qxF '   KeSetEvent, "No boost.", "No one asks."' "$tree/Documentation/deviations.rst"
deviates "what differs without a reason" 1 'deviations.tsv:2: KeSetEvent: .* a reason' KeSetEvent differs 'No boost.'
deviates "or with an empty one" 1 'deviations.tsv:2: REG-3: .* a reason' REG-3 differs 'It is answered.' ' '
deviates "a reason where the text is one" 1 'deviations.tsv:2: CEV-1: ' CEV-1 not-applicable 'Another way.' 'Twice.'
deviates "a deviation from what is no rule" 1 'deviations.tsv:2: REG-9 is no rule' REG-9 waits 'part 3: x'
deviates "a kind that is none" 1 "'later' of CEV-1 is none of" CEV-1 later 'part 3: x'
deviates "a text that names no part" 1 "CEV-1 has to be 'part N: '" CEV-1 waits WskClientEvent
deviates "a text that is missing" 1 'CEV-1: a line is a rule, a kind and a text' CEV-1 waits ''
deviates "an obligation of ours that nobody could notice" 1 'CEV-1 is no DUTY' CEV-1 undetectable 'No.'
deviates "what waits and is proved" 1 'waits of REG-2, but kunit/.*: registers says it proves it' \
	REG-2 waits 'part 3: x'
deviates "what does not apply and is proved" 1 'not-applicable of REG-2, but ' REG-2 not-applicable No.
says "also before anything ran" 1 'not-applicable of REG-2, but ' -- sources
deviate REG-2 not-applicable 'Twice.'
says "a rule that deviates twice" 1 'deviations.tsv:3: REG-2 is there twice' --

# breaks NAME REGEX SED: the contract with an edit.
breaks() {
	plant
	sed -i "$3" "$tree/Documentation/contract.md"
	says "$1" 1 "$2" -- sources
}
breaks "a rule that is missing" 'the rule REG-2 is missing before REG-3' '/^| REG-2 /d'
breaks "the last rule of a group that is missing" 'heading of REG says 4 rules, there are 3' '/^| REG-4 /d'
breaks "a rule that is there twice" 'the rule REG-1 is there twice' 's/^| REG-2 /| REG-1 /'
breaks "a class that is none" "REG-2 has the class 'SHOULD'" 's/MUST-R | =P/SHOULD | =P/'
breaks "a sum that is wrong" 'section 4 counts 2 rules MUST of REG, there are 1' 's/tion | 1 | 1/tion | 2 | 1/'
breaks "a group without a sum" 'CEV is not in the table' '/^| CEV | /d'
plant
rm "$tree/Documentation/contract.md"
says "a contract that is not there" 1 '^error: there is no .*contract.md' -- sources

unset WSK_TREE
tap_check "conformance: the tree's own contract, claims and deviations agree" \
	"$wsk_scripts/conformance.sh" sources
tap_check "conformance: the contract has its 1,027 rules" \
	test "$(awk -f "$wsk_scripts/conformance/contract.awk" "$wsk_root/Documentation/contract.md" | wc -l)" -eq 1027
tap_end
