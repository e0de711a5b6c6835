import {idToString, VM_ID_TEXT} from '../../../crypto/ids.ts';
import {rulesAt} from '../../../vm/config.ts';
import type {Method} from '../method.ts';
import {rulesView, upcomingUpgrades} from '../rules-view.ts';
import {instant} from '../views.ts';

/** Which chain this is, the rules in force, and those to come. */
export const getNetwork: Method<'getNetwork'> = {
  params: [],
  call({config, version, chain}) {
    const {networkId, chainId, genesisTimeMs} = config;
    const {timestamp} = chain.lastAccepted.block;
    const rules = rulesAt(config, timestamp);
    return {
      networkId,
      chainId: idToString(chainId),
      vmId: VM_ID_TEXT,
      version,
      preset: rules.preset,
      token: rules.token,
      genesisTimeMs: instant(genesisTimeMs),
      epochSeconds: rules.epochSeconds,
      minBlockIntervalMs: rules.minBlockIntervalMs,
      ...rulesView(rules),
      upcomingUpgrades: upcomingUpgrades(config, timestamp),
    };
  },
};
