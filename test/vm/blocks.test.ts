import {describe, expect, it} from 'vitest';
import {Block} from '../../src/protocol/chain/block.ts';
import {epochTimes} from '../../src/protocol/chain/epoch-times.ts';
import {encode} from '../../src/protocol/codec.ts';
import {buildBlock} from '../../src/vm/builder.ts';
import {parseBlock} from '../../src/vm/parsed-block.ts';
import {Driver, testAccount, testNode} from './driver.ts';

const owner = testAccount('owner');
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as {code: string}).code;
  }
  return 'nothing was thrown';
};

describe('an empty block', () => {
  const DEV_BOUNDARIES = [20_000, 23_333, 26_666, 36_666];

  it.each(DEV_BOUNDARIES)('is valid when time first passes %d ms', (ms) => {
    const driver = new Driver({accounts: [owner]});
    driver.block(driver.at(ms - 1), [driver.transfer(owner, owner.address, 1n)]);
    expect(driver.chain.nextEmptyBlockTime).toBe(driver.at(ms));
    expect(driver.block(driver.now + 50n).txs).toEqual([]);
  });

  it.each(DEV_BOUNDARIES)('is invalid a moment after a block at %d ms', (ms) => {
    const driver = new Driver({accounts: [owner]});
    driver.block(driver.at(ms));
    expect(codeOf(() => driver.block(driver.at(ms + 1500)))).toBe('BLOCK_NOTHING_TO_BUILD');
  });

  it('is refused by verification, not only by the builder', () => {
    const driver = new Driver({accounts: [owner]});
    const first = driver.block(driver.at(20_000));
    const bytes = encode(Block, {
      ...first,
      parentId: first.id,
      height: 2n,
      timestamp: first.timestamp + 1000n,
      txs: [],
    });
    expect(codeOf(() => driver.chain.verify(parseBlock(bytes)))).toBe('BLOCK_EMPTY');
  });

  it('may follow every second while a window is open and a node has duties', () => {
    const driver = new Driver({accounts: [owner]});
    driver.block(driver.at(1000), [driver.register(owner, testNode('a'))]);
    for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
    driver.block(driver.inEpoch(2));
    expect(codeOf(() => driver.block(driver.now + 999n))).toBe('BLOCK_NOTHING_TO_BUILD');
    expect(driver.chain.nextEmptyBlockTime).toBe(driver.now + 1000n);
    driver.block(driver.now + 1000n);
    driver.block(driver.inEpoch(2, 3333));
    driver.block(driver.inEpoch(2, 6666));
    driver.block(driver.now + 1000n);
    expect(driver.epoch.answersClosed).toBe(false);
    for (const ms of [1, 2, 3, 4, 5, 6, 7, 8]) driver.block(driver.inEpoch(2, 7666 + ms * 1000));
    driver.block(driver.inEpoch(2, 16_666));
    expect(driver.epoch.answersClosed).toBe(true);
    expect(codeOf(() => driver.block(driver.now + 2000n))).toBe('BLOCK_NOTHING_TO_BUILD');
    expect(driver.chain.nextEmptyBlockTime).toBe(driver.inEpoch(3));
  });

  it('rounds the instants of an epoch down', () => {
    expect(epochTimes({epochSeconds: 20, genesisTimeMs: 0n}, 1n)).toEqual({
      cutOff: 18_334n,
      start: 20_000n,
      roundAEnd: 23_333n,
      roundBEnd: 26_666n,
      answersEnd: 36_666n,
      end: 40_000n,
    });
  });
});

describe('a block', () => {
  const setUp = () => {
    const driver = new Driver({accounts: [owner]});
    const good = buildBlock(driver.chain, driver.mempool, driver.at(20_000));
    return {driver, good};
  };

  it.each([
    ['BLOCK_MISSING_PARENT', {parentId: new Uint8Array(32).fill(9)}],
    ['BLOCK_WRONG_HEIGHT', {height: 2n}],
    ['BLOCK_WRONG_HEIGHT', {height: 0n}],
    ['BLOCK_TOO_EARLY', {timestamp: 1_767_225_600_049n}],
    ['BLOCK_WRONG_STATE_ROOT', {stateRoot: new Uint8Array(32).fill(1)}],
  ])('is refused with %s and leaves no trace', (code, change) => {
    const {driver, good} = setUp();
    const bad = parseBlock(encode(Block, {...good, txs: [], ...change} as Block));
    expect(codeOf(() => driver.chain.verify(bad))).toBe(code);
    expect(driver.chain.getBlock(bad.id)).toBeUndefined();
    driver.chain.verify(good);
    expect(driver.chain.getBlock(good.id)?.bytes).toEqual(good.bytes);
  });

  it('may come twice, and is accepted once', () => {
    const {driver, good} = setUp();
    driver.chain.verify(good);
    driver.chain.verify(good);
    expect(driver.chain.processingCount).toBe(1);
    driver.chain.accept(good.id);
    driver.chain.verify(good);
    expect(driver.chain.processingCount).toBe(0);
    expect(codeOf(() => driver.chain.accept(good.id))).toBe('BLOCK_UNKNOWN');
  });

  it('is accepted only on the last accepted block', () => {
    const {driver, good} = setUp();
    driver.chain.verify(good);
    driver.chain.setPreference(good.id);
    const child = buildBlock(driver.chain, driver.mempool, driver.at(23_333));
    driver.chain.verify(child);
    expect(codeOf(() => driver.chain.accept(child.id))).toBe('BLOCK_NOT_NEXT');
    expect(codeOf(() => driver.chain.stateChanges(child.id))).toBe('BLOCK_NOT_NEXT');
  });

  it('holds account transactions of at most 375 000 bytes while a window is open', () => {
    const driver = new Driver({accounts: [owner]});
    const many = Array.from({length: 60}, (_, i) =>
      driver.transfer(owner, owner.address, 1n, BigInt(i)),
    );
    for (const tx of many) driver.mempool.add(tx);
    const built = buildBlock(driver.chain, driver.mempool, driver.at(1000));
    expect(built.txs).toHaveLength(60);
    const accounts = Array.from({length: 3}, (_, i) => testAccount(`rich ${i}`));
    const crowd = new Driver({accounts});
    for (const account of accounts) {
      for (let i = 0n; i < 60n; i++)
        crowd.mempool.add(crowd.transfer(account, owner.address, 1n, i));
    }
    const inWindow = buildBlock(crowd.chain, crowd.mempool, crowd.at(1000));
    const bytes = inWindow.txs.reduce((sum, tx) => sum + tx.bytes.length, 0);
    expect(bytes).toBeLessThanOrEqual(375_000);
    expect(bytes).toBeGreaterThan(370_000);
    expect(buildBlock(crowd.chain, crowd.mempool, crowd.at(7000)).txs).toHaveLength(180);
  });
});
