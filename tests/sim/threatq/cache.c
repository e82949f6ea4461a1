#include "tests/sim/threatq/cache.h"

#include "tests/sim/threatq/generate.h"

#include <stdlib.h>

enum {
        ENTRIES = 12,
        BLOCK = 64, /* words of 64 rows per count */
};

struct sorted {
        int64_t key;
        uint32_t at, id;
};

struct cache_entry {
        char *text;
        struct select *select;
        uint64_t *bits;
        uint32_t *counts;
        uint32_t n_words;
        uint64_t total;
        uint64_t used; /* for choosing the oldest */
        unsigned users;
        /* The answer in another order than by id, as of `generation`. */
        struct sorted *sorted;
        size_t n_sorted;
        struct cache_order order;
        uint64_t generation;
};

struct cache {
        struct library *library;
        pthread_mutex_t mutex; /* the table, and the sorted answers */
        struct cache_entry *entries[ENTRIES];
        uint64_t clock;
};

struct cache *cache_open(struct library *library)
{
        struct cache *cache = calloc(1, sizeof(*cache));

        if (!cache)
                abort();
        cache->library = library;
        pthread_mutex_init(&cache->mutex, NULL);
        return cache;
}

static void entry_free(struct cache_entry *entry)
{
        if (!entry)
                return;
        free(entry->text);
        select_free(entry->select);
        free(entry->bits);
        free(entry->counts);
        free(entry->sorted);
        free(entry);
}

void cache_close(struct cache *cache)
{
        for (int i = 0; i < ENTRIES; i++)
                entry_free(cache->entries[i]);
        pthread_mutex_destroy(&cache->mutex);
        free(cache);
}

/* Room for all rows of the library, new words empty. */
static void entry_grow(struct cache_entry *entry, const struct library *library)
{
        uint32_t n = (library->cap + 63) / 64;

        if (n <= entry->n_words)
                return;
        n += BLOCK - n % BLOCK;
        entry->bits = realloc(entry->bits, n * sizeof(*entry->bits));
        entry->counts = realloc(entry->counts, n / BLOCK * sizeof(*entry->counts));
        if (!entry->bits || !entry->counts)
                abort();
        memset(entry->bits + entry->n_words, 0, (n - entry->n_words) * sizeof(*entry->bits));
        memset(entry->counts + entry->n_words / BLOCK, 0,
               (n - entry->n_words) / BLOCK * sizeof(*entry->counts));
        entry->n_words = n;
}

