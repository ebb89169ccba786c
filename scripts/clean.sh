#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# clean.sh - remove what was built, here and in the drivers of samples/, kunit/ and bench/
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
for folder in "$top" "$top"/samples/*/ "$top"/kunit/drivers/*/ "$top"/kunit/canary/ "$top"/bench/driver/; do
	[ ! -d "$folder/build" ] || (cd "$folder" && "$top/scripts/driver.sh" clean)
done
