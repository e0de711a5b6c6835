import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {bytesToKey} from '../../src/protocol/bytes.ts';
import {MISS_REASON} from '../../src/protocol/chain/state-records.ts';
import {forecastEpoch, forecastOf} from '../../src/vm/forecast.ts';
import type {NodeJudgement} from '../../src/vm/judge.ts';
import {getServiceNode} from '../../src/vm/state/service-nodes.ts';
import {Driver, testAccount, testNode} from './driver.ts';

const owner = testAccount('owner');
const nodes = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => testNode(name));
const FIRST_EPOCH = 2;

function seatedChain(): Driver {
  const driver = new Driver({accounts: [owner]});
  driver.block(
    driver.at(1000),
    nodes.map((node, i) => driver.register(owner, node, undefined, BigInt(i))),
  );
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  return driver;
}

const forecast = (driver: Driver) => forecastEpoch(driver.config, driver.chain.lastAccepted);

const byNode = (judgements: readonly NodeJudgement[]): readonly NodeJudgement[] =>
  judgements.toSorted((a, b) => (bytesToKey(a.nodeId) < bytesToKey(b.nodeId) ? -1 : 1));

/** All that a forecast would have booked. */
const booked = (driver: Driver): readonly NodeJudgement[] =>
  byNode(
    [...forecast(driver).nodes.values()].flatMap(({running, before}) =>
      [before, running].filter((judgement) => judgement !== undefined),
    ),
  );

const subset = fc.subarray(nodes, {minLength: 0});
const epochs = fc.array(fc.record({committing: subset, silent: subset}), {
  minLength: 1,
  maxLength: 4,
});

const allDone = {committing: nodes, silent: []};
const noneDone = {committing: [], silent: []};

/** An outage after a good epoch: its misses are excused, whatever else chance brings. */
const OUTAGE = [allDone, noneDone];

describe('the forecast of an epoch', () => {
  it('is what the transition books, once its answer window is closed', () => {
    let [misses, excused] = [0, 0];
    const property = fc.property(epochs, (plan) => {
      const driver = seatedChain();
      for (const [i, {committing, silent}] of plan.entries()) {
        const epoch = FIRST_EPOCH + i;
        const answering = committing.filter((node) => !silent.includes(node));
        driver.runEpoch(epoch, {committing, answering});
        while (!driver.epoch.answersClosed) driver.block(driver.chain.nextEmptyBlockTime);
        const root = driver.state.root();
        expect(forecast(driver).isFinal).toBe(true);
        const expected = booked(driver);
        expect(driver.state.root()).toEqual(root);
        driver.block(driver.inEpoch(epoch + 1));
        const {judgements} = driver.chain.lastAccepted;
        expect(byNode(judgements)).toEqual(expected);
        misses += judgements.filter(({verdict}) => verdict === 'miss').length;
        excused += judgements.filter((judgement) => judgement.excused).length;
      }
    });
    fc.assert(property, {numRuns: 25, examples: [[OUTAGE]]});
    expect(misses).toBeGreaterThan(20);
    expect(excused).toBeGreaterThan(0);
  });

  it('counts what is not done yet as missing, and no longer once it is done', () => {
    const driver = seatedChain();
    const [node] = nodes;
    const of = () => forecastOf(forecast(driver), node!.nodeId);
    const {noCommitment, noAnswer} = MISS_REASON;
    driver.block(driver.inEpoch(FIRST_EPOCH));
    expect(of()?.running).toMatchObject({verdict: 'miss', reasons: noCommitment | noAnswer});
    driver.block(
      driver.now + 1000n,
      nodes.map((other) => driver.commit(other)),
    );
    expect(of()?.running).toMatchObject({verdict: 'miss', reasons: noAnswer});
    const stake = getServiceNode(driver.state, node!.nodeId)?.stake ?? 0n;
    expect(of()?.running?.burned).toBe(stake / 200n);
    while (driver.chain.nextEmptyBlockTime < driver.inEpoch(FIRST_EPOCH, 8000)) {
      driver.block(driver.chain.nextEmptyBlockTime);
    }
    driver.block(
      driver.now + 1000n,
      nodes.map((other) => driver.answer(other)),
    );
    expect(of()?.running).toMatchObject({verdict: 'pass', reasons: 0, burned: 0n});
    expect(forecast(driver).isFinal).toBe(false);
    expect(forecastOf(forecast(driver), testNode('nobody').nodeId)).toBeUndefined();
  });
});
