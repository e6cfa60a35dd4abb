// Finished answers in Redis for a minute, shared by all processes. What several requests of one process miss at once is made once.

import crypto from 'node:crypto';

import {Redis} from 'ioredis';

const SECONDS = 60;
const TAG = 40; // the hexadecimal SHA-1 in front of the body is its ETag

export class Cache {
    constructor(url) {
        this.redis = url ? new Redis(url, {enableAutoPipelining: true}) : undefined;
        this.making = new Map();
    }

    /* make() resolves to the body, or to undefined when there is nothing to answer (which is not kept). */
    async answer(key, make) {
        const kept = await this.redis?.getBuffer(key);
        if (kept) return {etag: kept.latin1Slice(0, TAG), body: kept.subarray(TAG)};
        if (!this.making.has(key)) this.making.set(key, this.#make(key, make).finally(() => this.making.delete(key)));
        return this.making.get(key);
    }

    async #make(key, make) {
        const body = await make();
        if (body === undefined) return undefined;
        const etag = crypto.createHash('sha1').update(body).digest('hex');
        if (this.redis) await this.redis.set(key, etag + body, 'EX', SECONDS);
        return {etag, body};
    }
}
