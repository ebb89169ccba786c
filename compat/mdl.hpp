/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MDL chains as the provider reads them. An MDL that was built or locked
 * describes kernel memory that is mapped, so a chain is a sequence of pieces of
 * the kernel's address space, and nothing has to be mapped to move data.
 */
#pragma once

#include <wdm.h>

#include "cxx/types.hpp"

namespace nt {

/* Where @mdl's memory is; NULL if it was neither built, locked nor mapped. */
inline u8 *mdl_address(const MDL *mdl)
{
	if (mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))
		return static_cast<u8 *>(mdl->MappedSystemVa);
	if (mdl->MdlFlags & MDL_PAGES_LOCKED)
		return static_cast<u8 *>(mdl->StartVa) + mdl->ByteOffset;
	return nullptr;
}

/*
 * Whether [@offset, @offset + @length) lies within the chain that begins with
 * @mdl, and each MDL that has a part of it can be read. Touches the headers
 * only, each once; overflow-safe; a chain without an end is refused. An empty
 * range lies within the chain if @offset does, its end included; within no
 * chain (NULL) at 0.
 */
bool mdl_chain_covers(PMDL mdl, u64 offset, u64 length);

/*
 * Walks the pieces of a range that mdl_chain_covers() has accepted:
 *
 *	for (MdlCursor at(mdl, offset, length); at.piece(); at.advance(at.piece_length()))
 *		use(at.piece(), at.piece_length());
 *
 * advance() by less stays in the piece. Pieces are never empty.
 */
class MdlCursor {
public:
	MdlCursor(PMDL mdl, u64 offset, u64 length) : mdl_(mdl), at_(offset), left_(length)
	{
		settle();
	}

	/*
	 * NULL at the end of the range; also where the chain does not reach any more, or
	 * is not mapped any more, because the driver took its memory back (BUF-17).
	 */
	u8 *piece() const
	{
		u8 *base = left_ && mdl_ ? mdl_address(mdl_) : nullptr;

		return base ? base + at_ : nullptr;
	}
	u32 piece_length() const
	{
		return left_ && mdl_ ? static_cast<u32>(min<u64>(mdl_->ByteCount - at_, left_)) : 0;
	}
	u64 left() const { return left_; }

	/* @bytes: at most left(); may reach past the current piece. */
	void advance(u64 bytes)
	{
		at_ += bytes;
		left_ -= bytes;
		settle();
	}

private:
	void settle()
	{
		while (left_ && mdl_ && at_ >= mdl_->ByteCount) {
			at_ -= mdl_->ByteCount;
			mdl_ = mdl_->Next;
		}
	}

	PMDL mdl_;
	u64 at_;	/* offset in *mdl_ */
	u64 left_;
};

void mdl_start();

} /* namespace nt */
