import {describe, expect, it} from 'vitest';
import {nodeIdOf} from '../../src/crypto/ids.ts';
import {merkleProofs} from '../../src/crypto/merkle.ts';
import {type SignatureClaim, verifySignatureAsync} from '../../src/crypto/ml-dsa.ts';
import {createReceiptVerifier, signReceipts, verifyReceipt} from '../../src/crypto/receipts.ts';
import {
  toChainId,
  toHash,
  toNodeId,
  toSessionId,
  toSignature,
  toSigningPublicKey,
} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../../src/protocol/domains.ts';
import {CodecError} from '../../src/protocol/errors.ts';
import {Receipt, ReceiptBatch, SignedReceipt} from '../../src/protocol/overlay/receipt.ts';
import {signerOf} from '../client/keys.ts';
import {mutate} from '../fuzz/mutate.ts';
import {Random} from '../fuzz/random.ts';
import {flipped} from './twins.ts';

const node = signerOf(1);
const chain = {networkId: 1337, chainId: toChainId(new Uint8Array(32).fill(7))};
const maker = {...chain, nodeId: nodeIdOf(chain.chainId, node.publicKey)};
const MUTATIONS = 10_000;

function receipts(count: number): Receipt[] {
  return Array.from({length: count}, (_, i) => ({
    ...maker,
    swarmId: 3,
    swarmExponent: 2,
    epoch: 12n,
    account: toSessionId(new Uint8Array(33).fill(5)),
    namespace: 0,
    id: toHash(new Uint8Array(32).fill(i)),
    stamp: {clockMs: BigInt(i), counter: i, coordinator: maker.nodeId},
    expiryMs: 10_000n + BigInt(i),
  }));
}

/** Counts what it lets through to ML-DSA. */
function countingVerify(): {readonly claims: SignatureClaim[]; readonly verify: typeof fn} {
  const claims: SignatureClaim[] = [];
  const fn = (claim: SignatureClaim): Promise<boolean> => {
    claims.push(claim);
    return verifySignatureAsync(claim);
  };
  return {claims, verify: fn};
}

