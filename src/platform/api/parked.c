/* Exchanges that are kept until something has happened elsewhere (a saga has ended), and are answered
 * then: the handler has committed, no thread waits. What it left in its arena is still there. */
#include "platform/api/call.h"

#include "platform/api/errors.h"
#include "platform/api/idempotency.h"
#include "platform/api/problem.h"

#include <assert.h>

RequestKey request_key(const Request *rq)
{
    Str text = request_header(rq, S("Idempotency-Key"));
    if (!text.n) return (RequestKey){0};
    return (RequestKey){text, idempotency_fingerprint(rq->cx->arena, rq->http)};
}

Reply reply_later(Request *rq, Parked *parked)
{
    assert(rq->route->parks);
    parked->call = (Call *)(void *)((char *)rq - offsetof(Call, rq));
    return (Reply){.status = 202, .later = parked};
}

static bool run_answer(DbWork *work)
{
    Call *call = call_of_work(work);
    Reply reply = call->parked->answer(&call->rq, call->parked);
    assert(!reply.later);
    api_take_reply(call, problem_unless_fine(&call->rq, reply));
    return true;
}

void parked_go_on(Parked *parked)
{
    Call *call = parked->call;
    call->parked = parked;
    call->cx.deadline_us = monotonic_us() + call->api->options.request_timeout_us;
    call->work = (DbWork){.mode = TX_READ, .cx = &call->cx, .run = run_answer, .done = api_done};
    if (!db_submit(call->api->options.db, DB_LANE_READ, &call->work))
        api_answer_now(call, refuse((Verdict){&error_overloaded, {0}}));
}
