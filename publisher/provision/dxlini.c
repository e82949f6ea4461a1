#include "publisher/provision/dxlini.h"

#include "common/cleanup.h"

#include <string.h>

static void print_brokers(FILE *out, const struct brokerlines *brokers)
{
        for (size_t i = 0; brokers && i < brokers->count; i++)
                fprintf(out, "%s = %s\n", brokers->all[i].guid, brokers->all[i].value);
}

char *dxlini_new(const char *prefix, const struct brokerlines *brokers,
                 const struct brokerlines *websockets)
{
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        if (!out)
                return NULL;
        fprintf(out,
                "[General]\n#UseWebSockets = False\n\n"
                "[Certs]\nBrokerCertChain = " DXLINI_BUNDLE "\nCertFile = %s.crt\n"
                "PrivateKey = %s.key\n\n[Brokers]\n",
                prefix, prefix);
        print_brokers(out, brokers);
        fputs("\n[BrokersWebSockets]\n", out);
        print_brokers(out, websockets);
        if (fclose(out) == 0)
                return text;
        free(text);
        return NULL;
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
        bool in_section[2];
        bool seen[2];
        const struct brokerlines *lists[2];
        bool *written[2]; /* which brokers have their line */
};

static const char *const section_names[2] = {"Brokers", "BrokersWebSockets"};

static void put(struct edit *e, struct text t)
{
        if (t.len > 0)
                fwrite(t.ptr, 1, t.len, e->out);
}

static void end_held(struct edit *e, bool keep)
{
        if (keep)
                put(e, e->held);
        e->held = (struct text){0};
}

/* Brokers that had no line yet, at the end of their section. */
static void add_new(struct edit *e, int s)
{
        for (size_t i = 0; i < e->lists[s]->count; i++) {
                if (!e->written[s][i])
                        fprintf(e->out, "%s = %s\n", e->lists[s]->all[i].guid,
                                e->lists[s]->all[i].value);
                e->written[s][i] = true;
        }
}

/* The section that is open here, or -1. */
static int open_section(const struct edit *e)
{
        return e->in_section[0] ? 0 : e->in_section[1] ? 1 : -1;
}

static void end_section(struct edit *e)
{
        int s = open_section(e);

        if (s >= 0)
                add_new(e, s);
        end_held(e, true);
        e->in_section[0] = e->in_section[1] = false;
}

static void begin_section(struct edit *e, const struct line *line, struct text name)
{
        end_section(e);
        for (int s = 0; s < 2; s++) {
                if (e->lists[s] && text_eq_str(name, section_names[s]))
                        e->in_section[s] = e->seen[s] = true;
        }
        put(e, line->whole);
        if (line->whole.ptr[line->whole.len - 1] != '\n')
                fputc('\n', e->out);
}

static void edit_entry(struct edit *e, const struct line *line, int s)
{
        const struct brokerline *broker = NULL;
        struct text key, value;

        if (!setting_of(line, &key, &value)) {
                if (e->held.len == 0)
                        e->held.ptr = line->whole.ptr;
                e->held.len += line->whole.len;
                return;
        }
        broker = brokerlines_find(e->lists[s], key);
        if (broker && e->written[s][broker - e->lists[s]->all])
                broker = NULL;
        end_held(e, broker != NULL);
        if (!broker)
                return;
        fprintf(e->out, "%s = %s\n", broker->guid, broker->value);
        e->written[s][broker - e->lists[s]->all] = true;
}

static void edit_lines(struct edit *e, const char *text)
{
        struct line line;
        struct text name;
        bool ended = true;

        while (next_line(&text, &line)) {
                int s = open_section(e);

                ended = line.whole.ptr[line.whole.len - 1] == '\n';
                if (section_of(&line, &name))
                        begin_section(e, &line, name);
                else if (s >= 0)
                        edit_entry(e, &line, s);
                else
                        put(e, line.whole);
        }
        if (!ended && open_section(e) < 0)
                fputc('\n', e->out);
        end_section(e);
        for (int s = 0; s < 2; s++) {
                if (!e->lists[s] || e->seen[s])
                        continue;
                fprintf(e->out, "\n[%s]\n", section_names[s]);
                add_new(e, s);
        }
}

char *dxlini_update(const char *text, const struct brokerlines *brokers,
                    const struct brokerlines *websockets)
{
        struct edit e = {.lists = {brokers, websockets}};
        char *result = NULL;
        size_t len;
        bool ok;

        e.out = open_memstream(&result, &len);
        e.written[0] = calloc(brokers->count + 1, sizeof(bool));
        e.written[1] = calloc(websockets ? websockets->count + 1 : 1, sizeof(bool));
        ok = e.out && e.written[0] && e.written[1];
        if (ok)
                edit_lines(&e, text);
        ok = e.out && fclose(e.out) == 0 && ok;
        free(e.written[0]);
        free(e.written[1]);
        if (ok)
                return result;
        free(result);
        return NULL;
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

        while (next_line(&text, &line)) {
                if (section_of(&line, &name))
                        inside = text_eq_str(name, section);
                else if (inside && setting_of(&line, &name, &value) && text_eq_str(name, key))
                        found = plain(value);
        }
        return found.len > 0 ? text_dup(found) : NULL;
}
