// `node pages.mjs ADDRESS`: follows the links of a shop's pages and prints, of each route that answers text/html, whether a
// page of it was met, and what its headers lack of what every page must have.
const [origin] = process.argv.slice(2);

// What each header has to be, or has to contain.
const required = {
    'content-security-policy': ["default-src '", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"],
    'cross-origin-opener-policy': ['same-origin'],
    'permissions-policy': ['camera=()', 'geolocation=()', 'microphone=()'],
    'referrer-policy': ['same-origin'],
    'x-content-type-options': ['nosniff'],
    'x-frame-options': ['DENY'],
};

// A policy that lets in scripts from elsewhere, or scripts and handlers in the page, is none.
const forbidden = /(script-src|default-src)[^;]*('unsafe-inline'|'unsafe-eval'|\*|https?:)/;

function lacks(headers) {
    const missing = [];
    for (const [name, parts] of Object.entries(required))
        for (const part of parts)
            if (!(headers.get(name) ?? '').includes(part)) missing.push(`${name}: ${part}`);
    if (forbidden.test(headers.get('content-security-policy'))) missing.push('a policy for scripts');
    return missing;
}

const {paths} = await (await fetch(`${origin}/openapi.json`)).json();
const routes = Object.entries(paths)
    .filter(([, path]) => Object.values(path.get?.responses ?? {}).some((response) => response.content?.['text/html']))
    .map(([path]) => ({path, fits: new RegExp(`^${path.replace(/\{[^}]*\}/g, '[^/]+')}$`), met: false}));

// No link leads to all of them: some pages are reached by a mail, by who is logged in, or by way of a program of somebody else's.
const alone = ['/login', '/register', '/forgot', '/verify', '/new-email', '/reset', '/setup', '/account', '/account/programs', '/oauth/authorize', '/oauth/logout'];
const seen = new Set(), queue = ['/', '/docs', '/docs/guide', '/docs/errors', ...alone];
let pages = 0;
while (queue.length) {
    const path = queue.shift();
    if (seen.has(path)) continue;
    seen.add(path);
    const answer = await fetch(origin + path), text = await answer.text();
    if (!(answer.headers.get('content-type') ?? '').startsWith('text/html')) continue;
    pages++;
    for (const route of routes) route.met ||= route.fits.test(path);
    if (!routes.some((route) => route.fits.test(path))) console.log(`UNKNOWN ${path}`);
    for (const missing of lacks(answer.headers)) console.log(`LACKS ${path} ${missing}`);
    for (const [, link] of text.matchAll(/<a [^>]*href="([^"]+)"/g)) {
        const url = new URL(link.replaceAll('&amp;', '&'), origin + path);
        if (url.origin === origin) queue.push(url.pathname);
    }
}
for (const route of routes) if (!route.met) console.log(`UNSEEN ${route.path}`);
console.log(`ROUTES ${routes.length}`);
console.log(`PAGES ${pages}`);
