#include "fetcher/page.h"

void page_pack(const struct wire_page *page, const struct config *config, const struct terms *terms,
               uint64_t fabrics, msgpack_sbuffer *out)
{
        struct wire_msg msg = {.type = WIRE_PAGE, .page = *page};
        msgpack_sbuffer names, packed_terms;
        uint32_t count = 0, terms_count = 0;

        msgpack_sbuffer_init(&names);
        msgpack_sbuffer_init(&packed_terms);
        for (size_t i = 0; i < config->fabric_count; i++) {
                if (!(fabrics >> i & 1))
                        continue;
                wire_pack_text(&names, text_of(config->fabrics[i].name));
                count++;
        }
        if (terms)
                terms_count = terms_pack(terms, fabrics, &packed_terms);
        msg.page.targets = wire_list_of(&names, count);
        msg.page.terms = wire_list_of(&packed_terms, terms_count);
        wire_pack(out, &msg);
        msgpack_sbuffer_destroy(&names);
        msgpack_sbuffer_destroy(&packed_terms);
}
