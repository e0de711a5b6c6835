import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {decodeCb58, encodeCb58, MAX_CB58_CHARACTERS} from '../../src/crypto/cb58.ts';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import {CodecError} from '../../src/protocol/errors.ts';

const padded = (name: string): Uint8Array => {
  const bytes = new Uint8Array(32);
  bytes.set(utf8ToBytes(name));
  return bytes;
};

const GOLDEN: readonly (readonly [string, Uint8Array, string])[] = [
  ['sessionvm padded', padded('sessionvm'), 'speKUgLBX6WRD5cfGeEfLa43LxTXUBckvtv4td6F3eTXvRP48'],
  ['32 × 00', new Uint8Array(32), '11111111111111111111111111111111LpoYY'],
  ['32 × ff', new Uint8Array(32).fill(255), '2wkBET2rRgE8pahuaczxKbmv7ciehqsne57F9gtzf1PVcUJEQG'],
  [
    '01 02 … 20',
    Uint8Array.from({length: 32}, (_, i) => i + 1),
    'SkB92YpWm4Q2ijQHH34cqbKkCZWszsiQgHVjtNeFF2HdvDQU',
  ],
  ['empty', new Uint8Array(), '45PJLL'],
  ['timestamp padded', padded('timestamp'), 'tGas3T58KzdjLHhBDMnH2TvrddhqTji5iZAMZ3RXs2NLpSnhH'],
  ['subnetevm padded', padded('subnetevm'), 'srEXiWaHuhNyGwPUi444Tu47ZEDwxTWrbQiuD7FmgSAQ6X7Dy'],
  ['evm padded', padded('evm'), 'mgj786NP7uDwBCcq6YwThhaN8FLyybkCa4zBWTQbNgmK6k9A6'],
];

const REFUSED = [
  ['a wrong checksum', '2ZbQaVuXHtT7vfJt8FmWEQKAT4NgtPqWEZHg5m3tUvEiSMnQNt', 'CODEC_BAD_CHECKSUM'],
  ['nothing', '', 'CODEC_BAD_TEXT'],
  ['too few bytes for a checksum', 'zzz', 'CODEC_BAD_TEXT'],
  ['the letter l, which base58 lacks', '45PJlL', 'CODEC_BAD_TEXT'],
  ['a space before it', ' 45PJLL', 'CODEC_BAD_TEXT'],
  ['a character outside the basic plane', '45PJ😀L', 'CODEC_BAD_TEXT'],
  ['one zero more in front', '145PJLL', 'CODEC_BAD_CHECKSUM'],
  ['129 characters', '1'.repeat(MAX_CB58_CHARACTERS + 1), 'CODEC_LENGTH_LIMIT'],
  ['more bytes than are ever written', '1'.repeat(MAX_CB58_CHARACTERS), 'CODEC_LENGTH_LIMIT'],
] as const;

/** The text of the bytes that a text stands for, or the name of the refusal. */
function againOrRefusal(text: string): string {
  try {
    return encodeCb58(decodeCb58(text));
  } catch (error) {
    if (error instanceof CodecError) return error.name;
    throw error;
  }
}

describe('CB58', () => {
  it.each(GOLDEN)('writes and reads the golden text of %s', (_, payload, text) => {
    expect(encodeCb58(payload)).toBe(text);
    expect(decodeCb58(text)).toEqual(payload);
  });

  it.each(REFUSED)('refuses %s', (_, text, code) => {
    expect(() => decodeCb58(text)).toThrow(expect.objectContaining({code}));
  });

  it('refuses to write what could not be read again', () => {
    const longest = new Uint8Array(89).fill(255);
    expect(decodeCb58(encodeCb58(longest))).toEqual(longest);
    const tooLong = expect.objectContaining({code: 'CODEC_LENGTH_LIMIT'});
    expect(() => encodeCb58(new Uint8Array(90))).toThrow(tooLong);
  });

  it('reads back every payload, leading zeros included', () => {
    const payload = fc
      .tuple(fc.nat({max: 8}), fc.uint8Array({maxLength: 80}))
      .map(([zeros, rest]) => Uint8Array.from([...new Uint8Array(zeros), ...rest]));
    fc.assert(
      fc.property(payload, (bytes) => {
        expect(decodeCb58(encodeCb58(bytes))).toEqual(Uint8Array.from(bytes));
      }),
    );
  });

  it('Canonical: any other text is refused with a coded error', () => {
    const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
    const text = fc.oneof(
      fc.string({maxLength: 140}),
      fc.string({unit: fc.constantFrom(...alphabet), maxLength: 140}),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        expect([candidate, 'CodecError']).toContain(againOrRefusal(candidate));
      }),
      {numRuns: 2000},
    );
  });

  it('notices each changed character of an id', () => {
    const text = encodeCb58(Uint8Array.from({length: 32}, (_, i) => i + 1));
    for (let i = 0; i < text.length; i++) {
      const other = text[i] === 'z' ? 'y' : 'z';
      const changed = text.slice(0, i) + other + text.slice(i + 1);
      expect(() => decodeCb58(changed)).toThrow(CodecError);
    }
  });
});
