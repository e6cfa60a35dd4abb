// What a log must never have: the credentials of a conversation, right or wrong, its passwords, and what answers show once.

const NAMES = /^(password|new_password|current_password|token|access_token|refresh_token|id_token|client_secret|secret|challenge|csrf_token)$/;
const KEYS = /\b[sp]k_[A-Za-z0-9_-]{16,}/g;
const SHORTEST = 12; // of what is looked for: shorter words stand in a log for other reasons

function* membersOf(value) {
    if (value === null || typeof value !== 'object') return;
    for (const [name, member] of Object.entries(value)) {
        if (typeof member === 'string' && NAMES.test(name)) yield member;
        else yield* membersOf(member);
    }
}

function* ofText(text, type) {
    yield* text.match(KEYS) ?? [];
    if (/x-www-form-urlencoded/.test(type)) yield* membersOf(Object.fromEntries(new URLSearchParams(text)));
    try {
        yield* membersOf(JSON.parse(text));
    } catch { /* it is no JSON */ }
}

const valueOf = (cookie) => /^[^=]*=([^;]*)/.exec(cookie.trim())?.[1] ?? '';

export class Secrets {
    #all = new Set();

    add(...secrets) {
        for (const secret of secrets) if (secret.length >= SHORTEST) this.#all.add(secret);
    }

    /* What a request and its answer have told. Names of headers in small letters. */
    note(headers, body, answer) {
        this.add(...(headers.authorization ?? '').split(' ').slice(1), ...(headers.cookie ?? '').split(';').map(valueOf));
        this.add(...(answer.headers['set-cookie'] ?? []).map(valueOf));
        this.add(...ofText(String(body), headers['content-type'] ?? ''), ...ofText(answer.body, ''));
    }

    /* The lines of the log that have one. */
    found(log) {
        return log.split('\n').filter((line) => [...this.#all].some((secret) => line.includes(secret)));
    }
}
