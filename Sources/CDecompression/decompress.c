// SPDX-License-Identifier: Apache-2.0
#include "CDecompression.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// zlib.h of zlib 1.2
typedef struct {
    const uint8_t *next_in;
    unsigned avail_in;
    unsigned long total_in;
    uint8_t *next_out;
    unsigned avail_out;
    unsigned long total_out;
    const char *msg;
    void *state;
    void *zalloc;
    void *zfree;
    void *opaque;
    int data_type;
    unsigned long adler;
    unsigned long reserved;
} zlib_stream;

static struct {
    int (*init)(zlib_stream *, int window, const char *version, int size);
    int (*step)(zlib_stream *, int flush);
    int (*reset)(zlib_stream *);
    int (*end)(zlib_stream *);
} zlib;

enum { zlib_ok = 0, zlib_end = 1, zlib_stuck = -5, zlib_no_flush = 0 };

// lzma/base.h of liblzma 5
typedef struct {
    const uint8_t *next_in;
    size_t avail_in;
    uint64_t total_in;
    uint8_t *next_out;
    size_t avail_out;
    uint64_t total_out;
    const void *allocator;
    void *internal;
    void *reserved_pointers[4];
    uint64_t reserved_numbers[2];
    size_t reserved_sizes[2];
    int reserved_enums[2];
} lzma_stream;

static struct {
    int (*init)(lzma_stream *, uint64_t memory, uint32_t flags);
    int (*step)(lzma_stream *, int action);
    void (*end)(lzma_stream *);
} lzma;

enum { lzma_ok = 0, lzma_ended = 1, lzma_memory = 6, lzma_stuck = 10, lzma_run = 0 };
enum { lzma_tell_no_check = 1, lzma_no_check = 2, lzma_unknown_check = 3, lzma_tell_unknown = 2 };

// zstd.h of libzstd 1
typedef struct {
    const void *bytes;
    size_t size;
    size_t position;
} zstd_input;

typedef struct {
    void *bytes;
    size_t size;
    size_t position;
} zstd_output;

static struct {
    void *(*create)(void);
    size_t (*release)(void *);
    size_t (*set)(void *, int parameter, int value);
    size_t (*reset)(void *, int directive);
    size_t (*step)(void *, zstd_output *, zstd_input *);
    unsigned (*is_error)(size_t);
    int (*code)(size_t);
} zstd;

enum { zstd_window_log_maximum = 100, zstd_reset_session = 1, zstd_window_too_large = 16 };

struct carnet_decoder {
    int packing;
    uint64_t memory;
    zlib_stream zlib;
    lzma_stream lzma;
    void *zstd;
};

typedef struct {
    const char *name;
    void *place;
} wanted;

static int load(const char *library, const wanted *functions, size_t count) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) { return 1; }
    for (size_t index = 0; index < count; index += 1) {
        void *found = dlsym(handle, functions[index].name);
        if (found == NULL) { return 2; }
        memcpy(functions[index].place, &found, sizeof found);
    }
    return 0;
}

#define LOAD(library, functions) \
    load(library, functions, sizeof functions / sizeof functions[0])

int carnet_decoder_load(int packing, const char *library) {
    switch (packing) {
    case carnet_packing_deflate:
    case carnet_packing_gzip: {
        const wanted functions[] = {
            {"inflateInit2_", &zlib.init}, {"inflate", &zlib.step},
            {"inflateReset", &zlib.reset}, {"inflateEnd", &zlib.end}};
        return LOAD(library ? library : "libz.so.1", functions);
    }
    case carnet_packing_xz: {
        const wanted functions[] = {
            {"lzma_stream_decoder", &lzma.init}, {"lzma_code", &lzma.step},
            {"lzma_end", &lzma.end}};
        return LOAD(library ? library : "liblzma.so.5", functions);
    }
    case carnet_packing_zstd: {
        const wanted functions[] = {
            {"ZSTD_createDCtx", &zstd.create}, {"ZSTD_freeDCtx", &zstd.release},
            {"ZSTD_DCtx_setParameter", &zstd.set}, {"ZSTD_DCtx_reset", &zstd.reset},
            {"ZSTD_decompressStream", &zstd.step}, {"ZSTD_isError", &zstd.is_error},
            {"ZSTD_getErrorCode", &zstd.code}};
        return LOAD(library ? library : "libzstd.so.1", functions);
    }
    default: return 1;
    }
}

