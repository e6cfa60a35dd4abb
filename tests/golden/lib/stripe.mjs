// What Stripe signs its events with: `{{stripe SECRET}}` in a header is the signature of this request's body, now. By node's own HMAC,
// so that the program's is compared with another one.

import {createHmac} from 'node:crypto';

export function signAsStripe(headers, body) {
    const sign = (secret) => {
        const stamp = Math.floor(Date.now() / 1000);
        return `t=${stamp},v1=${createHmac('sha256', secret).update(`${stamp}.`).update(body).digest('hex')}`;
    };
    return Object.fromEntries(Object.entries(headers).map(([name, value]) =>
        [name, value.replace(/\{\{stripe ([a-z0-9_]+)\}\}/g, (whole, secret) => sign(secret))]));
}
