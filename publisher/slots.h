/*
 * The requests in flight, in memory: one slot for each entry from its reservation to its
 * settlement. Pure.
 */
#ifndef TQ_PUBLISHER_SLOTS_H
#define TQ_PUBLISHER_SLOTS_H

#include "common/wire.h"
#include "publisher/dxl/fabric.h"
#include "publisher/record.h"

#include <stdbool.h>
#include <stdint.h>

enum { SLOT_TEXT_MAX = 96 };

enum slot_phase { SLOT_FREE, SLOT_SET, SLOT_GET, SLOT_DONE };

struct slot {
        enum slot_phase phase;
        uint32_t generation; /* tells a late completion from one of the slot's present entry */
        struct entry entry;
        enum dxl_result result; /* of the set, from SLOT_GET on */
        uint32_t error_code;
        char error_text[SLOT_TEXT_MAX]; /* of an error answer, cut to fit */
        struct wire_enrichment enrichment;
};

struct slots {
        struct slot *slot;
        unsigned size;
        unsigned used; /* not free */
        unsigned done; /* in SLOT_DONE */
};

int slots_init(struct slots *slots, unsigned size);
void slots_done(struct slots *slots);
/* A free slot, now in SLOT_SET for the entry. There must be one. */
struct slot *slots_take(struct slots *slots, const struct entry *entry);
void slots_finish(struct slots *slots, struct slot *slot);
void slots_release(struct slots *slots, struct slot *slot);
/* The tag under which the slot's requests go out, and the slot of a tag: NULL when its entry is
 * gone. */
uint64_t slots_tag(const struct slots *slots, const struct slot *slot);
struct slot *slots_find(struct slots *slots, uint64_t tag);
/* Whether a setting of this hash, or of this indicator, is in a slot. */
bool slots_busy(const struct slots *slots, const struct entry *entry);
/* Slots whose answer is awaited. */
unsigned slots_outstanding(const struct slots *slots);

#endif
