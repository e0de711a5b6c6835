import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {repeatedName} from '../../src/protocol/repeated-name.ts';

describe('repeatedName', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"b":{"c":[],"d":0,"c":1}}', 'b.c'],
    ['[0,{"a":[1,{"x":1,"x":1}]}]', '[1].a[1].x'],
    // Names are what they mean, not how they are written.
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"a\\"b":1,"a\\"b":2}', 'a"b'],
    ['{"\\\\":1,"\\\\":2}', '\\'],
    ['{"":1,"":2}', ''],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    [`{"${'n'.repeat(99)}":1,"${'n'.repeat(99)}":2}`, 'n'.repeat(42)],
  ])('finds the second name in %s', (text, path) => {
    JSON.parse(text);
    expect(repeatedName(text)).toBe(path);
  });

  it.each([
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":"{\\"a\\":1,\\"a\\":2}"}}}',
    '[{"a":1},{"a":1}]',
    '{"a":[{"b":1},{"b":1}],"b":1}',
    '["a","a",{"a":"}"},{"a":"]"}]',
    '"a"',
    '7',
  ])('finds none in %s', (text) => {
    JSON.parse(text);
    expect(repeatedName(text)).toBeUndefined();
  });

  it('finds none in what JSON.stringify writes, and the one that is added', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), {minKeys: 1}), (object) => {
        const text = JSON.stringify(object, undefined, 1);
        expect(repeatedName(text)).toBeUndefined();
        const [first = ''] = Object.keys(JSON.parse(text));
        const again = `${text.slice(0, -1)},${JSON.stringify(first)}:0}`;
        expect(repeatedName(again)).toBe(first.slice(0, 42));
      }),
    );
  });
});
