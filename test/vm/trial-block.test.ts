import {describe, expect, it} from 'vitest';
import {buildBlock, verifyPending} from '../../src/vm/builder.ts';
import {Mempool} from '../../src/vm/mempool.ts';
import {getAccount} from '../../src/vm/state/accounts.ts';
import {TrialBlock} from '../../src/vm/trial-block.ts';
import {Driver, testAccount, testNode} from './driver.ts';

const alice = testAccount('alice');
const bob = testAccount('bob');
const node = testNode('n');

/** Epoch 2 has just begun, and the node has duties in it. */
function setUp() {
  const driver = new Driver({accounts: [alice, bob]});
  driver.block(driver.at(1000), [driver.register(alice, node)]);
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.block(driver.inEpoch(2));
  return {driver, trial: new TrialBlock(driver.chain)};
}

describe('TrialBlock', () => {
  it('is opened once for all trials of a moment: an epoch is judged once', () => {
    const {driver, trial} = setUp();
    const first = trial.open(driver.inEpoch(3));
    expect(first.judgements.length).toBeGreaterThan(0);
    expect(trial.open(driver.inEpoch(3, 1000)).judgements).toBe(first.judgements);
    const later = trial.open(driver.inEpoch(3, 1001));
    expect(later.judgements).not.toBe(first.judgements);
    expect(later.judgements).toEqual(first.judgements);
  });

  it('shows no trial what another has done', () => {
    const {driver, trial} = setUp();
    const tx = driver.transfer(bob, alice.address, 5n);
    const nowMs = driver.now + 500n;
    for (let n = 0; n < 3; n++) {
      const open = trial.open(nowMs);
      expect(getAccount(open.state, bob.address).nonce).toBe(0n);
      verifyPending(driver.chain, driver.mempool, {tx, nowMs, open});
      expect(getAccount(open.state, bob.address).nonce).toBe(1n);
    }
    expect(getAccount(driver.state, bob.address).nonce).toBe(0n);
  });

  it('follows the phase to the millisecond', () => {
    const {driver, trial} = setUp();
    const end = driver.inEpoch(2, 3333);
    expect(trial.open(end - 100n).phase).toBe('roundA');
    expect(trial.open(end - 1n).phase).toBe('roundA');
    expect(trial.open(end).phase).toBe('roundB');
    expect(trial.open(driver.inEpoch(3) - 1n).running.epoch).toBe(2n);
    expect(trial.open(driver.inEpoch(3)).running.epoch).toBe(3n);
  });

  it('follows the preferred block', () => {
    const {driver, trial} = setUp();
    const {chain} = driver;
    const nowMs = driver.now + 500n;
    expect(trial.open(nowMs).height).toBe(chain.lastAccepted.block.height + 1n);
    const mempool = new Mempool();
    mempool.add(driver.transfer(bob, alice.address, 5n));
    const block = buildBlock(chain, mempool, nowMs);
    chain.verify(block);
    expect(trial.open(nowMs).height).toBe(block.height);
    chain.setPreference(block.id);
    const open = trial.open(nowMs);
    expect(open.height).toBe(block.height + 1n);
    expect(getAccount(open.state, bob.address).nonce).toBe(1n);
    chain.reject(block.id);
    expect(trial.open(nowMs).height).toBe(block.height);
  });
});
