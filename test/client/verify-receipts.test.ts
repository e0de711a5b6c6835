import {describe, expect, it} from 'vitest';
import {ReceiptChecker} from '../../src/client/verify-receipts.ts';
import {nodeIdOf, nodeIdToString} from '../../src/crypto/ids.ts';
import {signReceipts} from '../../src/crypto/receipts.ts';
import type {ApiMethod, ApiParams, ApiResults, ChainClient} from '../../src/protocol/api.ts';
import {bytesToHex, toChainId, toHash, toSignature} from '../../src/protocol/bytes.ts';
import type {Stored} from '../../src/protocol/overlay/client-protocol.ts';
import type {Receipt, SignedReceipt} from '../../src/protocol/overlay/receipt.ts';
import {swarmOf} from '../../src/swarm/swarm-space.ts';
import {flipped} from '../crypto/twins.ts';
import {signerOf} from './keys.ts';
import {CHAIN, code, identityOf, NOW_MS} from './people.ts';

const MEMBERS = 5;
const EXPONENT = 3;
const EPOCH = 12n;
const {sessionId: account} = identityOf(2);
const swarmId = swarmOf(account, EXPONENT);
const nodes = Array.from({length: MEMBERS + 1}, (_, i) => {
  const signer = signerOf(20 + i);
  return {signer, nodeId: nodeIdOf(CHAIN.chainId, signer.publicKey)};
});
/** Registered, but in another swarm. */
const outsider = nodes[MEMBERS]!;
const message = {
  account,
  namespace: 0,
  id: toHash(new Uint8Array(32).fill(3)),
  expiryMs: NOW_MS + 86_400_000n,
};
const stamp = {clockMs: NOW_MS, counter: 0, coordinator: nodes[0]!.nodeId};

async function receiptOf(member: number, changed: Partial<Receipt> = {}): Promise<SignedReceipt> {
  const {signer, nodeId} = nodes[member]!;
  const fields = {...CHAIN, nodeId, swarmId, swarmExponent: EXPONENT, epoch: EPOCH};
  const receipt = {...fields, ...message, stamp, ...changed};
  const [signed] = await signReceipts(signer, receipt, [receipt]);
  return signed!;
}

const answer = async (
  ...receipts: readonly (SignedReceipt | Promise<SignedReceipt>)[]
): Promise<Stored> => ({
  id: message.id,
  stamp,
  expiryMs: message.expiryMs,
  receipts: await Promise.all(receipts),
});

/** The registry of one chain, and what was asked of it. */
class Registry implements ChainClient {
  readonly asked: string[] = [];
  epoch = EPOCH;
  numSwarms = 2 ** EXPONENT;
  members = nodes.slice(0, MEMBERS);
  key = (index: number): Uint8Array => nodes[index]!.signer.publicKey;

  async call<M extends ApiMethod>(method: M, params: ApiParams[M]): Promise<ApiResults[M]> {
    this.asked.push(method);
    return this.#answer(method, params as never) as ApiResults[M];
  }

  #answer(method: ApiMethod, params: {readonly nodeId: string; readonly swarmId: number}): unknown {
    if (method === 'getEpoch') return {epoch: String(this.epoch), numSwarms: this.numSwarms};
    if (method === 'getSwarm') {
      const members = params.swarmId === swarmId ? this.members : [];
      return {members: members.map(({nodeId}) => nodeIdToString(nodeId))};
    }
    const index = nodes.findIndex(({nodeId}) => nodeIdToString(nodeId) === params.nodeId);
    return {publicKey: `0x${bytesToHex(this.key(index))}`};
  }
}

const checkerOf = (client = new Registry()) => new ReceiptChecker({client, chain: CHAIN});
const tooFew = code('CLIENT_RECEIPTS_TOO_FEW');

