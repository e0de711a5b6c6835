import type {ChainId} from '../protocol/bytes.ts';
import {epochAt, epochTimes} from '../protocol/chain/epoch-times.ts';
import type {Rules} from '../protocol/chain/rules.ts';
import type {RulesUpgrade} from '../protocol/chain/upgrades.ts';

/** What makes this chain this chain: its ids, its rules, its S_0. Constant while it runs. */
export type ChainConfig = {
  readonly networkId: number;
  readonly chainId: ChainId;
  /** Of genesis; times of an epoch, block spacing and token never change. */
  readonly rules: Rules;
  /** Ascending by activation. */
  readonly upgrades: readonly RulesUpgrade[];
  /** Unix ms. */
  readonly genesisTimeMs: bigint;
};

/** The upgrades that the epoch of this instant began under: those activated at or before S_e. */
export function upgradesAt(config: ChainConfig, timestamp: bigint): readonly RulesUpgrade[] {
  const {rules, upgrades, genesisTimeMs} = config;
  if (upgrades.length === 0) return upgrades;
  const clock = {genesisTimeMs, epochSeconds: rules.epochSeconds};
  const {start} = epochTimes(clock, epochAt(clock, timestamp));
  return upgrades.filter(({activatesAtMs}) => activatesAtMs <= start);
}

/** The rules in force in the epoch that holds this instant. SPEC.md §3.1. */
export function rulesAt(config: ChainConfig, timestamp: bigint): Rules {
  return upgradesAt(config, timestamp).at(-1)?.rules ?? config.rules;
}

/** The configuration as it holds in the epoch of this instant. */
export function configAt(config: ChainConfig, timestamp: bigint): ChainConfig {
  return config.upgrades.length === 0 ? config : {...config, rules: rulesAt(config, timestamp)};
}
