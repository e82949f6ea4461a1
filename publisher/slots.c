#include "publisher/slots.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

int slots_init(struct slots *slots, unsigned size)
{
        *slots = (struct slots){.slot = calloc(size, sizeof(struct slot)), .size = size};
        return slots->slot ? 0 : -ENOMEM;
}

void slots_done(struct slots *slots)
{
        free(slots->slot);
        *slots = (struct slots){0};
}

struct slot *slots_take(struct slots *slots, const struct entry *entry)
{
        for (unsigned i = 0; i < slots->size; i++) {
                struct slot *slot = &slots->slot[i];

                if (slot->phase != SLOT_FREE)
                        continue;
                *slot = (struct slot){.phase = SLOT_SET,
                                      .generation = slot->generation + 1,
                                      .entry = *entry,
                                      .enrichment = {-1, -1, -1, -1, -1, -1}};
                slots->used++;
                return slot;
        }
        abort();
}

void slots_finish(struct slots *slots, struct slot *slot)
{
        assert(slot->phase == SLOT_SET || slot->phase == SLOT_GET);
        slot->phase = SLOT_DONE;
        slots->done++;
}

void slots_release(struct slots *slots, struct slot *slot)
{
        assert(slot->phase == SLOT_DONE);
        slot->phase = SLOT_FREE;
        slots->done--;
        slots->used--;
}

uint64_t slots_tag(const struct slots *slots, const struct slot *slot)
{
        return (uint64_t)slot->generation << 32 | (uint64_t)(slot - slots->slot);
}

struct slot *slots_find(struct slots *slots, uint64_t tag)
{
        uint32_t at = (uint32_t)tag;
        struct slot *slot;

        if (at >= slots->size)
                return NULL;
        slot = &slots->slot[at];
        if (slot->generation != tag >> 32 || (slot->phase != SLOT_SET && slot->phase != SLOT_GET))
                return NULL;
        return slot;
}

bool slots_busy(const struct slots *slots, const struct entry *entry)
{
        for (unsigned i = 0; i < slots->size; i++) {
                const struct slot *slot = &slots->slot[i];

                if (slot->phase != SLOT_FREE &&
                    (slot->entry.id == entry->id || hash_eq(&slot->entry.hash, &entry->hash)))
                        return true;
        }
        return false;
}

unsigned slots_outstanding(const struct slots *slots)
{
        return slots->used - slots->done;
}
