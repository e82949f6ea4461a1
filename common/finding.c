#include "common/finding.h"

#include "common/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <jansson.h>

static const char *const level_names[] = {
    [FINDING_OK] = "ok",
    [FINDING_WARNING] = "warning",
    [FINDING_FAILED] = "failed",
};
enum { LEVELS = sizeof(level_names) / sizeof(level_names[0]) };

/* The most that finding_set prints before it is cut to the member's size. */
enum { PRINTED_MAX = 4096 };

static void json_free(json_t *json)
{
        json_decref(json);
}
DEFINE_CLEANUP(json_t *, json_free);

const char *finding_level_name(enum finding_level level)
{
        return level_names[level];
}

/* Bytes of the UTF-8 character at s (RFC 3629), 0 when there is none. The NUL ends every look. */
static size_t utf8_len(const unsigned char *s)
{
        static const struct {
                unsigned char first, last, second_min, second_max, len;
        } forms[] = {
            {0x20, 0x7e, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
            {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
            {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
        };

        for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
                if (s[0] < forms[i].first || s[0] > forms[i].last)
                        continue;
                if (forms[i].len > 1 && (s[1] < forms[i].second_min || s[1] > forms[i].second_max))
                        return 0;
                for (size_t k = 2; k < forms[i].len; k++) {
                        if ((s[k] & 0xc0) != 0x80)
                                return 0;
                }
                return forms[i].len;
        }
        return 0;
}

/* U+0080 to U+009F are control characters too: a terminal may obey them. */
static bool is_control(const unsigned char *s)
{
        return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f);
}

static void copy_clean(const char *from, char *out, size_t size)
{
        const unsigned char *s = (const unsigned char *)from;
        size_t used = 0;

        while (*s) {
                size_t len = utf8_len(s);
                char instead = is_control(s) ? ' ' : len == 0 ? '?' : '\0';

                if (used + (instead ? 1 : len) >= size)
                        break;
                if (instead)
                        out[used++] = instead;
                else
                        memcpy(out + used, s, len);
                used += instead ? 0 : len;
                s += len ? len : 1;
        }
        out[used] = '\0';
}

void finding_set(struct finding *ret, const char *check, const char *subject,
                 enum finding_level level, const char *mend, const char *format, ...)
{
        char text[PRINTED_MAX];
        va_list args;

        va_start(args, format);
        if (vsnprintf(text, sizeof(text), format, args) < 0)
                text[0] = '\0';
        va_end(args);
        copy_clean(check, ret->check, sizeof(ret->check));
        copy_clean(subject, ret->subject, sizeof(ret->subject));
        ret->level = level;
        copy_clean(text, ret->text, sizeof(ret->text));
        copy_clean(mend ? mend : "", ret->mend, sizeof(ret->mend));
}

int finding_write(FILE *out, const struct finding *f)
{
        _cleanup_(json_freep) json_t *json =
            json_pack("{s:s, s:s, s:s, s:s, s:s}", "check", f->check, "subject", f->subject,
                      "level", finding_level_name(f->level), "text", f->text, "mend", f->mend);

        if (!json)
                return -ENOMEM;
        if (json_dumpf(json, out, JSON_COMPACT) < 0 || fputc('\n', out) == EOF || fflush(out) != 0)
                return errno ? -errno : -EIO;
        return 0;
}

static bool take_text(const json_t *json, const char *key, bool needed, char *out, size_t size)
{
        const char *text = json_string_value(json_object_get(json, key));

        if (text)
                copy_clean(text, out, size);
        return text || (!needed && !json_object_get(json, key));
}

static bool take_level(const json_t *json, enum finding_level *ret)
{
        const char *name = json_string_value(json_object_get(json, "level"));

        for (unsigned i = 0; name && i < LEVELS; i++) {
                if (strcmp(name, level_names[i]) == 0) {
                        *ret = (enum finding_level)i;
                        return true;
                }
        }
        return false;
}

int finding_read(struct text line, struct finding *ret)
{
        struct finding f = {0};
        _cleanup_(json_freep) json_t *json =
            line.len <= FINDING_LINE_MAX ? json_loadb(line.ptr, line.len, 0, NULL) : NULL;

        if (!json_is_object(json) || !take_level(json, &f.level) ||
            !take_text(json, "check", true, f.check, sizeof(f.check)) ||
            !take_text(json, "subject", false, f.subject, sizeof(f.subject)) ||
            !take_text(json, "text", true, f.text, sizeof(f.text)) ||
            !take_text(json, "mend", false, f.mend, sizeof(f.mend)))
                return FINDING_E_BAD;
        *ret = f;
        return 0;
}
