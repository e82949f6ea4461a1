#include "console/cron_time.h"

#include "common/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

struct field {
        const char *name;
        unsigned min, max;
        const char *names; /* three letters each, from min on; "": numbers only */
};

static const struct field fields[FIELDS] = {
    [MINUTE] = {"minute", 0, 59, ""},
    [HOUR] = {"hour", 0, 23, ""},
    [DAY] = {"day of the month", 1, 31, ""},
    [MONTH] = {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    [WEEKDAY] = {"day of the week", 0, 7, "sunmontuewedthufrisat"}, /* 0 and 7 are Sunday */
};

enum { LONGEST = 100 };

static const char *const words[] = {"@hourly",  "@daily",  "@midnight", "@weekly",
                                    "@monthly", "@yearly", "@annually", "@reboot"};

static const char example[] = "such as \"0 */2 * * *\", every two hours";

/* One field under way. */
struct reading {
        const struct field *field;
        struct text text; /* the whole field */
        struct text rest; /* what is not read yet */
        uint64_t set;
        char *fault;
};

__attribute__((format(printf, 2, 3))) static bool fail(char *fault, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        vsnprintf(fault, CRON_TIME_FAULT_MAX, format, args);
        va_end(args);
        return false;
}

/* Of one field. */
__attribute__((format(printf, 2, 3))) static bool wrong(const struct reading *r, const char *format,
                                                        ...)
{
        int n = snprintf(r->fault, CRON_TIME_FAULT_MAX, "the %s '%.*s' ", r->field->name,
                         (int)r->text.len, r->text.ptr);
        va_list args;

        va_start(args, format);
        vsnprintf(r->fault + n, (size_t)(CRON_TIME_FAULT_MAX - n), format, args);
        va_end(args);
        return false;
}

static bool take(struct text *t, char c)
{
        if (t->len == 0 || *t->ptr != c)
                return false;
        t->ptr++;
        t->len--;
        return true;
}

/* The leading characters of a kind. */
static struct text take_run(struct text *t, int (*is)(int))
{
        struct text run = {t->ptr, 0};

        while (run.len < t->len && is((unsigned char)t->ptr[run.len]))
                run.len++;
        t->ptr += run.len;
        t->len -= run.len;
        return run;
}

static bool read_name(struct reading *r, unsigned *ret)
{
        struct text word = take_run(&r->rest, isalpha);

        for (unsigned i = 0; word.len == 3 && r->field->names[3 * (size_t)i]; i++) {
                if (text_eq_nocase(word, (struct text){r->field->names + 3 * (size_t)i, 3})) {
                        *ret = r->field->min + i;
                        return true;
                }
        }
        if (r->field->names[0] == '\0')
                return wrong(r, "is written in numbers, %u to %u", r->field->min, r->field->max);
        return wrong(r, "has no name '%.*s': write the first three letters of the English name",
                     (int)word.len, word.ptr);
}

static bool read_value(struct reading *r, unsigned *ret)
{
        struct text digits;
        unsigned value = 0;

        if (r->rest.len > 0 && isalpha((unsigned char)*r->rest.ptr))
                return read_name(r, ret);
        digits = take_run(&r->rest, isdigit);
        if (digits.len == 0)
                return wrong(r,
                             "lacks a number: write %u to %u, * for every one, or lists (1,5), "
                             "ranges (1-5) and steps (*/2) of them",
                             r->field->min, r->field->max);
        for (size_t i = 0; i < digits.len && value <= r->field->max; i++)
                value = value * 10 + (unsigned)(digits.ptr[i] - '0');
        if (value < r->field->min || value > r->field->max)
                return wrong(r, "is not in %u–%u", r->field->min, r->field->max);
        *ret = value;
        return true;
}

static bool read_step(struct reading *r, bool range, unsigned from, unsigned to, unsigned *ret)
{
        struct text digits = take_run(&r->rest, isdigit);
        unsigned step = 0;

        for (size_t i = 0; i < digits.len && step <= r->field->max; i++)
                step = step * 10 + (unsigned)(digits.ptr[i] - '0');
        if (step == 0)
                return wrong(r, "has a step that is none: write a number from 1 on after the /");
        if (!range)
                return wrong(r, "has a step without a range: write %u-%u/%u", from, r->field->max,
                             step);
        if (step > to - from + 1)
                return wrong(r,
                             "has a step larger than %u–%u, so it would hit %u alone: write a "
                             "smaller one",
                             from, to, from);
        *ret = step;
        return true;
}

/* One element of the list: a value, a range or *, and a step. */
static bool read_element(struct reading *r)
{
        unsigned from = r->field->min, to = r->field->max, step = 1;
        bool range = take(&r->rest, '*');

        if (range) {
                to -= r->field == &fields[WEEKDAY]; /* Sunday once */
        } else {
                if (!read_value(r, &from))
                        return false;
                to = from;
                range = take(&r->rest, '-');
                if (range && !read_value(r, &to))
                        return false;
        }
        if (to < from)
                return wrong(r, "has a range that ends before it begins: write two ranges, or the "
                                "smaller one first (in the day of the week Sunday is 0 and 7)");
        if (take(&r->rest, '/') && !read_step(r, range, from, to, &step))
                return false;
        for (unsigned i = from; i <= to; i += step)
                r->set |= UINT64_C(1) << i;
        return true;
}

static bool read_field(const struct field *field, struct text text, uint64_t *set, char *fault)
{
        struct reading r = {.field = field, .text = text, .rest = text, .fault = fault};

        do {
                if (!read_element(&r))
                        return false;
        } while (take(&r.rest, ','));
        if (r.rest.len > 0)
                return wrong(&r,
                             "cannot be read from '%.*s' on: write numbers, lists (1,5), "
                             "ranges (1-5) and steps (*/2)",
                             (int)r.rest.len, r.rest.ptr);
        *set = r.set;
        return true;
}

/* A day that none of the months has never comes. A day of the week that is given counts too:
 * cron(8) runs on either. */
static bool comes(const struct text *parts, const uint64_t *sets)
{
        static const unsigned days[13] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

        if (*parts[WEEKDAY].ptr != '*')
                return true;
        for (unsigned month = 1; month <= 12; month++) {
                if ((sets[MONTH] >> month & 1) && (sets[DAY] & ((UINT64_C(2) << days[month]) - 1)))
                        return true;
        }
        return false;
}

/* The fields between blanks; the count goes on past FIELDS. */
static size_t split(const char *schedule, struct text parts[FIELDS])
{
        size_t count = 0;

        for (const char *p = schedule + strspn(schedule, " \t"); *p; p += strspn(p, " \t")) {
                size_t len = strcspn(p, " \t");

                if (count < FIELDS)
                        parts[count] = (struct text){p, len};
                count++;
                p += len;
        }
        return count;
}

static bool read_fields(const struct text *parts, struct cron_time *ret, char *fault)
{
        uint64_t sets[FIELDS];
        size_t used = 0;

        for (size_t i = 0; i < FIELDS; i++) {
                if (!read_field(&fields[i], parts[i], &sets[i], fault))
                        return false;
                used += (size_t)snprintf(ret->text + used, sizeof(ret->text) - used, "%s%.*s",
                                         i ? " " : "", (int)parts[i].len, parts[i].ptr);
        }
        if (!comes(parts, sets))
                return fail(fault,
                            "the day of the month '%.*s' never comes in the month '%.*s': write a "
                            "day that it has",
                            (int)parts[DAY].len, parts[DAY].ptr, (int)parts[MONTH].len,
                            parts[MONTH].ptr);
        ret->often = (sets[MINUTE] & (sets[MINUTE] - 1)) != 0;
        return true;
}

bool cron_time_parse(const char *schedule, struct cron_time *ret, char fault[CRON_TIME_FAULT_MAX])
{
        static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789*,-/@ \t";
        size_t len = strspn(schedule, known);
        struct text parts[FIELDS];
        struct cron_time parsed = {0};
        size_t count;

        if (strlen(schedule) > LONGEST)
                return fail(fault, "it is longer than a schedule is: write one %s", example);
        if (schedule[len] != '\0' && !isgraph((unsigned char)schedule[len]))
                return fail(fault, "it holds what no schedule does: write one in one line, %s",
                            example);
        if (schedule[len] != '\0')
                return fail(fault, "it holds '%c', which no schedule does: write one %s",
                            schedule[len], example);
        count = split(schedule, parts);
        for (size_t i = 0; count == 1 && i < sizeof(words) / sizeof(words[0]); i++) {
                if (text_eq_str(parts[0], words[i])) {
                        snprintf(parsed.text, sizeof(parsed.text), "%s", words[i]);
                        *ret = parsed;
                        return true;
                }
        }
        if (count != FIELDS)
                return fail(fault,
                            "it has %zu field%s, not five (minute, hour, day of the month, month, "
                            "day of the week): write one in quotes, %s; or @hourly, @daily …",
                            count, count == 1 ? "" : "s", example);
        if (!read_fields(parts, &parsed, fault))
                return false;
        *ret = parsed;
        return true;
}
