// SPDX-License-Identifier: Apache-2.0
/// zlib, liblzma and libzstd behind one call. Each is loaded when it is first needed, and nothing
/// of theirs is needed to build: what is used of their interfaces, stable for many years, is
/// declared in decompress.c.
#ifndef CARNET_DECOMPRESSION_H
#define CARNET_DECOMPRESSION_H

#include <stddef.h>
#include <stdint.h>

/// How bytes are packed.
enum carnet_packing {
    carnet_packing_deflate = 0,
    carnet_packing_gzip = 1,
    carnet_packing_xz = 2,
    carnet_packing_zstd = 3,
};

/// What became of a step.
enum carnet_unpacking {
    /// Give more bytes, or more room.
    carnet_unpacking_goes_on = 0,
    /// The packed data is complete; what was not taken is something else.
    carnet_unpacking_ended = 1,
    carnet_unpacking_damaged = 2,
    /// It wants a larger window than it was allowed.
    carnet_unpacking_memory = 3,
};

typedef struct carnet_decoder carnet_decoder;

/// Loads the library for a packing; `library` only for a test. To be called by one thread at a
/// time, before any other function.
///
/// Returns 0; 1 if there is no such library, 2 if it lacks a function.
int carnet_decoder_load(int packing, const char *library);

/// A decoder for one stream, or NULL if there is no memory for it.
///
/// `memory` bounds what the data may make it allocate: the window of xz and zstd; the one of
/// deflate and gzip is always 32 KiB.
carnet_decoder *carnet_decoder_new(int packing, uint64_t memory);

/// Makes the decoder as new. Returns 0, or -1 if it cannot be.
int carnet_decoder_restart(carnet_decoder *decoder);

/// Takes up to `count` bytes and makes up to `room`; tells how many of either.
int carnet_decoder_step(
    carnet_decoder *decoder, const uint8_t *bytes, size_t count, size_t *taken, uint8_t *out,
    size_t room, size_t *made);

void carnet_decoder_free(carnet_decoder *decoder);

#endif
