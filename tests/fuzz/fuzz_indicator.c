/*
 * The reader of ThreatQ's pages on any bytes, whole and in pieces: the pieces must make no
 * difference, and what it packs must be rows of a valid PAGE.
 */
#include "common/wire.h"
#include "fetcher/indicator.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static const char *const wanted[] = {"Malware Family", "Reputation Override - emea"};

static void check(bool holds)
{
        if (!holds)
                abort();
}

static int read_page(struct indicator_reader *reader, const uint8_t *data, size_t len, size_t piece,
                     struct indicator_page *ret)
{
        int r = indicator_reader_start(reader, 7);

        for (size_t i = 0; i < len && r == 0; i += piece)
                r = indicator_reader_feed(reader, data + i, len - i < piece ? len - i : piece);
        return r == 0 ? indicator_reader_finish(reader, ret) : r;
}

static void check_rows(const struct indicator_page *page)
{
        const struct wire_msg msg = {
            .type = WIRE_PAGE,
            .page = {.sweep = 1, .page = 1, .rows = {page->packed, page->packed_len, page->rows}},
        };
        struct wire_msg decoded;
        msgpack_sbuffer frame;

        msgpack_sbuffer_init(&frame);
        wire_pack(&frame, &msg);
        check(wire_decode(frame.data, frame.size, &decoded) == 0);
        check(decoded.page.rows.count == page->rows);
        check(page->rows + page->bad + page->repeats == page->seen);
        check(page->fresh <= page->rows);
        msgpack_sbuffer_destroy(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct indicator_reader *whole = NULL, *pieces = NULL;
        struct indicator_page a, b;
        int r;

        check(indicator_reader_open(wanted, 2, &whole) == 0);
        check(indicator_reader_open(wanted, 2, &pieces) == 0);
        r = read_page(whole, data, len, len + 1, &a);
        check((r == 0) == (read_page(pieces, data, len, 3, &b) == 0));
        if (r == 0) {
                check_rows(&a);
                check(a.packed_len == b.packed_len && a.rows == b.rows && a.bad == b.bad);
                check(a.packed_len == 0 || memcmp(a.packed, b.packed, a.packed_len) == 0);
        }
        indicator_reader_close(whole);
        indicator_reader_close(pieces);
        return 0;
}
