#include "console/first_text.h"

#include <stdio.h>
#include <stdlib.h>

/* In double quotes, where YAML takes everything as it is but these two. */
static void put(FILE *out, const char *key, const char *value)
{
        fprintf(out, "%s: \"", key);
        for (; *value; value++) {
                if (*value == '"' || *value == '\\')
                        fputc('\\', out);
                fputc(*value, out);
        }
        fputs("\"\n", out);
}

char *first_text(const struct first_answers *answers, const char *password_file)
{
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        if (!out)
                return NULL;
        fputs("# Written by tq-trellix-tie from the answers of its first run.\n\nthreatq:\n", out);
        put(out, "  host", answers->host);
        put(out, "  client_id", answers->client_id);
        put(out, "  username", answers->username);
        put(out, "  password_file", password_file);
        if (answers->ca_file)
                put(out, "  ca_file", answers->ca_file);
        fputs("\nconnector:\n", out);
        put(out, "  status", answers->status);
        fputs(
            "\n# What is exported.\n"
            "selection:\n"
            "  days: 30        # added to ThreatQ so many days ago at most, 1-365\n"
            "  status: []      # such as [Active]; none: any\n"
            "  min_score: 0\n"
            "  attributes: []  # such as [\"Malware Family:Emotet\"]\n"
            "\n# ThreatQ's scoring bands by reputation; one that stands nowhere is not exported.\n"
            "reputation:\n"
            "  known_malicious: []\n"
            "  most_likely_malicious: [very high, high, medium, low, very low]\n"
            "  might_be_malicious: []\n"
            "\n# What the Trellix ecosystem knows of a hash, as attributes in ThreatQ.\n"
            "enrichment: true\n"
            "\nfabrics:\n",
            out);
        for (size_t i = 0; i < answers->fabric_count; i++) {
                put(out, "  - name", answers->fabrics[i].name);
                put(out, "    dxl_config", answers->fabrics[i].dxl_config);
                fputs("    daily_limit: 1000  # 1-100000\n", out);
        }
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}
