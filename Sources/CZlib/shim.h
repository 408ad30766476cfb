/* zlib for Swift: one call, since inflateInit2 is a macro. */
#ifndef LUCID86_CZLIB_H
#define LUCID86_CZLIB_H

#include <stdint.h>
#include <string.h>
#include <zlib.h>

/* Raw deflate data, with a window of 2^`window_bits` bytes at most, to exactly `count` bytes. 0, or an error of zlib's. */
static inline int lucid_inflate_raw(const uint8_t *source, uint32_t source_count, uint8_t *target, uint32_t count,
                                    int window_bits) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    stream.next_in = (Bytef *)source;
    stream.avail_in = source_count;
    stream.next_out = target;
    stream.avail_out = count;
    int result = inflateInit2(&stream, -window_bits);
    if (result != Z_OK) return result;
    result = inflate(&stream, Z_FINISH);
    uint32_t left = stream.avail_out;
    inflateEnd(&stream);
    /* The input goes on to the end of a sector, so that its end need not have been seen. */
    return (result == Z_STREAM_END || result == Z_BUF_ERROR) && left == 0 ? Z_OK : Z_DATA_ERROR;
}

#endif
