import type {ErrorDetails} from '../../protocol/errors.ts';
import {DevnetError} from '../errors.ts';
import type {Narrator} from './narrator.ts';

/** Every check of the demo, in the order of the story. */
export type CheckName =
  | 'plugin-loaded'
  | 'genesis-supply'
  | 'nodes-registered'
  | 'stake-bonded'
  | 'two-swarms'
  | 'message-stored'
  | 'bob-reads'
  | 'majorities'
  | 'all-passed'
  | 'nothing-burned'
  | 'two-killed'
  | 'bob-reads-after-kill'
  | 'answers-recomputed'
  | 'message-in-w'
  | 'exactly-two-fined'
  | 'fine-is-half-percent'
  | 'bob-reads-in-the-next-epoch'
  | 'burned-is-the-fines'
  | 'totals-are-genesis'
  | 'no-process-left';

export type Check = {
  readonly name: CheckName;
  /** What is claimed, as the story tells it. */
  readonly sentence: string;
  readonly holds: boolean;
  /** What was found, for whoever reads the failure. */
  readonly found?: ErrorDetails;
};

/** @throws DevnetError DEVNET_CHECK with the check's name when it does not hold: the demo ends there. */
export function confirm(narrator: Narrator, {name, sentence, holds, found = {}}: Check): void {
  if (holds) {
    narrator.confirmed(name, sentence);
    return;
  }
  const facts = Object.entries(found).map(([fact, value]) => `${fact}: ${value}`);
  narrator.failed(name, [sentence, ...facts].join('; '));
  throw new DevnetError('DEVNET_CHECK', {check: name, ...found});
}
