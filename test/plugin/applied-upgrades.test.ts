import {describe, expect, it} from 'vitest';
import {
  AppliedUpgrades,
  appliedUpgradeWrites,
  assertUpgradesAgree,
  passedUpgradeWrites,
} from '../../src/plugin/applied-upgrades.ts';
import {APPLIED_UPGRADES_KEY} from '../../src/plugin/chain-keys.ts';
import {decode} from '../../src/protocol/codec.ts';
import type {WriteOperation} from '../../src/storage/kv.ts';
import {Driver, GENESIS_SECONDS} from '../vm/driver.ts';

const E_SECONDS = 20;
const atEpoch = (epoch: number): number => GENESIS_SECONDS + epoch * E_SECONDS;
const msOf = (epoch: number, ms = 0): bigint => BigInt(atEpoch(epoch) * 1000 + ms);

const FIRST = {activatesAt: atEpoch(2), rules: {minFee: '5', credit: {initial: 1, cap: 2}}};
const SECOND = {activatesAt: atEpoch(4), rules: {minPeers: 2}};
const configOf = (...upgrades: readonly object[]) => new Driver({upgrades}).config;
const config = configOf(FIRST, SECOND);

/** What a database remembers of this chain at an instant. */
function remembered(timestamp: bigint, given = config): AppliedUpgrades {
  const [write] = appliedUpgradeWrites(given, timestamp);
  return write?.type === 'put' ? decode(AppliedUpgrades, write.value) : [];
}

const keysOf = (writes: readonly WriteOperation[]) => writes.map(({key}) => key);

describe('passedUpgradeWrites', () => {
  it.each([
    [msOf(1), msOf(2, -1), 0],
    [msOf(2, -1), msOf(2), 1],
    [msOf(2), msOf(2, 50), 0],
    [msOf(3), msOf(4), 2],
    [msOf(1), msOf(9), 2],
  ])('from %d to %d it writes %d upgrades', (parent, block, count) => {
    const writes = passedUpgradeWrites(config, {timestamp: parent}, {timestamp: block});
    expect(keysOf(writes)).toEqual(count === 0 ? [] : [APPLIED_UPGRADES_KEY]);
    if (count > 0) expect(remembered(block)).toHaveLength(count);
  });
});

describe('assertUpgradesAgree', () => {
  const refusal = (code: string, facts: object) =>
    expect.objectContaining({code, details: expect.objectContaining(facts)});
  const contradiction = (facts: object) => refusal('PLUGIN_UPGRADE_CONTRADICTS', facts);
  const check = (given: readonly object[], last = msOf(3)) =>
    assertUpgradesAgree(remembered(last), configOf(...given), last);

  it('takes the same, and lets what is to come be anything', () => {
    const toCome = [
      [SECOND],
      [],
      [{...SECOND, rules: {minPeers: 3}}],
      [{activatesAt: atEpoch(3) + 1, rules: {minPeers: 3}}],
    ];
    for (const later of toCome) expect(() => check([FIRST, ...later])).not.toThrow();
    expect(() => check([], msOf(2, -1))).not.toThrow();
  });

  it.each([
    ['removed', [], FIRST.activatesAt, 'lacks it'],
    ['put off', [{...FIRST, activatesAt: atEpoch(9)}], FIRST.activatesAt, 'lacks it'],
    ['moved within the past', [{...FIRST, activatesAt: atEpoch(3)}], FIRST.activatesAt, 'lacks it'],
    ['back-dated', [{...FIRST, activatesAt: atEpoch(1)}], atEpoch(1), 'time is over'],
    ['added before', [{...SECOND, activatesAt: atEpoch(1)}, FIRST], atEpoch(1), 'time is over'],
    ['added after', [FIRST, {...SECOND, activatesAt: atEpoch(3)}], atEpoch(3), 'time is over'],
    ['changed', [{...FIRST, rules: {...FIRST.rules, minFee: '6'}}], FIRST.activatesAt, 'minFee'],
    ['changed', [{...FIRST, rules: {minFee: '5'}}], FIRST.activatesAt, 'another credit'],
  ])('refuses one that was %s', (_what, given, activatesAt, words) => {
    const facts = {activatesAt: BigInt(activatesAt), problem: expect.stringContaining(words)};
    expect(() => check(given)).toThrow(contradiction(facts));
  });
});