describe('receipts of a store answer', () => {
  it('of a majority of the swarm are enough, and name it', async () => {
    const nodeIds = nodes.map(({nodeId}) => nodeId);
    const three = await answer(receiptOf(0), receiptOf(2), receiptOf(4));
    expect(await checkerOf().check(three, message)).toEqual([nodeIds[0], nodeIds[2], nodeIds[4]]);
    const all = await answer(...nodes.slice(0, MEMBERS).map((_, i) => receiptOf(i)));
    expect(await checkerOf().check(all, message)).toEqual(nodeIds.slice(0, MEMBERS));
  });

  it('of fewer are not, and neither is one twice', async () => {
    for (const receipts of [
      [],
      [receiptOf(0), receiptOf(1)],
      [receiptOf(0), receiptOf(1), receiptOf(1)],
      [receiptOf(0), receiptOf(1), receiptOf(MEMBERS)],
    ]) {
      await expect(checkerOf().check(await answer(...receipts), message)).rejects.toThrow(tooFew);
    }
  });

  it('of half of an even swarm are no majority', async () => {
    const registry = new Registry();
    registry.members = nodes.slice(0, 4);
    const half = await answer(receiptOf(0), receiptOf(1));
    await expect(checkerOf(registry).check(half, message)).rejects.toThrow(tooFew);
    const more = await answer(receiptOf(0), receiptOf(1), receiptOf(2));
    expect(await checkerOf(registry).check(more, message)).toHaveLength(3);
  });

  it.each<[string, Partial<Receipt>]>([
    ['network', {networkId: 1}],
    ['chain', {chainId: toChainId(new Uint8Array(32))}],
    ['swarm', {swarmId: swarmId ^ 1}],
    ['number of swarms', {swarmExponent: EXPONENT + 1}],
    ['epoch long gone', {epoch: EPOCH - 2n}],
    ['epoch to come', {epoch: EPOCH + 2n}],
    ['inbox', {account: identityOf(3).sessionId}],
    ['namespace', {namespace: -1}],
    ['message', {id: toHash(new Uint8Array(32))}],
    ['stamp', {stamp: {...stamp, counter: 1}}],
    ['coordinator', {stamp: {...stamp, coordinator: nodes[1]!.nodeId}}],
    ['expiry', {expiryMs: message.expiryMs + 1n}],
    ['node', {nodeId: nodes[1]!.nodeId}],
  ])('about another %s do not count', async (_what, changed) => {
    const given = await answer(receiptOf(0), receiptOf(1), receiptOf(2, changed));
    await expect(checkerOf().check(given, message)).rejects.toThrow(tooFew);
  });

  it('with a false signature do not count', async () => {
    const good = await receiptOf(2);
    const forged = {...good, signature: toSignature(flipped(good.signature, 5))};
    const given = await answer(receiptOf(0), receiptOf(1), forged);
    await expect(checkerOf().check(given, message)).rejects.toThrow(tooFew);
    expect(await checkerOf().check(await answer(...given.receipts, good), message)).toHaveLength(3);
  });

  it('are for the message that was sent, whatever the answer calls it', async () => {
    const id = toHash(new Uint8Array(32).fill(9));
    const others = [0, 1, 2].map((member) => receiptOf(member, {id}));
    const given = {...(await answer(...others)), id};
    await expect(checkerOf().check(given, message)).rejects.toThrow(tooFew);
    const misnamed = {...(await answer(receiptOf(0), receiptOf(1), receiptOf(2))), id};
    await expect(checkerOf().check(misnamed, message)).rejects.toThrow(tooFew);
  });

  it('hold for as long as was asked, or longer', async () => {
    const until = async (expiryMs: bigint): Promise<Stored> => ({
      ...(await answer(...[0, 1, 2].map((member) => receiptOf(member, {expiryMs})))),
      expiryMs,
    });
    const longer = await until(message.expiryMs + 5n);
    expect(await checkerOf().check(longer, message)).toHaveLength(3);
    const shorter = await until(message.expiryMs - 1n);
    await expect(checkerOf().check(shorter, message)).rejects.toThrow(tooFew);
  });

  it('cost the chain one look per epoch and one per member', async () => {
    const registry = new Registry();
    const checker = checkerOf(registry);
    const three = await answer(receiptOf(0), receiptOf(1), receiptOf(2));
    for (let i = 0; i < 3; i++) await checker.check(three, message);
    const keys = ['getServiceNode', 'getServiceNode', 'getServiceNode'];
    expect(registry.asked).toEqual(['getEpoch', 'getSwarm', ...keys]);
    registry.epoch = EPOCH + 1n;
    const next = [0, 1, 2].map((member) => receiptOf(member, {epoch: EPOCH + 1n}));
    await checker.check(await answer(...next), message);
    expect(registry.asked.slice(5)).toEqual(['getEpoch', 'getSwarm']);
  });

  it('follow the swarm when its members change', async () => {
    const registry = new Registry();
    const checker = checkerOf(registry);
    await checker.check(await answer(receiptOf(0), receiptOf(1), receiptOf(2)), message);
    registry.epoch = EPOCH + 1n;
    registry.members = [nodes[0]!, outsider];
    const epoch = EPOCH + 1n;
    const given = await answer(receiptOf(0, {epoch}), receiptOf(MEMBERS, {epoch}));
    expect(await checker.check(given, message)).toEqual([nodes[0]!.nodeId, outsider.nodeId]);
  });

  it('a chain server that gives a node another key is not believed', async () => {
    const registry = new Registry();
    registry.key = () => outsider.signer.publicKey;
    const three = await answer(receiptOf(0), receiptOf(1), receiptOf(2));
    const bad = code('CLIENT_BAD_RESPONSE');
    await expect(checkerOf(registry).check(three, message)).rejects.toThrow(bad);
    registry.key = () => new Uint8Array(5);
    await expect(checkerOf(registry).check(three, message)).rejects.toThrow(bad);
  });

  it('nor one whose number of swarms is no power of two', async () => {
    const registry = new Registry();
    registry.numSwarms = 6;
    const three = await answer(receiptOf(0), receiptOf(1), receiptOf(2));
    const bad = code('CLIENT_BAD_RESPONSE');
    await expect(checkerOf(registry).check(three, message)).rejects.toThrow(bad);
  });
});
