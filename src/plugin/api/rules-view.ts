import type {RulesInfo, UpgradeInfo} from '../../protocol/api.ts';
import {firstEpochFrom} from '../../protocol/chain/epoch-times.ts';
import type {Rules} from '../../protocol/chain/rules.ts';
import {type ChainConfig, upgradesAt} from '../../vm/config.ts';
import {instant} from './views.ts';

export function rulesView(rules: Rules): RulesInfo {
  const {minStake, minFee, minCapacity, credit} = rules;
  return {
    minStake: minStake.toString(),
    minFee: minFee.toString(),
    minCapacity: minCapacity.toString(),
    unbondingSeconds: rules.unbondingSeconds,
    minPeers: rules.minPeers,
    swarmHysteresis: rules.swarmHysteresis,
    seatsPerEpoch: rules.seatsPerEpoch,
    answerHeights: rules.answerHeights,
    roundAHeights: rules.roundAHeights,
    credit: {initial: credit.initial, growEvery: credit.growEvery, cap: credit.cap},
  };
}

/** What this node knows of upgrades that no block up to this instant was under. */
export function upcomingUpgrades(config: ChainConfig, timestamp: bigint): readonly UpgradeInfo[] {
  const {upgrades, genesisTimeMs, rules} = config;
  const clock = {genesisTimeMs, epochSeconds: rules.epochSeconds};
  return upgrades.slice(upgradesAt(config, timestamp).length).map((upgrade) => ({
    activatesAtMs: instant(upgrade.activatesAtMs),
    epoch: firstEpochFrom(clock, upgrade.activatesAtMs).toString(),
    rules: rulesView(upgrade.rules),
  }));
}
