/*
 * One sweep under way: the window of pages that wait for acknowledgements, and what each fabric
 * still owes. Pure: the caller brings pages, acknowledgements and the time in, and sends what
 * comes out.
 *
 * A page leaves the window when every active fabric has acknowledged it. It is sent again when that
 * takes longer than 1 s, doubling to 10 s; at once for a fabric that has restarted. A fabric that
 * has all pages gets SWEEP_END the same way. A fabric that falls silent while another goes on is
 * left behind: the sweep goes on without it.
 */
#ifndef TQ_FETCHER_SWEEP_H
#define TQ_FETCHER_SWEEP_H

#include "common/cleanup.h"
#include "common/wire.h"
#include "fetcher/paging.h"

#include <stdbool.h>
#include <stdint.h>

#include <msgpack/sbuffer.h>

struct sweep;

enum {
        SWEEP_WINDOW_MAX = 64,
        SWEEP_FABRICS_MAX = 64,
        SWEEP_RESEND_MS = 1000,
        SWEEP_RESEND_MAX_MS = 10000,
        SWEEP_RESEND_AGAIN_MS =
            250,                  /* after a restart, once more: mappers take a while to connect */
        SWEEP_STUCK_MS = 15000,   /* no acknowledgement while another target is ahead */
        SWEEP_STALLED_MS = 60000, /* … while no other target is, but other fabrics are alive */
        SWEEP_SILENT_MS = 5000,   /* no HELLO while another fabric is alive */
        /* Pages of the window together: many fat pages must not add up. */
        SWEEP_WINDOW_BYTES_MAX = 24 << 20,
};

struct sweep_page {
        uint32_t rows;
        uint32_t fresh;         /* rows not seen before in this sweep */
        msgpack_sbuffer packed; /* `rows` of wire_row */
        struct paging after;    /* where to go on behind this page */
        enum wire_scope scope;
};

struct sweep_spec {
        uint64_t targets;    /* bit i: fabric i */
        uint64_t ended;      /* of the targets, those that had their SWEEP_END before a restart */
        uint32_t first_page; /* number of the next page */
        unsigned window;
        bool patient; /* nobody is ever left behind (--stdio) */
};

/* What to send now. */
struct sweep_send {
        bool end;        /* SWEEP_END for `fabric`, else a page */
        unsigned fabric; /* end only */
        uint32_t page;
        uint64_t targets; /* of the page */
        const struct sweep_page *content;
};

int sweep_open(const struct sweep_spec *spec, int64_t now, struct sweep **ret);
void sweep_close(struct sweep *sweep);
DEFINE_CLEANUP(struct sweep *, sweep_close);

/* A HELLO of any fabric, target or not. restarted: what was sent before may be
 * lost. */
void sweep_heard(struct sweep *sweep, unsigned fabric, bool restarted, int64_t now);
/* An ACK of this sweep; page WIRE_PAGE_END: of the SWEEP_END. Others are ignored. */
void sweep_acked(struct sweep *sweep, unsigned fabric, uint32_t page, int64_t now);
/* Whether the window has room. */
bool sweep_wants_page(const struct sweep *sweep);
/* Adds a page that has rows; takes `packed` over and empties it. 0 or -ENOMEM. */
int sweep_add(struct sweep *sweep, struct sweep_page *page);
/* These fabrics take no pages but only the SWEEP_END, at once. Before the first page. */
void sweep_switch_off(struct sweep *sweep, uint64_t fabrics);
/* No page follows. */
void sweep_paged(struct sweep *sweep);

/* Leaves behind who must be; returns the fabrics newly left, as bits. */
uint64_t sweep_leave_behind(struct sweep *sweep, int64_t now);
/* Leaves these fabrics behind. */
void sweep_leave(struct sweep *sweep, uint64_t fabrics);
/* The next thing to send; false when nothing is due. Its content is valid until the next call of
 * another function of the sweep. */
bool sweep_next_send(struct sweep *sweep, int64_t now, struct sweep_send *ret);
/* It was sent. */
void sweep_sent(struct sweep *sweep, const struct sweep_send *send, int64_t now);
/* The oldest page when every active fabric has it: takes it out of the window; the caller destroys
 * ret->packed. *number is its number. */
bool sweep_settle(struct sweep *sweep, struct sweep_page *ret, uint32_t *number);

/* Fabrics that take part, those of them that are switched off, and those whose SWEEP_END is
 * acknowledged, as bits. */
uint64_t sweep_active(const struct sweep *sweep);
uint64_t sweep_off(const struct sweep *sweep);
uint64_t sweep_ended(const struct sweep *sweep);
/* Every fabric that takes part has its SWEEP_END, or none is left. */
bool sweep_done(const struct sweep *sweep);
/* The number of the next page added. */
uint32_t sweep_next_page(const struct sweep *sweep);

#endif
