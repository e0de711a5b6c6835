import {MAX_UPGRADES} from '../protocol/chain/limits.ts';
import type {Rules} from '../protocol/chain/rules.ts';
import {type RulesUpgrade, UPGRADABLE} from '../protocol/chain/upgrades.ts';
import {
  type CodecValue,
  encode,
  list,
  struct,
  u8,
  u16,
  u32,
  u64,
  versioned,
} from '../protocol/codec.ts';
import type {WriteOperation} from '../storage/kv.ts';
import {type ChainConfig, upgradesAt} from '../vm/config.ts';
import {APPLIED_UPGRADES_KEY} from './chain-keys.ts';
import {PluginError} from './errors.ts';

const AppliedUpgrade = struct('AppliedUpgrade', {
  /** Unix ms. */
  activatesAtMs: u64,
  rules: struct('UpgradableRules', {
    minStake: u64,
    minFee: u64,
    minCapacity: u64,
    unbondingSeconds: u32,
    minPeers: u8,
    swarmHysteresis: u8,
    seatsPerEpoch: u16,
    answerHeights: u16,
    roundAHeights: u16,
    credit: struct('Credit', {initial: u16, growEvery: u16, cap: u16}),
  }),
});

/** What accepted blocks were made under: each upgrade passed so far, with its rules. SPEC.md §12. */
export const AppliedUpgrades = versioned(1, list(AppliedUpgrade, {maxLength: MAX_UPGRADES}));
export type AppliedUpgrades = CodecValue<typeof AppliedUpgrades>;

/** Remembers all upgrades up to this instant: what a database holds whose last block is of then. */
export function appliedUpgradeWrites(config: ChainConfig, timestamp: bigint): WriteOperation[] {
  const applied = [...upgradesAt(config, timestamp)];
  if (applied.length === 0) return [];
  return [{type: 'put', key: APPLIED_UPGRADES_KEY, value: encode(AppliedUpgrades, applied)}];
}

/** What is written together with a block that is the first one under an upgrade. */
export function passedUpgradeWrites(
  config: ChainConfig,
  parent: {readonly timestamp: bigint},
  block: {readonly timestamp: bigint},
): WriteOperation[] {
  const [before, after] = [parent, block].map(({timestamp}) => upgradesAt(config, timestamp));
  return before?.length === after?.length ? [] : appliedUpgradeWrites(config, block.timestamp);
}

const secondsOf = ({activatesAtMs}: {readonly activatesAtMs: bigint}): bigint =>
  activatesAtMs / 1000n;

function contradicts(at: {readonly activatesAtMs: bigint}, problem: string, what: string): never {
  throw new PluginError('PLUGIN_UPGRADE_CONTRADICTS', {
    activatesAt: secondsOf(at),
    problem,
    do: `${what}; where the network did otherwise, delete this chain's database and let it fetch the blocks again`,
  });
}

type UpgradableRules = Pick<Rules, (typeof UPGRADABLE)[number]>;

function textOf(rule: UpgradableRules[keyof UpgradableRules]): string {
  if (typeof rule !== 'object') return String(rule);
  return `${rule.initial} ${rule.growEvery} ${rule.cap}`;
}

function firstDifference(one: UpgradableRules, other: UpgradableRules): string | undefined {
  return UPGRADABLE.find((name) => textOf(one[name]) !== textOf(other[name]));
}

function assertSame(found: AppliedUpgrades[number], given: RulesUpgrade | undefined): void {
  if (given === undefined || given.activatesAtMs > found.activatesAtMs) {
    contradicts(
      found,
      'accepted blocks were made under this upgrade, and the upgrade file lacks it',
      'put it back',
    );
  }
  if (given.activatesAtMs < found.activatesAtMs) notYetThere(given);
  const rule = firstDifference(found.rules, given.rules);
  if (rule === undefined) return;
  contradicts(found, `accepted blocks were made under another ${rule}`, `put ${rule} back`);
}

function notYetThere(given: RulesUpgrade): never {
  contradicts(
    given,
    'blocks were accepted without this upgrade, and its time is over',
    'give it a time to come, or remove it',
  );
}

/**
 * Nobody changes what is accepted: the upgrades up to the last accepted block must be those that
 * its blocks were made under. Later ones are free to change until then.
 * @throws PluginError PLUGIN_UPGRADE_CONTRADICTS
 */
export function assertUpgradesAgree(
  found: AppliedUpgrades,
  config: ChainConfig,
  lastAcceptedTimestamp: bigint,
): void {
  const given = upgradesAt(config, lastAcceptedTimestamp);
  for (const [index, upgrade] of found.entries()) assertSame(upgrade, given[index]);
  const extra = given[found.length];
  if (extra !== undefined) notYetThere(extra);
}
