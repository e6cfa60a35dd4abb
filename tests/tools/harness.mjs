// See harness.sh.

import assert from 'node:assert/strict';
import {acceptedLines} from '../golden/lib/accept.mjs';
import {ConversationError, readConversation} from '../golden/lib/conversation.mjs';
import {JsonError, parseJson, printJson} from '../golden/lib/json.mjs';
import {matchJson, matchLines, matchText} from '../golden/lib/match.mjs';
import {parseTap} from '../lib/tap.mjs';

/* What matchJson says of two texts, as "line pointer: text". */
function differences(expected, actual, captures = new Map()) {
    const found = [];
    matchJson(parseJson(expected), parseJson(actual), captures, found);
    return found.map(({line, text}) => `${line} ${text}`);
}

const cases = {
    'JSON: equal values in another order of keys'() {
        assert.deepEqual(differences('{"a": 1, "b": [true, null, "x"]}', '{"b":[true,null,"x"],"a":1}'), []);
    },
    'JSON: a wrong value, with its line'() {
        assert.deepEqual(differences('{"a": 1,\n "b": 2}', '{"a":1,"b":3}'), ['2 /b: expected 2, got 3']);
    },
    'JSON: a missing key and one too many'() {
        assert.deepEqual(differences('{"a": 1}', '{"b": 1}'), ['1 /a: missing', '1 (the whole): "b" was not expected: 1']);
    },
    'JSON: lists of another length'() {
        assert.deepEqual(differences('[1, 2]', '[1]'), ['1 (the whole): expected 2 items, got 1']);
        assert.deepEqual(differences('[1]', '[1, 2]'), ['1 (the whole): expected 1 items, got 2']);
    },
    'JSON: kinds do not convert'() {
        for (const [a, b] of [['1', '"1"'], ['null', '0'], ['[]', '{}'], ['true', '1'], ['1', '1.0']]) assert.equal(differences(a, b).length, 1, `${a} ${b}`);
    },
    'JSON: numbers beyond a double stay apart'() {
        assert.equal(differences('9007199254740993', '9007199254740992').length, 1);
    },
    'JSON: pointers are escaped'() {
        assert.match(differences('{"a/b": {"c~d": 1}}', '{"a/b": {"c~d": 2}}')[0], /\/a~1b\/c~0d:/);
    },
    'wildcards meet their kind'() {
        for (const [kind, value] of [['<int>', '-3'], ['<number>', '1.5e3'], ['<bool>', 'false'], ['<list>', '[1]'], ['<list:2>', '[1, 2]'],
            ['<object>', '{}'], ['<any>', 'null'], ['<string>', '"x"'], ['<time>', '"2026-01-02T03:04:05.678901Z"'], ['<id:prod>', '"prod_0d3k9v7m2c8qh"'],
            ['<hex:4>', '"00ff"']]) assert.deepEqual(differences(`"${kind}"`, value), [], kind);
    },
    'wildcards refuse another kind'() {
        for (const [kind, value] of [['<int>', '1.5'], ['<int>', '"1"'], ['<number>', '"1"'], ['<bool>', '0'], ['<list>', '{}'], ['<list:2>', '[1]'],
            ['<object>', '[]'], ['<string>', '1'], ['<string>', '""'], ['<time>', '"2026-01-02"'], ['<time>', '"2026-01-02T03:04:05+00:00"'],
            ['<id:prod>', '"cart_0d3k9v7m2c8qh"'], ['<id:prod>', '"prod_0d3k9v7m2c8ql"'], ['<id:prod>', '"prod_0d3k9v7m2c8qh0"'],
            ['<hex:4>', '"00fg"']]) assert.equal(differences(`"${kind}"`, value).length, 1, `${kind} ${value}`);
    },
    'a capture is used later'() {
        const captures = new Map();
        assert.deepEqual(differences('{"a": "<id:prod as it>", "b": "/x/{{it}}"}', '{"a":"prod_0d3k9v7m2c8qh","b":"/x/prod_0d3k9v7m2c8qh"}', captures), []);
        assert.equal(captures.get('it'), 'prod_0d3k9v7m2c8qh');
        assert.equal(differences('"{{it}}"', '"prod_1d3k9v7m2c8qh"', captures).length, 1);
        assert.throws(() => differences('"{{other}}"', '"x"', captures), /not known/);
    },
    'text around a wildcard is literal'() {
        assert.equal(matchText('a.<int>+', 'a.12+', new Map()), true);
        assert.equal(matchText('a.<int>+', 'ab12+', new Map()), false);
        assert.equal(matchText('<<int>', '<int>', new Map()), true);
        assert.equal(matchText('<b>', '<b>', new Map()), true);
    },
    'a capture with special characters is literal'() {
        assert.equal(matchText('{{x}}', 'aXc', new Map([['x', 'a.c']])), false);
    },
    'lines: all of them, in order'() {
        assert.deepEqual(matchLines('a\n<int>\nc', 'a\n5\nc\n', new Map(), 10), []);
        assert.equal(matchLines('a\nb', 'a\nx', new Map(), 10)[0].line, 11);
        assert.equal(matchLines('a\nb', 'a', new Map(), 10)[0].line, 11);
        assert.equal(matchLines('a', 'a\nb', new Map(), 10).length, 1);
    },
    'lines: dots stand for any number'() {
        assert.deepEqual(matchLines('...\nb\n...', 'a\na\nb\nc', new Map(), 1), []);
        assert.deepEqual(matchLines('a\n...\nb', 'a\nb', new Map(), 1), []);
        assert.equal(matchLines('...\nb', 'a\na', new Map(), 1).length, 1);
    },
    'the JSON reader refuses what is not JSON'() {
        for (const text of ['{"a":1,"a":2}', '{a:1}', '[1,]', '01', '1 2', '"\n"', '', '{"a"}', 'tru'])
            assert.throws(() => parseJson(text), JsonError, text);
    },
    'the JSON printer keeps values and breaks long lines'() {
        const text = `{"a": [1, 2], "b": {"c": "${'x'.repeat(100)}"}}`;
        assert.deepEqual(JSON.parse(printJson(parseJson(text))), JSON.parse(text));
        assert.equal(printJson(parseJson(text)).split('\n')[1], '  "a": [1, 2],');
    },
    'a conversation is read'() {
        const text = '# About\n@env A=b=c\n@serve --x y\n@seed 7\nX-All: 1\n\n### First\n# a comment\nPOST /a?b\nX-One: 2\n\n{\n"c": 1}\n\nHTTP 201\nA: b\n!C\n\n{"d": 2}\n\n### Second\nGET /\n';
        const {settings, headers, exchanges} = readConversation(text, 'f');
        assert.deepEqual(settings, {env: {A: 'b=c'}, serve: ['--x', 'y'], seed: 7});
        assert.deepEqual(headers, [{name: 'X-All', value: '1', line: 5}]);
        assert.equal(exchanges.length, 2);
        const [first, second] = exchanges;
        assert.deepEqual([first.name, first.line, first.method, first.target, first.body], ['First', 9, 'POST', '/a?b', '{\n"c": 1}']);
        assert.deepEqual([first.expected.status, first.expected.line, first.expected.body, first.expected.bodyLine], [201, 15, '{"d": 2}', 19]);
        assert.deepEqual(first.expected.headers, [{name: 'A', value: 'b', line: 16}, {name: 'C', value: null, line: 17}]);
        assert.equal(second.expected, null);
    },
    'a conversation that says nothing clear is refused'() {
        for (const text of ['', 'nonsense\n### A\nGET /\n', '### A\nFETCH /\n', '### A\nGET /\nno header\n', '### A\nGET /\n\nHTTP 2000\n', '###\nGET /\n'])
            assert.throws(() => readConversation(text, 'f'), ConversationError, text);
    },
    'accepting fills in what came, as wildcards where it changes'() {
        const [exchange] = readConversation('### A\nGET /\n', 'f').exchanges;
        const answer = {status: 200, headers: {'content-type': 'application/json'}, body: '{"id":"prod_0d3k9v7m2c8qh","at":"2026-01-02T03:04:05Z","n":1}'};
        assert.deepEqual(acceptedLines(exchange, answer, new Map()), ['HTTP 200', '', '{"id": "<id:prod>", "at": "<time>", "n": 1}']);
    },
    'accepting keeps wildcards that fit and replaces the rest'() {
        const [exchange] = readConversation('### A\nGET /\n\nHTTP 200\nETag: "<string>"\nX: old\n\n{"a": "<int as n>", "b": 1, "gone": 2}\n', 'f').exchanges;
        const answer = {status: 201, headers: {'content-type': 'application/json', etag: '"e"', x: 'new'}, body: '{"b":2,"a":7,"c":"<int>"}'};
        assert.deepEqual(acceptedLines(exchange, answer, new Map()),
            ['HTTP 201', 'ETag: "<string>"', 'X: new', '', '{"a": "<int as n>", "b": 2, "c": "<<int>"}']);
    },
    'TAP: cmocka’s cases, with their output'() {
        const found = parseTap('1..3\nok 1 - a\nhello\nnot ok 2 - b\n# 0x1 != 0x2\nbecause\nnot ok 3 # SKIP c\n# not ok - group\n');
        assert.deepEqual(found.map((c) => [c.name, c.status]), [['a', 'passed'], ['b', 'failed'], ['c', 'skipped']]);
        assert.deepEqual(found[1].detail, ['hello', '# 0x1 != 0x2']);
        assert.equal(found[2].detail[0], 'because');
    },
    'TAP: cases that a crash swallowed have failed'() {
        const found = parseTap('1..3\nok 1 - a\nabort\n');
        assert.deepEqual(found.map((c) => [c.status, c.detail]), [['passed', []], ['failed', ['abort']], ['failed', []]]);
    },
    'TAP: two groups in one program'() {
        assert.deepEqual(parseTap('1..1\nok 1 - a\n1..1\nok 1 - b\n').map((c) => c.status), ['passed', 'passed']);
    },
};

let number = 0, failed = 0;
for (const [name, run] of Object.entries(cases)) {
    number++;
    try {
        run();
        console.log(`ok ${number} - ${name}`);
    } catch (error) {
        failed++;
        console.log(`not ok ${number} - ${name}`);
        for (const line of String(error.stack).split('\n')) console.log(`#   ${line}`);
    }
}
console.log(`1..${number}`);
process.exitCode = failed ? 1 : 0;
