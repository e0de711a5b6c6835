import {describe, expect, it} from 'vitest';
import {encodeCb58} from '../../src/crypto/cb58.ts';
import {
  addressFromString,
  addressOf,
  addressToString,
  idFromString,
  idToString,
  nodeIdFromString,
  nodeIdOf,
  nodeIdToString,
  sessionIdOf,
  VM_ID,
  VM_ID_TEXT,
} from '../../src/crypto/ids.ts';
import {
  bytesToHex,
  hexToBytes,
  toAddress,
  toChainId,
  toHash,
  toKemPublicKey,
  toNodeId,
  toSigningPublicKey,
} from '../../src/protocol/bytes.ts';
import {counting} from './twins.ts';

const signing = toSigningPublicKey(counting(1952, 251));
const kem = toKemPublicKey(counting(1184, 241));
const chainId = toChainId(Uint8Array.from({length: 32}, (_, i) => i + 1));
const code = (expected: string) => expect.objectContaining({code: expected});

describe('texts of ids', () => {
  it('knows the id of the VM', () => {
    expect(VM_ID_TEXT).toBe('speKUgLBX6WRD5cfGeEfLa43LxTXUBckvtv4td6F3eTXvRP48');
    expect(bytesToHex(VM_ID)).toBe('73657373696f6e766d'.padEnd(64, '0'));
  });

  it('writes and reads 32-byte ids, and refuses another length', () => {
    const id = toHash(new Uint8Array(32));
    expect(idToString(id)).toBe('11111111111111111111111111111111LpoYY');
    expect(idFromString(idToString(id))).toEqual(id);
    const short = encodeCb58(new Uint8Array(20));
    expect(() => idFromString(short)).toThrow(code('CODEC_WRONG_LENGTH'));
  });

  it.each([
    ['00'.repeat(20), 'NodeID-111111111111111111116DBWJs'],
    ['0102030405060708090a0b0c0d0e0f1011121314', 'NodeID-6L5yRNPTuciSgXGHqYwn9N6NeoKMvqvy'],
    ['ff'.repeat(20), 'NodeID-QLbz7JHiBTspS962RLKV8GndWFwdYhk6V'],
    ['479f66c8be895830547e70b4b298cafd433dba6e', 'NodeID-7Xhw2mDxuDS44j42TCB6U5579esbSt3Lg'],
  ])('writes and reads the golden NodeID of %s', (hex, text) => {
    expect(nodeIdToString(toNodeId(hexToBytes(hex)))).toBe(text);
    expect(bytesToHex(nodeIdFromString(text))).toBe(hex);
  });

  it('refuses a NodeID without its prefix, or of another length', () => {
    const bare = '6L5yRNPTuciSgXGHqYwn9N6NeoKMvqvy';
    expect(() => nodeIdFromString(bare)).toThrow(code('CODEC_BAD_TEXT'));
    expect(() => nodeIdFromString(`nodeid-${bare}`)).toThrow(code('CODEC_BAD_TEXT'));
    expect(() => nodeIdFromString(`NodeID-${VM_ID_TEXT}`)).toThrow(code('CODEC_WRONG_LENGTH'));
  });

  it('writes addresses as lower-case 0x-hex and refuses other lengths', () => {
    const address = toAddress(new Uint8Array(20).fill(0xab));
    expect(addressToString(address)).toBe(`0x${'ab'.repeat(20)}`);
    expect(addressFromString(`0x${'AB'.repeat(20)}`)).toEqual(address);
    expect(() => addressFromString(`0x${'ab'.repeat(19)}`)).toThrow(code('CODEC_WRONG_LENGTH'));
    expect(() => addressFromString('0xzz')).toThrow(code('CODEC_BAD_TEXT'));
  });
});

// Computed apart from this code base, with Python's hashlib.
describe('ids of keys', () => {
  it('derives the account', () => {
    expect(addressToString(addressOf(signing))).toBe('0x2ec25edcc223dd788787659cd835a224d6362a53');
  });

  it('derives the NodeID by the strict post-quantum rule', () => {
    expect(bytesToHex(nodeIdOf(chainId, signing))).toBe('96e78be1f82d3ce3d69ebe52bcff9d92d3d29e91');
  });

  it('gives one key different NodeIDs on different chains', () => {
    const other = toChainId(new Uint8Array(32));
    expect(nodeIdOf(other, signing)).not.toEqual(nodeIdOf(chainId, signing));
  });

  it('derives the session id', () => {
    expect(bytesToHex(sessionIdOf(kem, signing))).toBe(
      '075c499f1bfaab819d6a52d9302922c0f843d05b52a33654a3bd125775431269c3',
    );
  });
});
