#include "fetcher/indicator_walk.h"

#include "common/wire.h"

#include <errno.h>
#include <string.h>

/* Of what is skipped. */
enum { SKIP_DEPTH_MAX = 512 };

int indicator_walk_fail(struct indicator_walk *w, int code, const char *text)
{
        if (w->failed == 0) {
                w->failed = code;
                strncpy(w->error, text, sizeof(w->error) - 1);
        }
        return 0;
}

static int count_row(struct indicator_walk *w)
{
        struct indicator_page *page = &w->page;
        uint64_t id = indicator_row_id(w->row);
        bool first;

        page->seen++;
        if (page->seen > WIRE_ROWS_MAX)
                return indicator_walk_fail(w, -EMSGSIZE, "the page has more rows than asked for");
        if (id == 0) {
                page->bad++;
                return 1;
        }
        first = page->first_id == 0;
        if (first)
                page->first_id = id;
        if (id < page->last_id)
                page->sorted = false;
        if (id == page->last_id || (first && id == w->known_id)) {
                page->last_id = id;
                page->repeats++;
                return 1;
        }
        page->last_id = id;
        if (!indicator_row_pack(w->row, w->names, &w->rows))
                page->unresolved = true;
        page->rows++;
        if (id > w->known_id)
                page->fresh++;
        if (w->rows.size > INDICATOR_PAGE_BYTES_MAX)
                return indicator_walk_fail(w, -EMSGSIZE, "the page is too large");
        return 1;
}

static int end_row(struct indicator_walk *w)
{
        int more = count_row(w);

        indicator_row_start(w->row);
        return more;
}

/* Something in the list of rows that is no object. */
static int end_no_row(struct indicator_walk *w)
{
        w->page.seen++;
        w->page.bad++;
        return 1;
}

static int push(struct indicator_walk *w, enum indicator_place place)
{
        if (w->depth == INDICATOR_DEPTH_MAX)
                return indicator_walk_fail(w, -EBADMSG, "nested too deep");
        if (place == PLACE_ROW || place == PLACE_DATA_OBJECT)
                indicator_row_start(w->row);
        if (place == PLACE_ATTRIBUTE)
                indicator_row_attribute_start(w->row);
        w->stack[w->depth++] = (struct indicator_level){.place = place};
        return 1;
}

static int skip(struct indicator_walk *w, bool errors)
{
        w->skip = 1;
        w->skip_errors = errors;
        return 1;
}

static int start_in_row(struct indicator_walk *w, enum indicator_key key, bool map)
{
        if (map && key == KEY_TYPE)
                return push(w, PLACE_TYPE);
        if (map && key == KEY_STATUS)
                return push(w, PLACE_STATUS);
        if (map && key == KEY_SCORE)
                return push(w, PLACE_SCORE);
        if (key == KEY_ATTRIBUTES) {
                w->page.attributed++;
                return push(w, PLACE_ATTRIBUTES);
        }
        return skip(w, false);
}

static int start_in(struct indicator_walk *w, enum indicator_place place, enum indicator_key key,
                    bool map)
{
        switch (place) {
        case PLACE_TOP:
                if (key == KEY_DATA) {
                        w->page.has_data = true;
                        return push(w, map ? PLACE_DATA_OBJECT : PLACE_DATA);
                }
                return skip(w, key == KEY_ERRORS);
        case PLACE_DATA:
                if (map)
                        return push(w, PLACE_ROW);
                end_no_row(w);
                return skip(w, false);
        case PLACE_DATA_OBJECT:
                if (key == KEY_NUMBERED && map)
                        return push(w, PLACE_ROW);
                if (key == KEY_ERRORS)
                        return skip(w, true);
                return start_in_row(w, key, map);
        case PLACE_ROW:
                return start_in_row(w, key, map);
        case PLACE_ATTRIBUTES:
                return map ? push(w, PLACE_ATTRIBUTE) : skip(w, false);
        case PLACE_ATTRIBUTE:
                return map && key == KEY_ATTRIBUTE ? push(w, PLACE_ATTRIBUTE_KEY) : skip(w, false);
        case PLACE_TYPE:
        case PLACE_STATUS:
        case PLACE_SCORE:
        case PLACE_ATTRIBUTE_KEY:
                break;
        }
        return skip(w, false);
}

int indicator_walk_start(struct indicator_walk *w, bool map)
{
        const struct indicator_level *top;

        if (w->skip > 0)
                return w->skip++ < SKIP_DEPTH_MAX
                           ? 1
                           : indicator_walk_fail(w, -EBADMSG, "nested too deep");
        if (w->depth == 0) {
                w->page.has_data = !map;
                return push(w, map ? PLACE_TOP : PLACE_DATA);
        }
        top = &w->stack[w->depth - 1];
        return start_in(w, top->place, top->key, map);
}

