// What an authenticator shows (RFC 6238): by node's own HMAC, so that the program's is compared with another one.

import {createHmac} from 'node:crypto';

const STEP_MS = 30_000;

function fromBase32(text) {
    const bits = [...text].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
    return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/* The code of the present step, or of one `later`. */
export function totp(secret, later = 0) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + later));
    const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest();
    const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, '0');
}
