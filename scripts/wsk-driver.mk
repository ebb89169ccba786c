# SPDX-License-Identifier: GPL-2.0
#
# Builds a Windows driver's source as a Linux module. The last line of a driver's
# Makefile includes this file:
#
#	wsk-driver  := echo			becomes echo.ko
#	wsk-license := GPL			only the author may state it
#	echo-y      := driver.o worker.o	C or C++ sources in this folder or below
#	include $(WSK)/scripts/wsk-driver.mk
#
# make				for the running kernel if wsk.ko is built for it, else Debian's 6.1
# make KERNEL=6.12		for Debian's 6.12 kernel, the newest whose headers are there
# make KDIR=<folder>		for the kernel built there
# make clean
#
# The module is build/<kernelrelease>/<name>.ko. Kbuild's ccflags-y,
# CFLAGS_file.o, CXXFLAGS_file.o and asflags-y work; cxxflags-y is for all C++.

wsk-root := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))..)
wsk-name := $(strip $(wsk-driver))

ifndef WSK_TREE
# ---------------------------------------------------------------- what a person types

wsk-free := GPL|GPL v2|GPL and additional rights|Dual BSD/GPL|Dual MIT/GPL|Dual MPL/GPL
wsk-here := $(abspath $(firstword $(MAKEFILE_LIST)))
wsk-stop  = $(error wsk: $(1))

.PHONY: modules clean
modules:
	$(if $(wsk-name),,$(call wsk-stop,the driver has no name: add a line such as `wsk-driver := echo' to $(wsk-here)))
	$(if $(strip $($(wsk-name)-y) $($(wsk-name)-objs)),,$(call wsk-stop,$(wsk-name) has no \
		sources: add a line such as `$(wsk-name)-y := driver.o' to $(wsk-here)))
	$(if $(strip $(wsk-license)),,$(call wsk-stop,the license of $(wsk-name) is not stated and \
		only its author may state it: add a line such as `wsk-license := GPL' to $(wsk-here)))
	+@WSK_NAME='$(wsk-name)' WSK_LICENSE='$(strip $(wsk-license))' WSK_FREE='$(wsk-free)' \
	  WSK_OBJS='$(strip $($(wsk-name)-y) $($(wsk-name)-objs))' KERNEL='$(KERNEL)' KDIR='$(KDIR)' \
	  MAKE='$(MAKE)' $(wsk-root)/scripts/driver.sh build

clean:
	@$(wsk-root)/scripts/driver.sh clean

else
# ------------------------------------------- what Kbuild reads, in build/<kernelrelease>/

# A source named as the module would be the module's own object; driver.sh links it as <name>-main.
driver-objs    := $(patsubst $(wsk-name).o,$(wsk-name)-main.o,$($(wsk-name)-y) $($(wsk-name)-objs))
$(wsk-name)-y  := $(driver-objs) $(wsk-name)-glue.o
$(wsk-name)-objs :=
obj-m          := $(wsk-name).o

# A driver sees NT's headers and its own; the last folder is for "../inc/x.h", relative to the
# place where its source really is. .wsk-tmh holds the empty output of the WPP preprocessor.
cxx-includes := -I$(src) -I$(wsk-root)/compat/include -I$(wsk-root)/wsk/include \
		-I$(obj)/.wsk-tmh -I$(WSK_TREE)

# wsk.ko tells drivers apart by the return address of a call: no call may become a jump. CHAR is
# signed, other than Linux' own char since 6.2.
wsk-dialect := -fms-extensions -fshort-wchar -fsigned-char -fno-optimize-sibling-calls -Wno-multichar \
	       -Wno-unknown-pragmas -Wno-format -Wno-missing-braces -Wno-comment -Wno-switch
cxx-dialect := $(wsk-dialect) -Wno-write-strings $(cxxflags-y)
include $(wsk-root)/scripts/wsk-cxx.mk

# Style that Linux asks of its own sources.
wsk-drop  := -Wmissing-declarations -Wimplicit-fallthrough% -Wvla
cxx-drop  += $(wsk-drop)

# C objects: Kbuild's own rule, with flags that leave out Linux' headers.
wsk-c-drop := $(filter-out -g -gdwarf-% $(CC_FLAGS_LTO) $(GCC_PLUGINS_CFLAGS) -Wno-% \
		-Werror=implicit-function-declaration,$(cxx-drop)) -Wenum-conversion
wsk-c-flags = -Wp,-MMD,$(depfile) -nostdinc $(cxx-includes) \
	      $(filter-out $(wsk-c-drop),$(_c_flags)) -std=gnu17 $(wsk-dialect) \
	      -Wno-incompatible-pointer-types $(modkern_cflags) $(basename_flags) $(modname_flags)
$(addprefix $(obj)/,$(driver-objs)): private c_flags = $(wsk-c-flags)

# From DriverEntry to module_init, when it is known that there is one.
CFLAGS_$(wsk-name)-glue.o := -I$(wsk-root)/compat -DWSK_LICENSE='"$(strip $(wsk-license))"'
$(obj)/$(wsk-name)-glue.o: private ccflags-y :=
$(obj)/$(wsk-name)-glue.o: $(obj)/.wsk-entry
$(obj)/.wsk-entry: $(addprefix $(obj)/,$(driver-objs))
	@$(wsk-root)/scripts/driver-entry.sh '$(NM)' '$(wsk-name)' $^
	@touch $@

endif
