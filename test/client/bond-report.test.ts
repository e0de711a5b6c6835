import {describe, expect, it} from 'vitest';
import {compareBondReport, createBondReport, readBondReport} from '../../src/client/bond-report.ts';
import {addressOf, nodeIdOf} from '../../src/crypto/ids.ts';
import {initCrypto} from '../../src/crypto/init.ts';
import type {ApiMethod, ApiResults, ChainClient} from '../../src/protocol/api.ts';
import {toChainId, toHash, toSignature} from '../../src/protocol/bytes.ts';
import {BondMessage, BondReport, SignedBondReport} from '../../src/protocol/chain/bond-report.ts';
import {encode} from '../../src/protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../../src/protocol/domains.ts';
import {RealChain} from '../daemon/real-chain.ts';
import {registerOn} from '../daemon/register-on.ts';
import {TestNode} from '../daemon/test-node.ts';
import {CHAIN_ID, NETWORK_ID} from '../vm/driver.ts';
import {signerOf} from './keys.ts';
import {code} from './people.ts';

await initCrypto();
const OWNER = signerOf(9);
const CHAIN = {networkId: NETWORK_ID, chainId: CHAIN_ID};

/** A chain with one node, in its second epoch. */
async function bondedChain(): Promise<RealChain> {
  const chain = new RealChain([OWNER]);
  await registerOn(chain, {
    node: new TestNode(chain, {number: 1, chain: CHAIN}),
    number: 1,
    owner: OWNER,
  });
  while (chain.driver.epoch.epoch < 1n) chain.advance(1000);
  return chain;
}
const chain = await bondedChain();
const signed = await createBondReport(chain, {signer: OWNER});
const bytes = encode(SignedBondReport, signed);

/** The chain, but for one answer. */
function lying<M extends ApiMethod>(method: M, change: (is: ApiResults[M]) => object): ChainClient {
  return {
    async call(asked, params) {
      const is = await chain.call(asked, params);
      return (asked as string) === method ? {...is, ...change(is as never)} : is;
    },
  };
}

describe('a bond report', () => {
  it('says what is bonded after the last block, and who says it', async () => {
    const {block} = chain.driver.chain.lastAccepted;
    const checked = readBondReport(bytes);
    const stake = await chain.call('getStakeSummary', {});
    expect(checked).toMatchObject({
      address: addressOf(OWNER.publicKey),
      nodeId: nodeIdOf(CHAIN_ID, OWNER.publicKey),
      report: {
        networkId: NETWORK_ID,
        chainId: CHAIN_ID,
        blockId: block.id,
        timestampMs: block.timestamp,
        unbonding: BigInt(stake.unbonding),
        burned: BigInt(stake.burned),
        message: {
          epoch: 1n,
          height: block.height,
          totalBonded: 100_000_000n,
          totalSlashed: 0n,
          activeNodes: 1,
          stateRoot: block.stateRoot,
        },
      },
    });
    await compareBondReport(chain, checked.report);
  });

  it('carries the 138 bytes of the house, with their fields where it wants them', () => {
    const {message} = signed.report;
    const to = toChainId(new Uint8Array(32).fill(5));
    const raw = Buffer.from(encode(BondMessage, {...message, destination: to}));
    expect(raw).toHaveLength(138);
    expect(raw.subarray(0, 6)).toEqual(Buffer.from('SVMS\u0001\u0004'));
    expect(raw.subarray(6, 38)).toEqual(Buffer.alloc(32, 5));
    expect(raw.subarray(38, 70)).toEqual(Buffer.alloc(32));
    expect(raw.readBigUInt64BE(70)).toBe(message.epoch);
    expect(raw.readBigUInt64BE(78)).toBe(message.height);
    expect(raw.readBigUInt64BE(86)).toBe(100_000_000n);
    expect(raw.readBigUInt64BE(94)).toBe(0n);
    expect(raw.readUInt32BE(102)).toBe(1);
    expect(raw.subarray(106)).toEqual(Buffer.from(message.stateRoot));
  });

  it('is not signed when the server does not prove what it says', async () => {
    const root = `0x${'11'.repeat(32)}`;
    const other = lying('getProof', () => ({stateRoot: root}));
    await expect(createBondReport(other, {signer: OWNER})).rejects.toThrow(
      code('CLIENT_BOND_BAD_PROOF'),
    );
    const swapped = lying('getProof', ({keys}) => ({keys: keys.toReversed()}));
    await expect(createBondReport(swapped, {signer: OWNER})).rejects.toThrow();
    const short = lying('getProof', ({keys}) => ({keys: keys.slice(1)}));
    await expect(createBondReport(short, {signer: OWNER})).rejects.toThrow(
      code('CLIENT_BAD_RESPONSE'),
    );
    const absent = lying('getProof', ({keys}) => ({
      keys: keys.map((key) => ({...key, value: null})),
    }));
    await expect(createBondReport(absent, {signer: OWNER})).rejects.toThrow(
      code('CLIENT_BOND_BAD_PROOF'),
    );
  });

  it('fails when a byte of it is another', () => {
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => readBondReport(changed), `byte ${at}`).toThrow();
    }
  });

  it('fails when its signer says more than the proofs', () => {
    const {message} = signed.report;
    for (const over of [
      {message: {...message, totalBonded: message.totalBonded + 1n}},
      {message: {...message, totalSlashed: 1n}},
      {message: {...message, activeNodes: 2}},
      {message: {...message, epoch: 2n}},
      {message: {...message, stateRoot: toHash(new Uint8Array(32))}},
      {unbonding: 1n},
      {burned: 1n},
    ]) {
      const report = {...signed.report, ...over};
      const signature = OWNER.sign(SIGNATURE_CONTEXT.bond, encode(BondReport, report));
      const forged = encode(SignedBondReport, {...signed, report, signature});
      expect(() => readBondReport(forged)).toThrow(code('CLIENT_BOND_BAD_PROOF'));
    }
    const unsigned = {...signed, signature: toSignature(new Uint8Array(3309))};
    expect(() => readBondReport(encode(SignedBondReport, unsigned))).toThrow(
      code('CLIENT_BOND_BAD_SIGNATURE'),
    );
    const context = OWNER.sign(SIGNATURE_CONTEXT.tx, encode(BondReport, signed.report));
    expect(() => readBondReport(encode(SignedBondReport, {...signed, signature: context}))).toThrow(
      code('CLIENT_BOND_BAD_SIGNATURE'),
    );
  });

  it('is not the chain’s when the chain has another block there', async () => {
    for (const client of [
      lying('getNetwork', () => ({networkId: 5})),
      lying('getBlockByHeight', ({parentId}) => ({id: parentId})),
      lying('getBlockByHeight', () => ({stateRoot: `0x${'00'.repeat(32)}`})),
      lying('getBlockByHeight', ({timestampMs}) => ({timestampMs: timestampMs + 1})),
    ]) {
      await expect(compareBondReport(client, signed.report)).rejects.toThrow(
        code('CLIENT_BOND_OTHER_CHAIN'),
      );
    }
  });
});
