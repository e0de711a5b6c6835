import {expect, it} from 'vitest';
import {readBondReport} from '../../src/client/bond-report.ts';
import {didOf, identityIdOf, parseDid} from '../../src/client/did.ts';
import {bytesToHex, hexToBytes, toSigningPublicKey} from '../../src/protocol/bytes.ts';
import {BondMessage, SignedBondReport} from '../../src/protocol/chain/bond-report.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {shownValue} from './shown-value.ts';
import vectors from './vectors/neighbours.json' with {type: 'json'};

it.each(vectors.dids)('vector of $did', ({publicKey, did}) => {
  const key = toSigningPublicKey(hexToBytes(publicKey));
  expect(didOf(key)).toBe(did);
  expect(parseDid(did).id).toEqual(identityIdOf(key));
});

it('vector of a bond report: read, checked and written', () => {
  const {bytes, value, message, nodeId} = vectors.bond;
  const signed = decode(SignedBondReport, hexToBytes(bytes));
  expect(shownValue(signed)).toEqual(value);
  expect(bytesToHex(encode(SignedBondReport, signed))).toBe(bytes);
  expect(bytesToHex(encode(BondMessage, signed.report.message))).toBe(message);
  expect(message.length).toBe(2 * 138);
  const checked = readBondReport(hexToBytes(bytes));
  expect(bytesToHex(checked.nodeId)).toBe(nodeId);
  const at = bytes.indexOf(message) + 2 * 100;
  const digit = bytes[at] === '0' ? '1' : '0';
  const altered = bytes.slice(0, at) + digit + bytes.slice(at + 1);
  expect(() => readBondReport(hexToBytes(altered))).toThrow('CLIENT_BOND_BAD_SIGNATURE');
});
