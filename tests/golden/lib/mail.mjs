// The mail that a conversation's server has sent: files in the folder `mail` of its data.

import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {PATIENCE_MS} from '../../lib/environment.mjs';

const LOOK_MS = 10;

/* RFC 2045 §6.7. */
function fromQuotedPrintable(text) {
    const bytes = text.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
}

/* A message as if it were an answer: {status: 200, headers, body}. Only what our own messages have: one part, or the text first. */
export function readMessage(bytes) {
    const text = bytes.toString('latin1').replaceAll('\r\n', '\n');
    const end = text.indexOf('\n\n');
    const headers = {};
    for (const line of text.slice(0, end).replace(/\n[ \t]+/g, ' ').split('\n')) {
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const body = fromQuotedPrintable(text.slice(end + 2));
    return {status: 200, headers, body, bytes: Buffer.from(body)};
}

/* The oldest message to the address that is not in `seen` yet; waits for it, as long as its server has not `gone()`. */
export async function nextMail(folder, address, seen, gone) {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
        const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')).sort() : [];
        for (const name of names.filter((name) => !seen.has(name))) {
            const message = readMessage(readFileSync(join(folder, name)));
            if (!message.headers.to.includes(address)) continue;
            seen.add(name);
            return message;
        }
        if (gone()) throw new Error(`no mail to ${address}: the server has ended`);
        if (Date.now() > until) throw new Error(`no mail to ${address} within ${PATIENCE_MS} ms`);
        await pause(LOOK_MS);
    }
}
