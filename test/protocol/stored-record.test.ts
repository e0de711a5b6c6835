import {describe, expect, it} from 'vitest';
import {
  bytesToHex,
  compareBytes,
  hexToBytes,
  toHash,
  toNodeId,
  toSessionId,
} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {CodecError} from '../../src/protocol/errors.ts';
import {
  RECORD_KEY_BYTES,
  RecordKey,
  SetLeaf,
  StoredEntry,
} from '../../src/protocol/stored-record.ts';

const KEY: RecordKey = {
  account: toSessionId(new Uint8Array(33).fill(0x07)),
  namespace: -1,
  stamp: {
    clockMs: 1_700_000_000_000n,
    counter: 3,
    coordinator: toNodeId(new Uint8Array(20).fill(1)),
  },
  id: toHash(new Uint8Array(32).fill(2)),
};
const KEY_HEX = `${'07'.repeat(33)}ffff0000018bcfe568000003${'01'.repeat(20)}${'02'.repeat(32)}`;
const RECORD_HEX = `00000000${'0000018bcfe568ff'}00000400${'09'.repeat(32)}`;
const END_HEX = `00000001${'0000018bcfe568ff'}`;

const record = {
  type: 'record',
  value: {expiryMs: 0x18bcfe568ffn, size: 1024, dataHash: toHash(new Uint8Array(32).fill(9))},
} as const;
const end = {type: 'end', value: {expiryMs: 0x18bcfe568ffn}} as const;

describe('stored records', () => {
  it('have these bytes', () => {
    expect(RECORD_KEY_BYTES).toBe(97);
    expect(bytesToHex(encode(RecordKey, KEY))).toBe(KEY_HEX);
    expect(bytesToHex(encode(SetLeaf, {key: KEY, entry: record}))).toBe(KEY_HEX + RECORD_HEX);
    expect(bytesToHex(encode(SetLeaf, {key: KEY, entry: end}))).toBe(KEY_HEX + END_HEX);
    expect(bytesToHex(encode(StoredEntry, {versions: [{sinceMs: 5n, entry: record}]}))).toBe(
      `000100000001${'0000000000000005'}01${RECORD_HEX}`,
    );
  });

  it('are read back', () => {
    expect(decode(RecordKey, hexToBytes(KEY_HEX))).toEqual(KEY);
    expect(decode(SetLeaf, hexToBytes(KEY_HEX + END_HEX))).toEqual({key: KEY, entry: end});
    const ended = hexToBytes(`000100000001${'0000000000000005'}01${END_HEX}`);
    expect(decode(StoredEntry, ended)).toEqual({versions: [{sinceMs: 5n, entry: end}]});
  });

  it('are copies, also out of a Buffer', () => {
    const buffer = Buffer.from(KEY_HEX, 'hex');
    const key = decode(RecordKey, buffer);
    buffer.fill(0);
    expect(key).toEqual(KEY);
  });

  const invalid: readonly (readonly [string, string])[] = [
    [KEY_HEX + RECORD_HEX.slice(2), 'CODEC_TRUNCATED'],
    [`${KEY_HEX + END_HEX}00`, 'CODEC_TRAILING_BYTES'],
    [KEY_HEX + END_HEX.replace('00000001', '00000002'), 'CODEC_UNKNOWN_TYPE'],
  ];
  for (const [hex, code] of invalid) {
    it(`refuses a leaf with ${code}`, () => {
      expect(() => decode(SetLeaf, hexToBytes(hex))).toThrow(CodecError);
      expect(() => decode(SetLeaf, hexToBytes(hex))).toThrow(code);
    });
  }

  it('refuses an entry of a later version', () => {
    expect(() => decode(StoredEntry, hexToBytes(`0002${END_HEX}`))).toThrow(
      'CODEC_UNKNOWN_VERSION',
    );
  });

  it('sort by inbox, namespace, time, counter, coordinator, id', () => {
    const {stamp} = KEY;
    const ascending: RecordKey[] = [
      {...KEY, namespace: 0},
      {...KEY, namespace: 5},
      KEY,
      {...KEY, id: toHash(new Uint8Array(32).fill(3))},
      {...KEY, stamp: {...stamp, coordinator: toNodeId(new Uint8Array(20).fill(4))}},
      {...KEY, stamp: {...stamp, counter: 4}},
      {...KEY, stamp: {...stamp, clockMs: stamp.clockMs + 1n, counter: 0}},
      {...KEY, account: toSessionId(new Uint8Array(33).fill(0x08)), namespace: 0},
    ];
    const keys = ascending.map((key) => encode(RecordKey, key));
    expect([...keys].sort(compareBytes)).toEqual(keys);
  });
});
