import {describe, expect, it} from 'vitest';
import {defaultExpiry, signAccountTx, signDuty, txIdOf} from '../../src/client/transactions.ts';
import {sha256} from '../../src/crypto/hash.ts';
import {addressOf} from '../../src/crypto/ids.ts';
import {verifySignature} from '../../src/crypto/ml-dsa.ts';
import {toAddress, toChainId, toNodeId, ZERO_HASH} from '../../src/protocol/bytes.ts';
import {PRESETS} from '../../src/protocol/chain/rules.ts';
import {Tx, txContext, UnsignedTx} from '../../src/protocol/chain/tx.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {signerOf} from './keys.ts';

const chain = {networkId: 1337, chainId: toChainId(new Uint8Array(32).fill(7))};
const signer = signerOf(1);
const to = toAddress(new Uint8Array(20).fill(9));

function signTransfer(nonce: bigint) {
  const body = {type: 'transfer', value: {to, amount: 5n}} as const;
  return signAccountTx({chain, body, nonce, fee: 1000n, expiryHeight: 77n}, signer);
}

describe('signAccountTx', () => {
  it('signs the encoded struct under the context of account transactions', () => {
    const {bytes, txId} = signTransfer(0n);
    const {unsigned, publicKey, signature} = decode(Tx, bytes);
    expect(unsigned).toEqual({
      type: 'transfer',
      value: {
        ...chain,
        sender: addressOf(signer.publicKey),
        nonce: 0n,
        fee: 1000n,
        expiryHeight: 77n,
        body: {to, amount: 5n},
      },
    });
    expect(publicKey).toEqual(signer.publicKey);
    const message = encode(UnsignedTx, unsigned);
    const claim = {publicKey: signer.publicKey, message, signature};
    expect(verifySignature({...claim, context: txContext('transfer')})).toBe(true);
    expect(verifySignature({...claim, context: txContext('uptimeResponse')})).toBe(false);
    expect(txId).toEqual(sha256(bytes));
    expect(txIdOf(bytes)).toEqual(txId);
  });

  it('leaves the key out from the second transaction on', () => {
    expect(decode(Tx, signTransfer(1n).bytes).publicKey).toBeUndefined();
  });
});

describe('signDuty', () => {
  it('carries no key and is signed in its own context', () => {
    const nodeId = toNodeId(new Uint8Array(20).fill(3));
    const none = new Uint8Array();
    const value = {answer: ZERO_HASH, capacity: 3n, used: 1n, free: 2n, witness: none};
    const init = {chain, nodeId, epoch: 4n, revision: 0};
    const {bytes} = signDuty({...init, body: {type: 'uptimeResponse', value}}, signer);
    const {unsigned, publicKey, signature} = decode(Tx, bytes);
    expect(publicKey).toBeUndefined();
    expect(unsigned.value).toEqual({...chain, epoch: 4n, revision: 0, nodeId, body: value});
    const message = encode(UnsignedTx, unsigned);
    const context = txContext('uptimeResponse');
    const claim = {publicKey: signer.publicKey, message, signature};
    expect(verifySignature({...claim, context})).toBe(true);
  });
});

describe('defaultExpiry', () => {
  it('lies three hours ahead at the fastest pace', () => {
    expect(defaultExpiry(10n, PRESETS.lux)).toBe(10n + 43_200n);
    expect(defaultExpiry(10n, PRESETS.dev)).toBe(10n + 216_000n);
  });
});
