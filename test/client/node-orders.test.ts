import {describe, expect, it} from 'vitest';
import {evidenceOf} from '../../src/client/evidence.ts';
import {
  orderKeyRevocation,
  orderKeyRotation,
  orderMaintenance,
} from '../../src/client/node-orders.ts';
import {type AccountBody, signAccountTx, signDuty} from '../../src/client/transactions.ts';
import {addressOf, nodeIdOf} from '../../src/crypto/ids.ts';
import {verifySignature} from '../../src/crypto/ml-dsa.ts';
import {toHash, ZERO_HASH} from '../../src/protocol/bytes.ts';
import {Tx} from '../../src/protocol/chain/tx.ts';
import {decode} from '../../src/protocol/codec.ts';
import {parseTx} from '../../src/vm/parsed-tx.ts';
import {signatureSetsOf} from '../../src/vm/signature-sets.ts';
import {CHAIN_ID, Driver, kemKey, NETWORK_ID} from '../vm/driver.ts';
import {EMPTY_SET, ONE_RECORD_SET} from '../vm/fixtures.ts';
import {signerOf} from './keys.ts';

const chain = {networkId: NETWORK_ID, chainId: CHAIN_ID};
const [payer, node, stranger] = [signerOf(1), signerOf(2), signerOf(3)];
const nodeId = nodeIdOf(CHAIN_ID, node.publicKey);
const init = {chain, sequence: 1n};
const HASH = toHash(new Uint8Array(32).fill(5));

/** A chain where the payer has registered the node. */
function registeredChain(): Driver {
  const account = {key: payer.publicKey, address: addressOf(payer.publicKey)};
  const driver = new Driver({accounts: [account]});
  const links = [ZERO_HASH];
  driver.block(driver.at(1000), [driver.register(account, {nodeId, key: node.publicKey, links})]);
  return driver;
}

/** Whether every signature of the transaction holds on that chain. */
function isSigned(body: AccountBody): boolean {
  const {state, config} = registeredChain();
  const signed = signAccountTx({chain, body, nonce: 1n, fee: 0n, expiryHeight: 99n}, payer);
  const sets = signatureSetsOf(parseTx(signed.bytes), {state, config, inline: new Map()});
  expect(sets.length).toBeGreaterThan(1);
  return sets.every((set) => verifySignature(set));
}

describe('orders of a node key', () => {
  const key = {encryptionKey: kemKey(1), hashChainTip: HASH};
  const rotate = orderKeyRotation(init, key, node);
  const revoke = orderKeyRevocation(init, HASH, node);
  const away = orderMaintenance(init, {fromEpoch: 3n, epochs: 2}, node);

  it.each<AccountBody>([
    {type: 'rotateTransportKey', value: rotate},
    {
      type: 'rotateTransportKey',
      value: orderKeyRotation(init, {...key, hashChainTip: undefined}, node),
    },
    {type: 'revokeTransportKey', value: revoke},
    {type: 'maintenance', value: away},
  ])('$type is signed as the chain reads it', (body) => {
    expect(body.value).toMatchObject({nodeId, sequence: 1n});
    expect(isSigned(body)).toBe(true);
  });

  it.each<AccountBody>([
    {type: 'rotateTransportKey', value: {...rotate, hashChainTip: undefined}},
    {type: 'rotateTransportKey', value: {...rotate, sequence: 2n}},
    {type: 'revokeTransportKey', value: {...revoke, keyHash: ZERO_HASH}},
    {type: 'revokeTransportKey', value: {...revoke, signature: rotate.signature}},
    {type: 'maintenance', value: {...away, epochs: 3}},
    {
      type: 'maintenance',
      value: {...orderMaintenance(init, {fromEpoch: 3n, epochs: 2}, stranger), nodeId},
    },
  ])('$type is not, once a field or the signer is another', (body) => {
    expect(isSigned(body)).toBe(false);
  });
});

describe('evidenceOf', () => {
  const commitment = (
    over: {epoch?: bigint; revision?: number; swarmId?: number},
    set = EMPTY_SET,
  ) => {
    const {epoch = 2n, revision = 0, swarmId = 1} = over;
    const value = {swarmId, set, reveal: ZERO_HASH, dissent: new Uint8Array()};
    const body = {type: 'storageCommitment', value} as const;
    return decode(Tx, signDuty({chain, nodeId, epoch, revision, body}, node).bytes);
  };

  it('orders two sets of one duty, and both signatures hold', () => {
    const [a, b] = [commitment({}), commitment({}, ONE_RECORD_SET)];
    const value = evidenceOf(a, b);
    expect(value).toBeDefined();
    expect(evidenceOf(b, a)).toEqual(value);
    expect(isSigned({type: 'evidence', value: value!})).toBe(true);
    const other = {...value!.second, signature: value!.first.signature};
    expect(isSigned({type: 'evidence', value: {...value!, second: other}})).toBe(false);
  });

  it('finds nothing in one set, in two duties, or in anything else', () => {
    const a = commitment({});
    expect(evidenceOf(a, commitment({}))).toBeUndefined();
    for (const over of [{epoch: 3n}, {revision: 1}, {swarmId: 0}]) {
      expect(evidenceOf(a, commitment(over, ONE_RECORD_SET))).toBeUndefined();
    }
    const body = {type: 'transfer', value: {to: addressOf(payer.publicKey), amount: 1n}} as const;
    const transfer = signAccountTx({chain, body, nonce: 0n, fee: 0n, expiryHeight: 1n}, payer);
    expect(evidenceOf(a, decode(Tx, transfer.bytes))).toBeUndefined();
  });
});
