import {idToString, VM_ID_TEXT} from '../../../crypto/ids.ts';
import type {Method} from '../method.ts';
import {instant} from '../views.ts';

export const getNetwork: Method<'getNetwork'> = {
  params: [],
  call({config, version}) {
    const {rules, networkId, chainId, genesisTimeMs} = config;
    return {
      networkId,
      chainId: idToString(chainId),
      vmId: VM_ID_TEXT,
      version,
      preset: rules.preset,
      token: rules.token,
      genesisTimeMs: instant(genesisTimeMs),
      epochSeconds: rules.epochSeconds,
      minStake: rules.minStake.toString(),
      minFee: rules.minFee.toString(),
      minCapacity: rules.minCapacity.toString(),
      unbondingSeconds: rules.unbondingSeconds,
      minBlockIntervalMs: rules.minBlockIntervalMs,
      answerHeights: rules.answerHeights,
      roundAHeights: rules.roundAHeights,
    };
  },
};
