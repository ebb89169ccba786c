# SPDX-License-Identifier: GPL-2.0
#
# How a C++ object of a kernel module is compiled. Included by a Kbuild file,
# ours and that of every ported driver, after it has set
#
#	cxx-includes   -I options of the C++ objects
#	cxx-dialect    further options (optional)
#
# An object gets the very flags that Kbuild would give a C object of the same
# name in the same module, for this kernel, its configuration and this compiler:
# mitigations, sanitizers, tracing, padding. What is taken away makes sense in C
# only; scripts/check-objects.sh holds the same list and compares.

# DWARF is replaced by line tables, since pahole cannot read C++ types and Kbuild
# would delete the module; CXXDEBUG=1 asks for all of it.
# The gcc plugins and bitcode of LTO are made for C alone.
cxx-drop := -std=% -Wstrict-prototypes -Werror=strict-prototypes -Wmissing-prototypes \
	    -Werror=missing-prototypes -Wold-style-definition \
	    -Werror=implicit-function-declaration -Werror=implicit-int \
	    -Werror=incompatible-pointer-types -Werror=designated-init \
	    -Wno-pointer-sign -Wdeclaration-after-statement -Wno-override-init \
	    -Wenum-conversion -Wno-enum-compare-conditional -Wno-enum-enum-conversion \
	    -g -gdwarf-% $(CC_FLAGS_LTO) $(GCC_PLUGINS_CFLAGS)

cxx-add  := -std=gnu++20 -fno-exceptions -fno-rtti -ffreestanding $(if $(CXXDEBUG),-g,-g1) -Wall

# Data of templates and inline functions: weak, as without the groups below the linker would call
# two of gcc's "unique" symbols a clash.
cxx-add  += $(if $(CONFIG_CC_IS_GCC),-fno-gnu-unique)

# Linux headers are C and no C++ compiler gets through them, so that their
# folders are not searched. kconfig.h is macros only and gives IS_ENABLED().
cxx_flags = -Wp,-MMD,$(depfile) -nostdinc $(cxx-includes) -I$(objtree)/include \
	    -include $(srctree)/include/linux/kconfig.h \
	    $(filter-out $(cxx-drop),$(_c_flags)) $(cxx-add) $(cxx-dialect) \
	    $(CXXFLAGS_$(target-stem).o) $(modkern_cflags) $(basename_flags) $(modname_flags)

# An inline function that is not inlined sits in a COMDAT group of every object
# that uses it. ld -r would keep one and leave the others' __mcount_loc, ORC and
# .return_sites entries dangling, so the groups are dissolved before objtool
# looks: each object keeps its own weak copy.
quiet_cmd_cxx_o_cpp = CXX $(quiet_modtag) $@
      cmd_cxx_o_cpp = $(CC) $(cxx_flags) -c -o $@ $< ; $(OBJCOPY) -R .group $@ $(cmd_objtool)

# Pattern rules: KBUILD_MODNAME is found through the stem.
$(obj)/%.o: $(src)/%.cpp FORCE
	$(call if_changed_dep,cxx_o_cpp)
$(obj)/%.o: $(src)/%.cc FORCE
	$(call if_changed_dep,cxx_o_cpp)
$(obj)/%.o: $(src)/%.cxx FORCE
	$(call if_changed_dep,cxx_o_cpp)