static void entry_judge(struct cache_entry *entry, const struct library *library, uint32_t at)
{
        struct library_row row;
        uint64_t bit = 1ULL << (at % 64);
        /* entry_grow made room. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        bool was = entry->bits[at / 64] & bit;
        bool is = library_row(library, at, &row) && select_matches(entry->select, library, &row);

        if (was == is)
                return;
        entry->bits[at / 64] ^= bit;
        entry->counts[at / 64 / BLOCK] += is ? 1U : UINT32_MAX;
        entry->total += is ? 1U : UINT64_MAX;
}

static struct cache_entry *entry_new(const struct library *library, const char *text,
                                     struct select **select)
{
        struct cache_entry *entry = calloc(1, sizeof(*entry));

        if (!entry)
                abort();
        entry->text = strdup(text);
        entry->select = *select;
        *select = NULL;
        entry_grow(entry, library);
        for (uint32_t at = 0; at < library->n_rows; at++)
                entry_judge(entry, library, at);
        return entry;
}

/* The place for a new entry: an empty one, else the one not used for longest. */
static struct cache_entry **oldest(struct cache *cache)
{
        struct cache_entry **best = NULL;

        for (int i = 0; i < ENTRIES; i++) {
                struct cache_entry **slot = &cache->entries[i];
                if (!*slot)
                        return slot;
                if (!(*slot)->users && (!best || (*slot)->used < (*best)->used))
                        best = slot;
        }
        return best;
}

struct cache_entry *cache_lookup(struct cache *cache, const char *text, struct select **select)
{
        struct cache_entry *entry = NULL;

        pthread_mutex_lock(&cache->mutex);
        for (int i = 0; i < ENTRIES && !select_is_volatile(*select) && !entry; i++)
                if (cache->entries[i] && strcmp(cache->entries[i]->text, text) == 0)
                        entry = cache->entries[i];
        if (!entry) {
                struct cache_entry **slot = oldest(cache);
                entry = entry_new(cache->library, text, select);
                if (slot && !select_is_volatile(entry->select)) {
                        entry_free(*slot);
                        *slot = entry;
                }
        }
        entry->users++;
        entry->used = ++cache->clock;
        pthread_mutex_unlock(&cache->mutex);
        return entry;
}

void cache_release(struct cache *cache, struct cache_entry *entry)
{
        bool kept = false;

        pthread_mutex_lock(&cache->mutex);
        for (int i = 0; i < ENTRIES; i++)
                kept = kept || cache->entries[i] == entry;
        if (--entry->users == 0 && !kept)
                entry_free(entry);
        pthread_mutex_unlock(&cache->mutex);
}

uint64_t cache_total(const struct cache_entry *entry)
{
        return entry->total;
}

void cache_row_changed(struct cache *cache, uint32_t at)
{
        pthread_mutex_lock(&cache->mutex);
        for (int i = 0; i < ENTRIES; i++) {
                if (!cache->entries[i])
                        continue;
                entry_grow(cache->entries[i], cache->library);
                entry_judge(cache->entries[i], cache->library, at);
        }
        pthread_mutex_unlock(&cache->mutex);
}

/* How many rows of the answer have positions below `at`. */
static uint64_t rank(const struct cache_entry *entry, uint32_t at)
{
        uint64_t n = 0;
        uint32_t word = at / 64;

        for (uint32_t i = 0; i < word / BLOCK; i++)
                n += entry->counts[i];
        for (uint32_t i = word - word % BLOCK; i < word; i++)
                n += (uint64_t)__builtin_popcountll(entry->bits[i]);
        if (at % 64)
                n += (uint64_t)__builtin_popcountll(entry->bits[word] << (64 - at % 64));
        return n;
}

/* The position of the answer's n-th row; there is one. */
static uint32_t nth(const struct cache_entry *entry, uint64_t n)
{
        uint32_t block = 0;

        while (n >= entry->counts[block])
                n -= entry->counts[block++];
        uint32_t word = block * BLOCK;
        while (n >= (uint64_t)__builtin_popcountll(entry->bits[word]))
                n -= (uint64_t)__builtin_popcountll(entry->bits[word++]);
        uint64_t bits = entry->bits[word];
        while (n--)
                bits &= bits - 1;
        return word * 64 + (uint32_t)__builtin_ctzll(bits);
}

/* How many rows of the answer come before the first one with an id above `id`. */
static uint64_t rank_behind_id(const struct cache_entry *entry, const struct library *library,
                               uint32_t id)
{
        uint32_t first = library->options.first_id;
        uint32_t at = id < first ? 0 : (id - first) / GENERATE_ID_STEP;

        if (at >= library->n_rows)
                return entry->total;
        while (at < library->n_rows && generate_id(library, at) <= id)
                at++;
        return at == library->n_rows ? entry->total : rank(entry, at);
}

static size_t page_by_id(const struct cache_entry *entry, const struct library *library,
                         bool descending, uint64_t offset, const struct cache_place *behind,
                         uint32_t *ret, size_t max)
{
        if (behind && !descending)
                offset = rank_behind_id(entry, library, behind->id);
        else if (behind)
                offset = entry->total -
                         (behind->id ? rank_behind_id(entry, library, behind->id - 1) : 0);
        if (offset >= entry->total)
                return 0;
        size_t n = entry->total - offset < max ? (size_t)(entry->total - offset) : max;
        /* Descending: the same stretch of rows, read from its end. */
        uint32_t at = nth(entry, descending ? entry->total - offset - n : offset);
        for (size_t i = 0; i < n; at++)
                if (entry->bits[at / 64] >> at % 64 & 1)
                        ret[descending ? n - 1 - i++ : i++] = at;
        return n;
}

struct cache_place cache_place_of(const struct library_row *row, struct cache_order order)
{
        struct cache_place place = {.id = row->id};

        switch (order.sort) {
        case CACHE_ID:
                place.key = row->id;
                break;
        case CACHE_CREATED:
                place.key = row->created;
                break;
        case CACHE_UPDATED:
                place.key = row->updated;
                break;
        case CACHE_TOUCHED:
                place.key = row->touched;
                break;
        case CACHE_SCORE:
                place.key = library_score(row);
                break;
        }
        return place;
}

static int compare_sorted(const void *a, const void *b, void *userdata)
{
        const struct sorted *x = a;
        const struct sorted *y = b;
        const struct cache_order *order = userdata;

        if (x->key != y->key)
                return (x->key < y->key) == order->descending ? 1 : -1;
        if (x->id != y->id)
                return (x->id < y->id) == order->id_descending ? 1 : -1;
        return 0;
}

static void sort_entry(struct cache_entry *entry, const struct library *library,
                       struct cache_order order)
{
        struct library_row row;
        size_t n = 0;

        entry->sorted = realloc(entry->sorted, (entry->total + 1) * sizeof(*entry->sorted));
        if (!entry->sorted)
                abort();
        for (uint32_t at = 0; at < library->n_rows; at++)
                if (entry->bits[at / 64] >> at % 64 & 1 && library_row(library, at, &row))
                        entry->sorted[n++] = (struct sorted){
                            .key = cache_place_of(&row, order).key, .at = at, .id = row.id};
        qsort_r(entry->sorted, n, sizeof(*entry->sorted), compare_sorted, &order);
        entry->n_sorted = n;
        entry->order = order;
        entry->generation = library->generation;
}

static size_t page_sorted(struct cache_entry *entry, const struct library *library,
                          struct cache_order order, uint64_t offset,
                          const struct cache_place *behind, uint32_t *ret, size_t max)
{
        if (!entry->sorted || entry->generation != library->generation ||
            entry->order.sort != order.sort || entry->order.descending != order.descending ||
            entry->order.id_descending != order.id_descending)
                sort_entry(entry, library, order);

        size_t low = (size_t)offset;
        size_t high = entry->n_sorted;
        if (behind) {
                struct sorted place = {.key = behind->key, .id = behind->id};
                for (low = 0; low < high;) {
                        size_t middle = low + (high - low) / 2;
                        if (compare_sorted(&entry->sorted[middle], &place, &order) <= 0)
                                low = middle + 1;
                        else
                                high = middle;
                }
        }
        size_t n = 0;
        for (; low < entry->n_sorted && n < max; low++)
                ret[n++] = entry->sorted[low].at;
        return n;
}

size_t cache_page(struct cache *cache, struct cache_entry *entry, struct cache_order order,
                  uint64_t offset, const struct cache_place *behind, uint32_t *ret, size_t max)
{
        if (order.sort == CACHE_ID)
                return page_by_id(entry, cache->library, order.descending, offset, behind, ret,
                                  max);
        pthread_mutex_lock(&cache->mutex);
        size_t n = page_sorted(entry, cache->library, order, offset, behind, ret, max);
        pthread_mutex_unlock(&cache->mutex);
        return n;
}