describe('receipts', () => {
  it.each([1, 2, 3, 7, 64, 1023, 1024])('a batch of %i verifies one by one', async (count) => {
    const batch = receipts(count);
    const signed = await signReceipts(node, maker, batch);
    expect(signed.map(({receipt}) => receipt)).toEqual(batch);
    expect(new Set(signed.map(({signature}) => signature)).size).toBe(1);
    const {claims, verify} = countingVerify();
    const cached = createReceiptVerifier(verify);
    const answers = await Promise.all(
      signed.map((one) => {
        const read = decode(SignedReceipt, encode(SignedReceipt, one));
        return cached(read, node.publicKey);
      }),
    );
    expect(answers).toEqual(batch.map(() => true));
    expect(claims).toHaveLength(1);
  });

  it('of nobody are none, and 1025 are a bug', async () => {
    expect(await signReceipts(node, maker, [])).toEqual([]);
    const refused = expect.objectContaining({code: 'INVARIANT'});
    await expect(signReceipts(node, maker, receipts(1025))).rejects.toThrow(refused);
  });

  it('verify for their own node, chain, place and content alone', async () => {
    const five = await signReceipts(node, maker, receipts(5));
    const [signed] = five.slice(2) as [SignedReceipt];
    const {receipt} = signed;
    const otherHash = toHash(new Uint8Array(32).fill(99));
    const changed: readonly SignedReceipt[] = [
      {...signed, receipt: {...receipt, networkId: 1}},
      {...signed, receipt: {...receipt, chainId: toChainId(otherHash)}},
      {...signed, receipt: {...receipt, nodeId: toNodeId(new Uint8Array(20))}},
      {...signed, receipt: {...receipt, expiryMs: receipt.expiryMs + 1n}},
      {...signed, receipt: {...receipt, id: otherHash}},
      {...signed, index: 3},
      {...signed, count: 6},
      {...signed, count: 0},
      {...signed, count: 2000},
      {...signed, path: signed.path.slice(1)},
      {...signed, path: [...signed.path, otherHash]},
      {...signed, signature: toSignature(flipped(signed.signature, 7))},
    ];
    expect(await verifyReceipt(signed, node.publicKey)).toBe(true);
    expect(await verifyReceipt(signed, signerOf(2).publicKey)).toBe(false);
    for (const one of changed) expect(await verifyReceipt(one, node.publicKey)).toBe(false);
  });

  it('of a batch above 1024 are refused, though its node signed it', async () => {
    const leaves = receipts(1025).map((receipt) => encode(Receipt, receipt));
    const {root, paths} = merkleProofs(leaves);
    const batch = encode(ReceiptBatch, {...maker, root, count: 1025});
    const signature = node.sign(SIGNATURE_CONTEXT.receipt, batch);
    const receipt = decode(Receipt, leaves[1024]!);
    const place = {index: 1024, count: 1025, path: [...paths[1024]!]};
    expect(await verifyReceipt({receipt, ...place, signature}, node.publicKey)).toBe(false);
  });

  it('a receipt that names another node than its batch was not signed by it', async () => {
    const foreign = receipts(1).map((one) => ({...one, nodeId: toNodeId(new Uint8Array(20))}));
    const [signed] = (await signReceipts(node, maker, foreign)) as [SignedReceipt];
    expect(await verifyReceipt(signed, node.publicKey)).toBe(false);
  });

  it('a known batch lends nothing to a false signature or another key', async () => {
    const [signed] = (await signReceipts(node, maker, receipts(3))) as [SignedReceipt];
    const cached = createReceiptVerifier();
    expect(await cached(signed, node.publicKey)).toBe(true);
    const forged = {...signed, signature: toSignature(flipped(signed.signature, 7))};
    expect(await cached(forged, node.publicKey)).toBe(false);
    expect(await cached(signed, signerOf(2).publicKey)).toBe(false);
    expect(await cached(signed, node.publicKey)).toBe(true);
  });

  it('neither false signatures nor failures are remembered', async () => {
    const [signed] = (await signReceipts(node, maker, receipts(1))) as [SignedReceipt];
    const answers = [false, new Error('no thread'), true];
    let asked = 0;
    const cached = createReceiptVerifier(async () => {
      const answer = answers[asked++];
      if (answer instanceof Error) throw answer;
      return answer ?? false;
    });
    expect(await cached(signed, node.publicKey)).toBe(false);
    await expect(cached(signed, node.publicKey)).rejects.toThrow('no thread');
    expect(await cached(signed, node.publicKey)).toBe(true);
    expect(await cached(signed, node.publicKey)).toBe(true);
    expect(asked).toBe(3);
  });

  it('remembers a bounded number of batches', async () => {
    let asked = 0;
    const cached = createReceiptVerifier(async () => {
      asked += 1;
      return true;
    });
    const [first] = (await signReceipts(node, maker, receipts(1))) as [SignedReceipt];
    for (let epoch = 0n; epoch <= 512n; epoch++) {
      await cached({...first, receipt: {...first.receipt, epoch}}, node.publicKey);
    }
    await cached({...first, receipt: {...first.receipt, epoch: 1n}}, node.publicKey);
    expect(asked).toBe(513);
    await cached({...first, receipt: {...first.receipt, epoch: 0n}}, node.publicKey);
    expect(asked).toBe(514);
  });

  it(`${MUTATIONS} mutations: never valid`, async () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 0x7fffffff);
    console.log(`FUZZ_SEED=${seed}`);
    const random = new Random(seed);
    const signed = await signReceipts(node, maker, receipts(13));
    const valid = signed.map((one) => encode(SignedReceipt, one));
    const wasValid = new Set(valid.map((bytes) => Buffer.from(bytes).toString('hex')));
    const cached = createReceiptVerifier();
    let decoded = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const input = mutate(random.pick(valid), random);
      if (wasValid.has(Buffer.from(input).toString('hex'))) continue;
      try {
        const signed = decode(SignedReceipt, input);
        decoded += 1;
        expect(await cached(signed, node.publicKey)).toBe(false);
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
      }
    }
    expect(decoded).toBeGreaterThan(MUTATIONS / 10);
  });
});

describe('receipt keys', () => {
  it('bytes that are no key of the node’s verify nothing', async () => {
    const [signed] = (await signReceipts(node, maker, receipts(1))) as [SignedReceipt];
    const notKey = toSigningPublicKey(new Uint8Array(1952).fill(0xff));
    expect(await verifyReceipt(signed, notKey)).toBe(false);
  });
});
