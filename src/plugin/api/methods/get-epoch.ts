import {hex} from '../hex.ts';
import type {Method} from '../method.ts';
import {epochPosition} from '../phase-view.ts';
import {instant} from '../views.ts';

export const getEpoch: Method<'getEpoch'> = {
  params: [],
  call({chain}) {
    const {epoch, times, phase} = epochPosition(chain.config, chain.lastAccepted);
    return {
      epoch: epoch.epoch.toString(),
      transitions: epoch.transitions.toString(),
      phase,
      startMs: instant(times.start),
      cutOffMs: instant(times.cutOff),
      roundAEndMs: instant(times.roundAEnd),
      roundBEndMs: instant(times.roundBEnd),
      answersEndMs: instant(times.answersEnd),
      endMs: instant(times.end),
      blockTimeMs: instant(chain.lastAccepted.block.timestamp),
      mix: hex(epoch.mix),
      drawn: epoch.drawn,
      previousMix: hex(epoch.previousMix),
      answersClosed: epoch.answersClosed,
      dutyCount: epoch.dutyCount,
      numSwarms: 2 ** epoch.swarmExponent,
      nextNumSwarms: epoch.nextSwarmExponent === undefined ? null : 2 ** epoch.nextSwarmExponent,
    };
  },
};
