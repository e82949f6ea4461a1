#include "publisher/provision/dxlini.h"

#include "common/cleanup.h"

#include <string.h>

enum { BROKERS, WEBSOCKETS, CERTS, SECTIONS, CERTS_SETTINGS = 3, FILE_NAME_SIZE = 80 };

/* What the sections are to hold; NULL: the section stays as it is. */
struct sections {
        const struct brokerlines *all[SECTIONS];
};

static const char *const section_names[SECTIONS] = {"Brokers", "BrokersWebSockets", "Certs"};

/* The settings of [Certs], in the form of the other two sections. */
struct certs {
        char cert[FILE_NAME_SIZE], key[FILE_NAME_SIZE];
        struct brokerline lines[CERTS_SETTINGS];
        struct brokerlines list;
};

static void certs_init(struct certs *certs, const char *prefix)
{
        static char names[CERTS_SETTINGS][16] = {"BrokerCertChain", "CertFile", "PrivateKey"};
        static char bundle[] = DXLINI_BUNDLE;

        snprintf(certs->cert, FILE_NAME_SIZE, "%s.crt", prefix);
        snprintf(certs->key, FILE_NAME_SIZE, "%s.key", prefix);
        certs->lines[0] = (struct brokerline){names[0], bundle};
        certs->lines[1] = (struct brokerline){names[1], certs->cert};
        certs->lines[2] = (struct brokerline){names[2], certs->key};
        certs->list = (struct brokerlines){certs->lines, CERTS_SETTINGS};
}

