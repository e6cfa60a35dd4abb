#include "platform/hook.h"

void hook_ask(Ctx *cx, const Hook *hook, const void *asked, void *answer)
{
    memset(answer, 0, hook->answers->size);
    hook->decide(cx->arena, asked, answer);
}
