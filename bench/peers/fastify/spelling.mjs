// Souk's spellings of ids and times, which the answers of both sides share.

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const ID = /^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{12}$/;

export function idText(prefix, decimal) {
    let n = BigInt(decimal);
    let low = Number(n & 0x3fffffffn);
    let middle = Number((n >> 30n) & 0x3fffffffn);
    let high = Number(n >> 60n);
    let text = '';
    for (let i = 0; i < 6; i++, low >>>= 5) text = CROCKFORD[low & 31] + text;
    for (let i = 0; i < 6; i++, middle >>>= 5) text = CROCKFORD[middle & 31] + text;
    return `${prefix}_${CROCKFORD[high]}${text}`;
}

/* As decimal text, since JavaScript's numbers end at 2^53; undefined when it is no id. */
export function idNumber(prefix, text) {
    if (!text.startsWith(`${prefix}_`) || !ID.test(text)) return undefined;
    let n = 0n;
    for (let i = prefix.length + 1; i < text.length; i++) n = (n << 5n) | BigInt(CROCKFORD.indexOf(text[i]));
    return n.toString();
}

/* PostgreSQL writes "2026-11-21 12:58:19.12+00" in rows and "2026-11-21T12:58:19.12+00:00" in JSON. */
export function timeText(text) {
    if (text === null) return null;
    const end = text.indexOf('+');
    const dot = text.indexOf('.');
    const date = text.slice(0, 10), time = text.slice(11, dot < 0 ? end : dot);
    return dot < 0 ? `${date}T${time}Z` : `${date}T${time}.${text.slice(dot + 1, end).padEnd(6, '0')}Z`;
}