/* How long the mark is that some editors put before UTF-8. */
static size_t bom(const char *text)
{
        return strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* One line, with its end in `whole` and without it in `trimmed`. */
struct line {
        struct text whole, trimmed;
};

static bool next_line(const char **at, struct line *ret)
{
        size_t len = strcspn(*at, "\n");

        if (!**at)
                return false;
        len += (*at)[len] == '\n';
        ret->whole = (struct text){*at, len};
        ret->trimmed = text_trim(ret->whole);
        *at += len;
        return true;
}

/* "[name]", with a comment after it or not. */
static bool section_of(const struct line *line, struct text *ret)
{
        const char *end;

        if (line->trimmed.len == 0 || line->trimmed.ptr[0] != '[')
                return false;
        end = memchr(line->trimmed.ptr, ']', line->trimmed.len);
        if (!end)
                return false;
        *ret =
            text_trim((struct text){line->trimmed.ptr + 1, (size_t)(end - line->trimmed.ptr - 1)});
        return true;
}

static bool is_comment(const struct line *line)
{
        return line->trimmed.len > 0 &&
               (line->trimmed.ptr[0] == '#' || line->trimmed.ptr[0] == ';');
}

/* "key = value"; value may be NULL. */
static bool setting_of(const struct line *line, struct text *key, struct text *value)
{
        const char *mark = NULL;

        for (size_t i = 0; i < line->trimmed.len && !mark; i++) {
                if (line->trimmed.ptr[i] == '=' || line->trimmed.ptr[i] == ':')
                        mark = line->trimmed.ptr + i;
        }
        if (!mark || is_comment(line))
                return false;
        *key = text_trim((struct text){line->trimmed.ptr, (size_t)(mark - line->trimmed.ptr)});
        *value = text_trim(
            (struct text){mark + 1, line->trimmed.len - (size_t)(mark + 1 - line->trimmed.ptr)});
        return true;
}

/* Being changed, section by section. */
struct edit {
        FILE *out;
        struct text held; /* comments and empty lines whose entry is not yet known */
        int open;         /* the section that is being changed, or -1 */
        bool seen[SECTIONS];
        struct sections wanted;
        bool *written[SECTIONS]; /* which entries have their line */
};

static void put(struct edit *e, struct text t)
{
        if (t.len > 0)
                fwrite(t.ptr, 1, t.len, e->out);
}

/* With a line break, also where the file ends without one. */
static void put_line(struct edit *e, const struct line *line)
{
        put(e, line->whole);
        if (line->whole.ptr[line->whole.len - 1] != '\n')
                fputc('\n', e->out);
}

static void end_held(struct edit *e, bool keep)
{
        if (keep)
                put(e, e->held);
        e->held = (struct text){0};
}

/* Entries that had no line yet, at the end of their section. */
static void add_new(struct edit *e, int s)
{
        const struct brokerlines *wanted = e->wanted.all[s];

        for (size_t i = 0; i < wanted->count; i++) {
                if (!e->written[s][i])
                        fprintf(e->out, "%s = %s\n", wanted->all[i].guid, wanted->all[i].value);
                e->written[s][i] = true;
        }
}

static void end_section(struct edit *e)
{
        if (e->open >= 0)
                add_new(e, e->open);
        end_held(e, true);
        e->open = -1;
}

static void begin_section(struct edit *e, const struct line *line, struct text name)
{
        end_section(e);
        for (int s = 0; s < SECTIONS; s++) {
                if (!e->wanted.all[s] || !text_eq_str(name, section_names[s]))
                        continue;
                e->open = s;
                e->seen[s] = true;
        }
        put_line(e, line);
}

/* The entry of this setting that is still to be written, or NULL. */
static const struct brokerline *unwritten(const struct edit *e, struct text key)
{
        const struct brokerlines *wanted = e->wanted.all[e->open];
        const struct brokerline *entry = brokerlines_find(wanted, key);

        return entry && !e->written[e->open][entry - wanted->all] ? entry : NULL;
}

/* Another setting goes with its comments when it is a broker; of [Certs] only one of those names
 * does. */
static void edit_entry(struct edit *e, const struct line *line)
{
        const struct brokerlines *wanted = e->wanted.all[e->open];
        const struct brokerline *entry;
        struct text key, value;
        bool stays;

        if (!setting_of(line, &key, &value)) {
                if (e->held.len == 0)
                        e->held.ptr = line->whole.ptr;
                e->held.len += line->whole.len;
                return;
        }
        entry = unwritten(e, key);
        stays = e->open == CERTS && !brokerlines_find(wanted, key);
        end_held(e, entry || stays);
        if (stays)
                put_line(e, line);
        if (!entry)
                return;
        fprintf(e->out, "%s = %s\n", entry->guid, entry->value);
        e->written[e->open][entry - wanted->all] = true;
}

static void edit_lines(struct edit *e, const char *text)
{
        struct line line;
        struct text name;
        bool ended = true;

        fwrite(text, 1, bom(text), e->out);
        text += bom(text);
        while (next_line(&text, &line)) {
                ended = line.whole.ptr[line.whole.len - 1] == '\n';
                if (section_of(&line, &name))
                        begin_section(e, &line, name);
                else if (e->open >= 0)
                        edit_entry(e, &line);
                else
                        put(e, line.whole);
        }
        if (!ended && e->open < 0)
                fputc('\n', e->out);
        end_section(e);
        for (int s = 0; s < SECTIONS; s++) {
                if (!e->wanted.all[s] || e->seen[s])
                        continue;
                fprintf(e->out, "\n[%s]\n", section_names[s]);
                add_new(e, s);
        }
}

static char *edit(const char *text, const struct sections *wanted)
{
        struct edit e = {.open = -1, .wanted = *wanted};
        char *result = NULL;
        size_t len;
        bool ok;

        e.out = open_memstream(&result, &len);
        ok = e.out != NULL;
        for (int s = 0; s < SECTIONS; s++) {
                e.written[s] = calloc(wanted->all[s] ? wanted->all[s]->count + 1 : 1, sizeof(bool));
                ok = ok && e.written[s];
        }
        if (ok)
                edit_lines(&e, text);
        ok = e.out && fclose(e.out) == 0 && ok;
        for (int s = 0; s < SECTIONS; s++)
                free(e.written[s]);
        if (ok)
                return result;
        free(result);
        return NULL;
}

char *dxlini_update(const char *text, const struct brokerlines *brokers,
                    const struct brokerlines *websockets)
{
        return edit(text, &(struct sections){{brokers, websockets, NULL}});
}

/* Whether each line is one that the readers of the file take. */
static bool is_readable(const char *text)
{
        struct text a, b;
        struct line line;

        text += bom(text);
        while (next_line(&text, &line)) {
                if (line.trimmed.len == 0 || is_comment(&line) || section_of(&line, &a))
                        continue;
                if (line.trimmed.ptr[0] == '[' || !setting_of(&line, &a, &b))
                        return false;
        }
        return true;
}

char *dxlini_provision(const char *old, const char *prefix, const struct brokerlines *brokers,
                       const struct brokerlines *websockets)
{
        static const char skeleton[] = "[General]\n#UseWebSockets = False\n\n"
                                       "[Certs]\n\n[Brokers]\n\n[BrokersWebSockets]\n";
        struct certs certs;

        certs_init(&certs, prefix);
        return edit(old && is_readable(old) ? old : skeleton,
                    &(struct sections){{brokers, websockets, &certs.list}});
}

/* As OpenDXL's own reader (ConfigObj) takes a value: quotes off, a comment after it cut. */
static struct text plain(struct text t)
{
        if (t.len > 0 && (t.ptr[0] == '"' || t.ptr[0] == '\'')) {
                const char *end = memchr(t.ptr + 1, t.ptr[0], t.len - 1);

                if (end)
                        return (struct text){t.ptr + 1, (size_t)(end - t.ptr - 1)};
        }
        for (size_t i = 0; i < t.len; i++) {
                if (t.ptr[i] == '#' && (i == 0 || t.ptr[i - 1] == ' ' || t.ptr[i - 1] == '\t'))
                        t.len = i;
        }
        return text_trim(t);
}

char *dxlini_value(const char *text, const char *section, const char *key)
{
        struct text found = {0}, name, value;
        struct line line;
        bool inside = false;

        text += bom(text);
        while (next_line(&text, &line)) {
                if (section_of(&line, &name))
                        inside = text_eq_str(name, section);
                else if (inside && setting_of(&line, &name, &value) && text_eq_str(name, key))
                        found = plain(value);
        }
        return found.len > 0 ? text_dup(found) : NULL;
}
