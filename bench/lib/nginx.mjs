// The first opponent: nginx with `return 200`, which sends bytes that it holds in memory. It gets the same body as
// Souk's real answer and the same headers (with constant values: Souk makes its X-Request-Id, nginx only sends one).

import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import {SERVER_CORE, Server, freePort} from './machine.mjs';

/* nginx writes these by itself. */
const OWN_HEADERS = new Set(['date', 'server', 'content-type', 'content-length', 'connection', 'keep-alive']);

/* nginx cannot read a word of the configuration above 4 KB, so a long text is put together from variables. */
const PIECE = 4000;

/* nginx has no escape for "$": a variable stands for it. */
const escape = text => text.replace(/[\\"]/g, '\\$&').replaceAll('$', '${dollar}');
const quote = text => `"${escape(text)}"`;

/* The text in quoted words, each short enough. */
function quotedPieces(text) {
    const pieces = [''];
    for (const letter of text) {
        const next = pieces[pieces.length - 1] + escape(letter);
        if (Buffer.byteLength(next) <= PIECE) pieces[pieces.length - 1] = next;
        else pieces.push(escape(letter));
    }
    return pieces.map(piece => `"${piece}"`);
}

export function nginxConfig(folder, port, answer) {
    const pieces = quotedPieces(answer.body.toString());
    const type = answer.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? 'text/plain';
    const headers = answer.headers.filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()));
    return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx-error.log;
worker_rlimit_nofile 20000;
events { worker_connections 16384; multi_accept on; }
http {
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    types {}
    default_type ${quote(type)};
    geo $dollar { default "$"; }
    client_body_temp_path ${folder}/nginx-tmp; proxy_temp_path ${folder}/nginx-tmp; fastcgi_temp_path ${folder}/nginx-tmp;
    uwsgi_temp_path ${folder}/nginx-tmp; scgi_temp_path ${folder}/nginx-tmp;
    server {
        listen 127.0.0.1:${port} backlog=4096;
        location / {
${headers.map(([name, value]) => `            add_header ${name} ${quote(value)} always;`).join('\n')}
${pieces.length > 1 ? pieces.map((piece, i) => `            set $piece${i} ${piece};`).join('\n') : ''}
            return 200 ${pieces.length > 1 ? `"${pieces.map((_, i) => `\${piece${i}}`).join('')}"` : pieces[0]};
        }
    }
}
`;
}

export async function startNginx(work, answer) {
    const port = await freePort();
    const file = path.join(work, 'nginx.conf');
    fs.writeFileSync(file, nginxConfig(work, port, answer));
    const server = new Server('nginx', ['nginx', '-c', file, '-e', path.join(work, 'nginx-error.log')],
        {core: SERVER_CORE, port, log: path.join(work, 'nginx.log')});
    return server.ready('/');
}

export function nginxVersion() {
    // nginx -v writes to stderr
    return execFileSync('sh', ['-c', 'nginx -v 2>&1'], {encoding: 'utf8'}).trim().replace('nginx version: ', '');
}
