# SPDX-License-Identifier: GPL-2.0
#
# What a person types. Kbuild says what the modules are made of, scripts/ does the work.

KERNEL ?= 6.1
PREFIX ?= /usr/local
share  := $(DESTDIR)$(PREFIX)/share/wsk
export KERNEL BUDGET

# KDIR= goes before KERNEL=; asked for when a target needs it, so that help works anywhere.
kdir    = $(or $(KDIR),$(shell scripts/kdir.sh '$(KERNEL)'),$(error no kernel to build for))
release = $(shell . scripts/kernel.sh; kernel_release '$(kdir)')
samples := $(patsubst samples/%/Makefile,%,$(shell grep -ls wsk-driver.mk samples/*/Makefile))

.DEFAULT_GOAL := modules
.PHONY: help setup modules samples $(samples) demo shell check check-full conformance bench gates \
	install uninstall clean distclean

help:
	@echo 'Winsock Kernel for Linux'
	@echo
	@echo '  make               build wsk.ko for KERNEL= or KDIR=, into build/<kernelrelease>/'
	@echo '  make demo          boot a stock Debian kernel in QEMU with an echo driver, and use it'
	@echo '  make check         the tests; the last line counts them'
	@echo '  make check-full    the long ones as well, within BUDGET= minutes'
	@echo '  make conformance   the table of which rules of WSK hold, from the results of the tests'
	@echo '  make bench         what calls cost, in instructions, beside what Linux'\''s own ways cost'
	@echo '  make shell         a shell in the QEMU guest, with the modules at hand'
	@echo '  make samples       build the drivers in samples/'
	@echo '  make gates         what is checked without running anything'
	@echo '  make setup         install the packages that all this needs, and fetch kernel headers'
	@echo '  make install       wsk.ko for modprobe; headers and scripts for drivers (as root)'
	@echo '  make uninstall     take both away again, for KERNEL= or KDIR='
	@echo '  make clean         remove what was built'
	@echo '  make distclean     remove build/ with all results'
	@echo
	@echo '  KERNEL=6.1|6.12    Debian'\''s cloud kernel of that series (default 6.1)'
	@echo '  KDIR=<folder>      any built kernel or its headers'
	@echo '  PREFIX=, DESTDIR=  where make install puts things (default /usr/local)'

modules:
	+@scripts/build.sh '$(kdir)'

samples: $(samples)
$(samples): modules
	+@$(MAKE) --no-print-directory -C samples/$@ WSK='$(CURDIR)' KDIR='$(kdir)'

demo:
	@scripts/demo.sh
shell:
	@scripts/shell.sh
check:
	@scripts/check.sh
check-full:
	@scripts/check.sh --full $(BUDGET)
conformance:
	@scripts/conformance.sh
bench:
	@scripts/bench.sh
setup:
	@scripts/setup.sh

gates: modules
	@scripts/gates.sh '$(kdir)'

install:
	@scripts/install.sh install '$(release)' '$(DESTDIR)' '$(PREFIX)'
uninstall:
	@scripts/install.sh uninstall '$(release)' '$(DESTDIR)' '$(PREFIX)'

clean:
	@scripts/clean.sh
distclean: clean
	rm -rf build
