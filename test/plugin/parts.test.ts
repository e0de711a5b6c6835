import {describe, expect, it} from 'vitest';
import {createSigner} from '../../src/crypto/ml-dsa.ts';
import {createLogger, logFailure} from '../../src/plugin/logger.ts';
import {PeerBudget} from '../../src/plugin/peer-budget.ts';
import {SerialQueue} from '../../src/plugin/serial-queue.ts';
import {SignatureChecker} from '../../src/plugin/signature-checker.ts';
import {toSignature, toSigningSeed, toTxId} from '../../src/protocol/bytes.ts';
import {SIGNATURE_CONTEXT} from '../../src/protocol/domains.ts';
import {BlockError} from '../../src/vm/errors.ts';
import type {SignatureSet} from '../../src/vm/signature-sets.ts';

describe('SerialQueue', () => {
  it('runs one task at a time, in order, also after a failure', async () => {
    const queue = new SerialQueue();
    const log: string[] = [];
    const task = (name: string, ms: number) => async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, ms));
      log.push(`${name} ends`);
      if (name === 'b') throw new Error('b failed');
      return name;
    };
    const [a, b, c] = [queue.run(task('a', 5)), queue.run(task('b', 1)), queue.run(task('c', 0))];
    await expect(b).rejects.toThrow('b failed');
    expect(await a).toBe('a');
    expect(await c).toBe('c');
    const expected = ['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]);
    expect(log).toEqual(expected);
    await queue.idle();
  });
});

describe('SignatureChecker', () => {
  const signer = createSigner(toSigningSeed(new Uint8Array(32).fill(1)));
  const sign = (n: number): SignatureSet => {
    const message = Uint8Array.of(n);
    const context = SIGNATURE_CONTEXT.tx;
    const signature = signer.sign(context, message);
    const txId = toTxId(new Uint8Array(32).fill(n));
    return {txId, publicKey: signer.publicKey, context, message, signature};
  };
  const spoil = (set: SignatureSet): SignatureSet => ({
    ...set,
    signature: toSignature(new Uint8Array(3309)),
  });

  it('names the transaction whose signature is bad', async () => {
    const sets = Array.from({length: 70}, (_, n) => sign(n));
    const checker = new SignatureChecker();
    expect(await checker.findInvalid(sets)).toBeUndefined();
    const fresh = new SignatureChecker();
    const spoiled = sets.map((set, n) => (n === 66 ? spoil(set) : set));
    expect(await fresh.findInvalid(spoiled)).toEqual(sets[66]?.txId);
  });

  it('remembers a transaction only when all of its signatures are good', async () => {
    const checker = new SignatureChecker();
    const good = sign(1);
    const second = {...spoil(sign(2)), txId: good.txId};
    expect(await checker.findInvalid([good, second])).toEqual(good.txId);
    // Had the first signature been enough, this bad one would pass by its id.
    expect(await checker.findInvalid([second])).toEqual(good.txId);
    expect(await checker.findInvalid([good])).toBeUndefined();
    expect(await checker.findInvalid([spoil(good)])).toBeUndefined();
  });
});

describe('PeerBudget', () => {
  const init = {tokensPerSecond: 10, burst: 5, maxPeers: 2};

  it('gives each peer its burst, then its rate', () => {
    const budget = new PeerBudget(init);
    expect(budget.spend('a', 9, 0n)).toBe(5);
    expect(budget.spend('a', 9, 0n)).toBe(0);
    expect(budget.spend('b', 3, 0n)).toBe(3);
    expect(budget.spend('a', 9, 200n)).toBe(2);
    expect(budget.spend('a', 9, 100_000n)).toBe(5);
    expect(budget.spend('a', 1, 0n)).toBe(0);
  });

  it('remembers a bounded number of peers', () => {
    const budget = new PeerBudget(init);
    for (const peer of ['a', 'b', 'c']) expect(budget.spend(peer, 5, 0n)).toBe(5);
    expect(budget.spend('c', 5, 0n)).toBe(0);
    expect(budget.spend('a', 5, 0n)).toBe(5);
  });
});

describe('createLogger', () => {
  const sink = () => {
    const lines: string[] = [];
    return {lines, writableLength: 0, write: (text: string) => lines.push(text)};
  };

  it('writes one JSON object per line, from its level up', () => {
    const to = sink();
    const logger = createLogger(to, () => 7n);
    logger.info('hello', {height: 3n});
    logger.debug('unheard');
    logger.setLevel('error');
    logger.warn('unheard');
    expect(to.lines).toEqual(['{"level":"info","timeMs":7,"message":"hello","height":"3"}\n']);
  });

  it('drops lines, and counts them, while nobody reads', () => {
    const to = sink();
    const logger = createLogger(to, () => 7n);
    to.writableLength = 2_000_000;
    for (let i = 0; i < 3; i++) logger.info('lost');
    to.writableLength = 0;
    logger.info('found');
    expect(to.lines).toHaveLength(1);
    expect(JSON.parse(to.lines[0] ?? '')).toMatchObject({message: 'found', droppedLines: 3});
  });

  it('tells a refusal from a bug', () => {
    const to = sink();
    const logger = createLogger(to, () => 7n);
    logFailure(logger, 'BuildBlock', new BlockError('BLOCK_NOTHING_TO_BUILD'));
    logFailure(logger, 'BlockVerify', new BlockError('BLOCK_EMPTY'));
    logFailure(logger, 'BlockVerify', new TypeError('oops'));
    expect(to.lines.map((line) => JSON.parse(line).level)).toEqual(['info', 'error']);
  });
});
