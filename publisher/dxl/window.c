#include "publisher/dxl/window.h"

#include <errno.h>
#include <string.h>

enum { PREFIX_LEN = 25 };

struct place {
        bool taken;
        uint32_t number; /* of the request in this place */
        unsigned request;
        int64_t deadline;
};

struct dxl_window {
        unsigned size;
        unsigned count;
        uint32_t next_number;
        int64_t earliest;        /* no deadline is before this */
        unsigned *vacant;        /* stack of free places: size - count of them */
        char prefix[PREFIX_LEN]; /* "{xxxxxxxx-xxxx-4xxx-axxx-" */
        struct place places[];
};

static const char digits[] = "0123456789abcdef";

int dxl_window_open(unsigned size, struct dxl_window **ret)
{
        if (size < 1 || size > UINT16_MAX)
                return -EINVAL;
        _cleanup_(dxl_window_closep) struct dxl_window *w =
            calloc(1, sizeof(*w) + size * sizeof(struct place));
        if (!w)
                return -ENOMEM;
        w->size = size;
        w->vacant = calloc(size, sizeof(*w->vacant));
        if (!w->vacant)
                return -ENOMEM;
        for (unsigned i = 0; i < size; i++)
                w->vacant[i] = size - 1 - i;
        memcpy(w->prefix, "{00000000-0000-4000-8000-", PREFIX_LEN);
        *ret = w;
        w = NULL;
        return 0;
}

void dxl_window_close(struct dxl_window *window)
{
        if (!window)
                return;
        free(window->vacant);
        free(window);
}

static char *put_hex(char *out, const uint8_t *bytes, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                *out++ = digits[bytes[i] >> 4];
                *out++ = digits[bytes[i] & 15];
        }
        return out;
}

void dxl_window_renew(struct dxl_window *window, const char uuid[DXL_UUID_LEN + 1])
{
        if (window->count > 0)
                abort();
        memcpy(window->prefix, uuid, PREFIX_LEN);
        window->next_number = 0;
}

unsigned dxl_window_count(const struct dxl_window *window)
{
        return window->count;
}

bool dxl_window_full(const struct dxl_window *window)
{
        return window->count == window->size;
}

void dxl_window_add(struct dxl_window *window, unsigned request, int64_t deadline,
                    char id[DXL_UUID_LEN + 1])
{
        if (dxl_window_full(window))
                abort();
        unsigned place = window->vacant[window->size - window->count - 1];
        uint32_t number = window->next_number++;
        if (window->count++ == 0 || deadline < window->earliest)
                window->earliest = deadline;
        window->places[place] = (struct place){true, number, request, deadline};
        uint8_t tail[6] = {(uint8_t)(place >> 8),   (uint8_t)place,         (uint8_t)(number >> 24),
                           (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
        memcpy(id, window->prefix, PREFIX_LEN);
        char *end = put_hex(id + PREFIX_LEN, tail, sizeof(tail));
        end[0] = '}';
        end[1] = '\0';
}

static void vacate(struct dxl_window *window, unsigned place, unsigned *request)
{
        window->places[place].taken = false;
        *request = window->places[place].request;
        window->vacant[window->size - window->count] = place;
        window->count--;
}

static bool read_hex(const char *s, unsigned n, uint32_t *ret)
{
        uint32_t v = 0;
        for (unsigned i = 0; i < n; i++) {
                const char *d = s[i] ? strchr(digits, s[i]) : NULL;
                if (!d)
                        return false;
                v = v << 4 | (uint32_t)(d - digits);
        }
        *ret = v;
        return true;
}

bool dxl_window_take(struct dxl_window *window, struct text id, unsigned *request)
{
        uint32_t place, number;
        if (id.len != DXL_UUID_LEN || memcmp(id.ptr, window->prefix, PREFIX_LEN) != 0 ||
            id.ptr[DXL_UUID_LEN - 1] != '}' || !read_hex(id.ptr + PREFIX_LEN, 4, &place) ||
            !read_hex(id.ptr + PREFIX_LEN + 4, 8, &number))
                return false;
        if (place >= window->size || !window->places[place].taken ||
            window->places[place].number != number)
                return false;
        vacate(window, place, request);
        return true;
}

bool dxl_window_expire(struct dxl_window *window, int64_t now, unsigned *request)
{
        if (window->count == 0 || now < window->earliest)
                return false;
        window->earliest = INT64_MAX;
        for (unsigned i = 0; i < window->size; i++) {
                const struct place *p = &window->places[i];
                if (!p->taken)
                        continue;
                if (p->deadline <= now) {
                        window->earliest = now; /* there may be more */
                        vacate(window, i, request);
                        return true;
                }
                if (p->deadline < window->earliest)
                        window->earliest = p->deadline;
        }
        return false;
}

bool dxl_window_drain(struct dxl_window *window, unsigned *request)
{
        return dxl_window_expire(window, INT64_MAX, request);
}
