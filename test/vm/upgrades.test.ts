import {describe, expect, it} from 'vitest';
import {PRESETS} from '../../src/protocol/chain/rules.ts';
import {STATUS} from '../../src/protocol/chain/state-records.ts';
import {rulesAt} from '../../src/vm/config.ts';
import {getServiceNode} from '../../src/vm/state/service-nodes.ts';
import {Driver, GENESIS_SECONDS, testAccount, testNode} from './driver.ts';

/** S_e of the dev preset, Unix seconds. */
const startOf = (epoch: number): number => GENESIS_SECONDS + epoch * PRESETS.dev.epochSeconds;
const owner = testAccount('owner');
const other = testAccount('other');
const [early, late] = [testNode('early'), testNode('late')];
const STAKE = PRESETS.dev.minStake;

const refused = (tx: string) =>
  expect.objectContaining({
    code: 'BLOCK_INVALID_TX',
    details: expect.objectContaining({tx}),
  });

describe('rulesAt', () => {
  const {config} = new Driver();
  const upgraded = {...PRESETS.dev, minFee: 9n};
  const start = BigInt(startOf(5)) * 1000n;
  const rulesWith = (activatesAtMs: bigint, timestamp: bigint) =>
    rulesAt({...config, upgrades: [{activatesAtMs, rules: upgraded}]}, timestamp);

  it.each([
    ['1 ms before S_5', start - 1n, start, 9n],
    ['at S_5', start, start, 9n],
    ['at S_5', start, start - 1n, 0n],
    ['1 ms after S_5', start + 1n, start, 0n],
    ['1 ms after S_5', start + 1n, start + 19_999n, 0n],
    ['1 ms after S_5', start + 1n, start + 20_000n, 9n],
  ])('an upgrade %s', (_when, activatesAtMs, timestamp, minFee) => {
    expect(rulesWith(activatesAtMs, timestamp).minFee).toBe(minFee);
  });

  it('is the last of several', () => {
    const upgrades = [1n, 2n, 3n].map((n) => ({
      activatesAtMs: start + n * 1000n,
      rules: {...PRESETS.dev, minFee: n},
    }));
    expect(rulesAt({...config, upgrades}, start).minFee).toBe(0n);
    expect(rulesAt({...config, upgrades}, start + 20_000n).minFee).toBe(3n);
  });
});

describe('an upgrade in the middle of a chain', () => {
  const upgrades = [
    {activatesAt: startOf(2), rules: {minStake: (STAKE * 2n).toString()}},
    {activatesAt: startOf(2) + 1, rules: {minStake: (STAKE * 3n).toString()}},
  ];

  /** Up to the last ms of epoch 1 with a registration at the old minimum in it. */
  function atTheEdge(): Driver {
    const driver = new Driver({accounts: [owner, other], upgrades});
    driver.block(driver.inEpoch(2, -1), [driver.register(owner, early, STAKE)]);
    return driver;
  }

  it('leaves the last ms before it alone', () => {
    const driver = atTheEdge();
    expect(getServiceNode(driver.state, early.nodeId)?.stake).toBe(STAKE);
  });

  it('holds from the first ms of its epoch on', () => {
    for (const [stake, passes] of [
      [STAKE * 2n - 1n, false],
      [STAKE * 2n, true],
    ] as const) {
      const driver = atTheEdge();
      driver.block(driver.inEpoch(2, 50), [driver.register(other, late, stake)]);
      expect(getServiceNode(driver.state, late.nodeId)?.stake).toBe(passes ? stake : undefined);
    }
  });

  it('makes a block invalid that keeps to the rules before', () => {
    const old = new Driver({accounts: [owner, other]});
    const driver = atTheEdge();
    old.acceptBytes(driver.blocks[0]!.bytes);
    const block = old.block(old.inEpoch(2, 50), [old.register(other, late, STAKE)]);
    expect(() => driver.acceptBytes(block.bytes)).toThrow(refused('TX_STAKE_BELOW_MINIMUM'));
  });

  it('waits for the next epoch when it comes inside of one', () => {
    const driver = atTheEdge();
    driver.block(driver.inEpoch(2, 19_999), [driver.register(other, late, STAKE * 2n)]);
    expect(getServiceNode(driver.state, late.nodeId)?.stake).toBe(STAKE * 2n);
    const again = testNode('again');
    const tx = driver.register(other, again, STAKE * 2n);
    expect(driver.chain.nextEmptyBlockTime).toBe(driver.inEpoch(3));
    driver.mempool.add(tx);
    driver.block(driver.inEpoch(3, 100));
    expect(getServiceNode(driver.state, again.nodeId)).toBeUndefined();
  });
});

describe('the transition into an upgrade', () => {
  const upgrades = [{activatesAt: startOf(3), rules: {unbondingSeconds: 999, roundAHeights: 1000}}];

  it('judges the epoch that ended by its own rules, and retires by the new ones', () => {
    const driver = new Driver({accounts: [owner, other], upgrades});
    driver.block(driver.at(1000), [driver.register(owner, early)]);
    for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
    driver.block(driver.inEpoch(2), [driver.register(other, late)]);
    driver.block(driver.inEpoch(2, 50), [driver.deregister(other, late)]);
    driver.runEpoch(2, {committing: [], answering: [early]});
    driver.block(driver.inEpoch(3));
    // With 1000 heights for round A its silence would be unjudged.
    expect(getServiceNode(driver.state, early.nodeId)).toMatchObject({misses: 1});
    const retired = getServiceNode(driver.state, late.nodeId);
    expect(retired).toMatchObject({status: STATUS.retired});
    expect(retired?.unbondsAt).toBe(BigInt(startOf(3) + 999));
    driver.runEpoch(3, {committing: [], answering: [early]});
    driver.block(driver.inEpoch(4));
    expect(getServiceNode(driver.state, early.nodeId)).toMatchObject({misses: 1});
  });
});