int indicator_walk_end(struct indicator_walk *w)
{
        if (w->skip > 0) {
                w->skip--;
                return 1;
        }
        switch (w->stack[--w->depth].place) {
        case PLACE_ROW:
                return end_row(w);
        case PLACE_DATA_OBJECT:
                /* It was one row itself, or held rows, or nothing. */
                return indicator_row_id(w->row) ? end_row(w) : 1;
        case PLACE_ATTRIBUTE:
                indicator_row_attribute_end(w->row);
                return 1;
        case PLACE_TOP:
        case PLACE_DATA:
        case PLACE_TYPE:
        case PLACE_STATUS:
        case PLACE_SCORE:
        case PLACE_ATTRIBUTES:
        case PLACE_ATTRIBUTE_KEY:
                break;
        }
        return 1;
}

static int on_top(struct indicator_walk *w, enum indicator_key key, struct text value, bool null)
{
        if (key == KEY_TOTAL)
                w->page.has_total = indicator_row_number(value, &w->page.total);
        if (key == KEY_DATA)
                w->page.has_data = null;
        if (key == KEY_ERRORS && !null)
                w->page.errors = true;
        if (key == KEY_CURSOR && !null) {
                if (!text_copy(value, w->cursor, sizeof(w->cursor)))
                        return indicator_walk_fail(w, -EBADMSG, "the cursor is too long");
                w->page.cursor = text_of(w->cursor);
        }
        return 1;
}

static void on_row(struct indicator_walk *w, enum indicator_key key, struct text value, bool string)
{
        switch ((int)key) {
        case KEY_ID:
                indicator_row_set_id(w->row, value);
                break;
        case KEY_VALUE:
                indicator_row_set_value(w->row, value);
                break;
        case KEY_TYPE:
                indicator_row_set_type(w->row, value);
                break;
        case KEY_TYPE_ID:
                indicator_row_set_type_id(w->row, value);
                break;
        case KEY_STATUS:
                indicator_row_set_status(w->row, value);
                break;
        case KEY_STATUS_ID:
                indicator_row_set_status_id(w->row, value);
                break;
        case KEY_SCORE:
                indicator_row_set_score(w->row, value);
                break;
        case KEY_CREATED_AT:
                if (string)
                        indicator_row_set_created_at(w->row, value);
                break;
        default:
                break;
        }
}

/* A value that is no container. null: value is empty. */
int indicator_walk_scalar(struct indicator_walk *w, struct text value, bool string, bool null)
{
        const struct indicator_level *top;

        if (w->skip > 0) {
                if (w->skip_errors && !null) {
                        w->page.errors = true;
                        if (string && w->error[0] == '\0')
                                text_copy(value, w->error, sizeof(w->error));
                }
                return 1;
        }
        if (w->depth == 0)
                return indicator_walk_fail(w, -EBADMSG,
                                           "the answer is neither an object nor a list");
        top = &w->stack[w->depth - 1];
        switch (top->place) {
        case PLACE_TOP:
                return on_top(w, top->key, value, null);
        case PLACE_DATA:
                return end_no_row(w);
        case PLACE_DATA_OBJECT:
        case PLACE_ROW:
                if (!null)
                        on_row(w, top->key, value, string);
                break;
        case PLACE_TYPE:
                if (top->key == KEY_NAME && string)
                        indicator_row_set_type(w->row, value);
                else if (top->key == KEY_ID)
                        indicator_row_set_type_id(w->row, value);
                break;
        case PLACE_STATUS:
                if (top->key == KEY_NAME && string)
                        indicator_row_set_status(w->row, value);
                else if (top->key == KEY_ID)
                        indicator_row_set_status_id(w->row, value);
                break;
        case PLACE_SCORE:
                if (top->key == KEY_MANUAL_SCORE)
                        indicator_row_set_manual_score(w->row, value);
                else if (top->key == KEY_GENERATED_SCORE)
                        indicator_row_set_score(w->row, value);
                break;
        case PLACE_ATTRIBUTE:
                if (top->key == KEY_NAME && string)
                        indicator_row_attribute_name(w->row, value);
                else if (top->key == KEY_VALUE && !null)
                        indicator_row_attribute_value(w->row, value);
                else if (top->key == KEY_UPDATED_AT && string)
                        indicator_row_attribute_updated_at(w->row, value);
                break;
        case PLACE_ATTRIBUTE_KEY:
                if (top->key == KEY_NAME && string)
                        indicator_row_attribute_name(w->row, value);
                break;
        case PLACE_ATTRIBUTES:
                break;
        }
        return 1;
}

int indicator_walk_key(struct indicator_walk *w, struct text name)
{
        if (w->skip == 0) {
                struct indicator_level *top = &w->stack[w->depth - 1];

                top->key = indicator_key_at(top->place, name);
        }
        return 1;
}

void indicator_walk_begin(struct indicator_walk *w, uint64_t known_id)
{
        w->page = (struct indicator_page){.sorted = true};
        w->known_id = known_id;
        msgpack_sbuffer_clear(&w->rows);
        w->depth = w->skip = 0;
        w->failed = 0;
        w->error[0] = '\0';
}

void indicator_walk_page(const struct indicator_walk *w, struct indicator_page *ret)
{
        *ret = w->page;
        ret->packed = w->rows.data;
        ret->packed_len = w->rows.size;
        if (!w->page.sorted)
                ret->fresh = w->page.rows;
}
