/*
 * The REST API: routes, and what each answers.
 */
#ifndef TQ_SIM_THREATQ_API_H
#define TQ_SIM_THREATQ_API_H

#include "tests/sim/threatq/sim.h"

/* One request on its way through a route. */
struct api_call {
        struct sim *sim;
        const struct server_request *request;
        struct server_reply *reply;
        int64_t ids[2];   /* numbers in the path */
        const char *tail; /* a word in the path */
};

/* A server_handler; userdata is the sim. */
void api_handle(void *userdata, const struct server_request *request, struct server_reply *reply);
/* Counters per route as members of a JSON object. */
void api_print_routes(const struct sim *sim, struct buf *b);

/* Finds the indicator of the path; answers 404 when there is none. */
bool api_indicator(struct api_call *call, struct library_row *ret);
/* The JSON body; answers 400 when it is none. The caller releases it. */
json_t *api_body(struct api_call *call);

/* query.c */
void api_query(struct api_call *call);
void api_query_saved(struct api_call *call);
void api_list(struct api_call *call);
/* The view that `with=` and the instance's version give; false when it was answered with an
 * error. */
bool api_with_view(struct api_call *call, struct print_view *ret);
/* attribute.c */
void api_attributes(struct api_call *call);
void api_attributes_post(struct api_call *call);
void api_attribute_put(struct api_call *call);
void api_attribute_delete(struct api_call *call);
/* indicator.c */
void api_indicator_get(struct api_call *call);
void api_indicator_put(struct api_call *call);
void api_indicator_delete(struct api_call *call);
void api_indicators_post(struct api_call *call);
void api_scores_put(struct api_call *call);
/* instance.c */
void api_types(struct api_call *call);
void api_statuses(struct api_call *call);
void api_saved_list(struct api_call *call);
void api_saved_get(struct api_call *call);
void api_saved_post(struct api_call *call);
/* The saved searches become these {name, json: {ui_query, api_query}}. */
void api_saved_replace(struct sim *sim, json_t *searches);
void api_objects(struct api_call *call);

/* connector.c */
void api_connectors(struct api_call *call);
/* The rows of a new instance. */
json_t *api_connectors_default(void);

#endif
