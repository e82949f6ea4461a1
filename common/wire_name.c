#include "common/wire.h"

const char *wire_type_name(enum wire_type type)
{
        static const char *const names[] = {
            [WIRE_PAGE] = "PAGE",       [WIRE_BATCH] = "BATCH",
            [WIRE_ACK] = "ACK",         [WIRE_SWEEP_END] = "SWEEP_END",
            [WIRE_HELLO] = "HELLO",     [WIRE_OUTCOMES] = "OUTCOMES",
            [WIRE_WRITTEN] = "WRITTEN", [WIRE_SWEEP_REQUEST] = "SWEEP_REQUEST",
        };

        return type >= WIRE_PAGE && type <= WIRE_SWEEP_REQUEST ? names[type] : "?";
}

const char *sweep_kind_name(enum sweep_kind kind)
{
        return kind == SWEEP_FULL ? "full" : "incremental";
}

const char *verdict_name(enum verdict verdict)
{
        static const char *const names[VERDICT_COUNT] = {
            [VERDICT_CANDIDATE] = "candidate",
            [VERDICT_INVALID] = "invalid",
            [VERDICT_BAD_OVERRIDE] = "bad_override",
            [VERDICT_DAYS] = "days",
            [VERDICT_STATUS] = "status",
            [VERDICT_SCORE] = "score",
            [VERDICT_ATTRIBUTES] = "attributes",
            [VERDICT_CONFLICTING_OVERRIDE] = "conflicting_override",
            [VERDICT_UNMAPPED] = "unmapped",
            [VERDICT_COLLECTION] = "collection",
        };

        return verdict < VERDICT_COUNT ? names[verdict] : "?";
}

const char *wire_scope_name(enum wire_scope scope)
{
        static const char *const names[SCOPE_COUNT] = {
            [SCOPE_SELECTION] = "selection",
            [SCOPE_COLLECTION] = "collection",
            [SCOPE_OUTSIDE] = "outside",
        };

        return scope < SCOPE_COUNT ? names[scope] : "?";
}

const char *share_name(enum share share)
{
        static const char *const names[SHARE_COUNT] = {
            [SHARE_SHARED] = "shared",
            [SHARE_OVERRIDE] = "override",
            [SHARE_FAILED] = "failed",
            [SHARE_PENDING] = "pending",
        };

        return share < SHARE_COUNT ? names[share] : "?";
}

const char *written_name(enum written result)
{
        static const char *const names[] = {
            [WRITTEN_DONE] = "done",
            [WRITTEN_GONE] = "gone",
            [WRITTEN_REFUSED] = "refused",
        };

        return result <= WRITTEN_REFUSED ? names[result] : "?";
}