static int begin(carnet_decoder *decoder) {
    switch (decoder->packing) {
    case carnet_packing_deflate:
    case carnet_packing_gzip: {
        // 15: the largest window there is; 16 more: with gzip's header and trailer.
        int window = decoder->packing == carnet_packing_gzip ? 15 + 16 : -15;
        return zlib.init(&decoder->zlib, window, "1.2.0", sizeof decoder->zlib) == zlib_ok;
    }
    case carnet_packing_xz:
        return lzma.init(&decoder->lzma, decoder->memory, lzma_tell_no_check | lzma_tell_unknown)
            == lzma_ok;
    default: {
        decoder->zstd = zstd.create();
        if (decoder->zstd == NULL) { return 0; }
        int window = 10;
        while (window < 30 && (UINT64_C(2) << window) <= decoder->memory) { window += 1; }
        return !zstd.is_error(zstd.set(decoder->zstd, zstd_window_log_maximum, window));
    }
    }
}

carnet_decoder *carnet_decoder_new(int packing, uint64_t memory) {
    carnet_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder == NULL) { return NULL; }
    decoder->packing = packing;
    decoder->memory = memory;
    if (begin(decoder)) { return decoder; }
    carnet_decoder_free(decoder);
    return NULL;
}

int carnet_decoder_restart(carnet_decoder *decoder) {
    switch (decoder->packing) {
    case carnet_packing_deflate:
    case carnet_packing_gzip: return zlib.reset(&decoder->zlib) == zlib_ok ? 0 : -1;
    // liblzma begins anew in a stream that was used before.
    case carnet_packing_xz: return begin(decoder) ? 0 : -1;
    default:
        return zstd.is_error(zstd.reset(decoder->zstd, zstd_reset_session)) ? -1 : 0;
    }
}

static unsigned at_most_32_bits(size_t count) {
    return count > (1u << 30) ? 1u << 30 : (unsigned)count;
}

static int step_zlib(
    zlib_stream *stream, const uint8_t *bytes, size_t count, size_t *taken, uint8_t *out,
    size_t room, size_t *made) {
    unsigned given = at_most_32_bits(count), free_room = at_most_32_bits(room);
    stream->next_in = bytes;
    stream->avail_in = given;
    stream->next_out = out;
    stream->avail_out = free_room;
    int answer = zlib.step(stream, zlib_no_flush);
    *taken = given - stream->avail_in;
    *made = free_room - stream->avail_out;
    if (answer == zlib_end) { return carnet_unpacking_ended; }
    if (answer == zlib_ok || answer == zlib_stuck) { return carnet_unpacking_goes_on; }
    return carnet_unpacking_damaged;
}

static int step_lzma(
    lzma_stream *stream, const uint8_t *bytes, size_t count, size_t *taken, uint8_t *out,
    size_t room, size_t *made) {
    stream->next_in = bytes;
    stream->avail_in = count;
    stream->next_out = out;
    stream->avail_out = room;
    int answer = lzma.step(stream, lzma_run);
    // Told once, when the header was read: data without a checksum that is known is taken.
    if (answer == lzma_no_check) { answer = lzma_ok; }
    *taken = count - stream->avail_in;
    *made = room - stream->avail_out;
    switch (answer) {
    case lzma_ok:
    case lzma_stuck: return carnet_unpacking_goes_on;
    case lzma_ended: return carnet_unpacking_ended;
    case lzma_memory: return carnet_unpacking_memory;
    default: return carnet_unpacking_damaged;
    }
}

static int step_zstd(
    void *context, const uint8_t *bytes, size_t count, size_t *taken, uint8_t *out, size_t room,
    size_t *made) {
    zstd_input input = {bytes, count, 0};
    zstd_output output = {out, room, 0};
    size_t answer = zstd.step(context, &output, &input);
    *taken = input.position;
    *made = output.position;
    if (zstd.is_error(answer)) {
        return zstd.code(answer) == zstd_window_too_large ? carnet_unpacking_memory
                                                          : carnet_unpacking_damaged;
    }
    return answer == 0 ? carnet_unpacking_ended : carnet_unpacking_goes_on;
}

int carnet_decoder_step(
    carnet_decoder *decoder, const uint8_t *bytes, size_t count, size_t *taken, uint8_t *out,
    size_t room, size_t *made) {
    switch (decoder->packing) {
    case carnet_packing_deflate:
    case carnet_packing_gzip:
        return step_zlib(&decoder->zlib, bytes, count, taken, out, room, made);
    case carnet_packing_xz:
        return step_lzma(&decoder->lzma, bytes, count, taken, out, room, made);
    default: return step_zstd(decoder->zstd, bytes, count, taken, out, room, made);
    }
}

void carnet_decoder_free(carnet_decoder *decoder) {
    if (decoder == NULL) { return; }
    switch (decoder->packing) {
    case carnet_packing_deflate:
    case carnet_packing_gzip:
        if (decoder->zlib.state != NULL) { zlib.end(&decoder->zlib); }
        break;
    case carnet_packing_xz: lzma.end(&decoder->lzma); break;
    default:
        if (decoder->zstd != NULL) { zstd.release(decoder->zstd); }
    }
    free(decoder);
}
