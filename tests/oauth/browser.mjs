// As much of a browser as logging in needs: cookies of one server, pages with forms, redirects. It knows no page of any server: it
// reads the forms as they come and fills in what their fields ask for, so the same walk goes through ours and through others'.

const REDIRECTS_MAX = 20;

const ENTITIES = {amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'"};
const decode = (text) => text.replace(/&(#?\w+);/g, (whole, name) => ENTITIES[name] ?? whole);

function attributes(tag) {
    const found = {};
    for (const [, name, double, single, bare] of tag.matchAll(/([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/gi))
        found[name.toLowerCase()] ??= decode(double ?? single ?? bare ?? '');
    return found;
}

const buttonsOf = (html) => [...html.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/gi)]
    .map(([, tag, label]) => ({...attributes(tag), label: decode(label.trim())}));

/* The forms of a page: where each goes, its fields, its buttons (those, too, that stand elsewhere and name it). */
function formsOf(html, address) {
    return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head, content]) => {
        const {action, method, id} = attributes(head);
        const inputs = [...content.matchAll(/<input\b([^>]*)>/gi)].map(([, tag]) => attributes(tag));
        const buttons = [...buttonsOf(content), ...buttonsOf(html).filter(({form}) => form && form === id)];
        return {action: new URL(action || address, address), method: (method ?? 'get').toUpperCase(), inputs, buttons};
    });
}

/* A page: {address, status, headers, html, forms}. `left` instead, when the browser was sent to another origin: the address there. */
/* The Set-Cookie lines. The fetch of older Nodes (Debian 12's) only gives them joined by commas, as stand in dates too; a comma that begins a
 * line has a name and "=" behind it. */
const cookieLines = (headers) => headers.getSetCookie?.() ?? (headers.get('set-cookie')?.split(/, (?=[^;,= ]+=)/) ?? []);

export class Browser {
    constructor(origin) {
        this.origin = new URL(origin).origin;
        this.cookies = new Map();
        this.visited = []; // each page's address, in order
    }

    async #fetch(method, address, body, site) {
        const headers = {
            cookie: [...this.cookies].map((pair) => pair.join('=')).join('; '), 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate',
            accept: 'text/html',
        };
        if (method === 'POST') Object.assign(headers, {origin: this.origin, 'content-type': 'application/x-www-form-urlencoded'});
        const answer = await fetch(address, {method, headers, body, redirect: 'manual'});
        for (const line of cookieLines(answer.headers)) {
            const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
            if (value === '' || /max-age=0\b|expires=thu, 01.jan.1970/i.test(line)) this.cookies.delete(name);
            else this.cookies.set(name, value);
        }
        return answer;
    }

    async #go(method, address, body, site) {
        let target = new URL(address);
        for (let i = 0; i < REDIRECTS_MAX; i++) {
            if (target.origin !== this.origin) return {left: target};
            const answer = await this.#fetch(method, target, body, site);
            const html = await answer.text();
            const onward = /<meta http-equiv="refresh" content="0;\s*url=([^"]*)"/i.exec(html);
            if (!answer.headers.get('location') && !onward) {
                this.visited.push(target);
                return {address: target, status: answer.status, headers: answer.headers, html, forms: formsOf(html, target)};
            }
            target = new URL(onward ? decode(onward[1]) : answer.headers.get('location'), target);
            if (onward || answer.status !== 307) [method, body] = ['GET', undefined];
        }
        throw new Error(`no end of redirects at ${target}`);
    }

    /* By a link of another site, as a client sends its users. */
    open(address) {
        return this.#go('GET', address, undefined, 'cross-site');
    }

    /* Sends the page's form with `values` in its fields, by the button whose label fits, or its first one. */
    submit(page, values = {}, label = /./) {
        const form = page.forms.find(({buttons}) => buttons.some((button) => label.test(button.label)));
        if (!form) throw new Error(`no form with a button ${label} on ${page.address} (${page.status}):\n${page.html}`);
        const sent = new URLSearchParams();
        for (const {name, value} of form.inputs) if (name) sent.append(name, values[name] ?? value ?? '');
        const button = form.buttons.find((each) => label.test(each.label));
        if (button.name) sent.append(button.name, button.value ?? '');
        if (form.method !== 'POST') throw new Error(`a form that is not posted, on ${page.address}`);
        return this.#go('POST', form.action, sent.toString(), 'same-origin');
    }

    /* Opens the address and does what each page asks of `person` (the names of fields, and what goes there) until the browser is sent
     * elsewhere: the address there. Or the first page that is no form, or that `until` (a function) wants to see. */
    async walk(address, person, until = () => false) {
        let page = await this.open(address);
        for (let i = 0; i < REDIRECTS_MAX; i++) {
            if (page.left || until(page) || page.forms.length === 0) return page;
            page = await this.submit(page, person);
        }
        throw new Error(`no end of forms at ${page.address}:\n${page.html}`);
    }
}
