import {describe, expect, it} from 'vitest';
import {RecordSets} from '../../src/daemon/record-sets.ts';
import type {EpochSets} from '../../src/messaging/epoch-sets.ts';
import {MessagingError} from '../../src/messaging/errors.ts';
import {toHash} from '../../src/protocol/bytes.ts';
import {recordingPorts} from './recorder.ts';

const CUT = {epoch: 3n, cutOffMs: 1000n};
const OWN = {
  c: toHash(new Uint8Array(32).fill(1)),
  set: {root: toHash(new Uint8Array(32)), recordCount: 0n, chunkCount: 0n, bytes: 0n},
};
const NEVER = new AbortController().signal;

type Reconcile = EpochSets['reconcile'];

/** Members whose answers take as long as the signal lets them. */
const silent: Reconcile = (_cut, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
const refused: Reconcile = async () => {
  throw new MessagingError('MESSAGING_NO_MAJORITY');
};

function setsWith(reconcile: Reconcile) {
  const {ports, events} = recordingPorts();
  const sets = {reconcile, settle: async () => OWN} as unknown as EpochSets;
  const options = {logger: ports.logger, metrics: {repaired: () => undefined}};
  return {sets: new RecordSets(sets, options), events};
}

describe('the set of round A', () => {
  it('is what is here when the others do not answer within the patience of the round', async () => {
    const {sets, events} = setsWith(silent);
    const options = {withinMs: 20, isLastChance: false, signal: NEVER};
    expect(await sets.settle(CUT, 0, options)).toEqual(OWN);
    expect(events()).toEqual(['set.unreconciled']);
  });

  it('is tried again when there is no majority, and is what is here at the last chance', async () => {
    const {sets, events} = setsWith(refused);
    const options = {withinMs: 1000, isLastChance: false, signal: NEVER};
    await expect(sets.settle(CUT, 0, options)).rejects.toMatchObject({
      code: 'MESSAGING_NO_MAJORITY',
    });
    expect(await sets.settle(CUT, 0, {...options, isLastChance: true})).toEqual(OWN);
    expect(events()).toEqual(['set.unreconciled']);
  });

  it('is none when the node stops meanwhile', async () => {
    const {sets} = setsWith(silent);
    const stop = new AbortController();
    const settled = sets.settle(CUT, 0, {withinMs: 1000, isLastChance: true, signal: stop.signal});
    const reason = new Error('node stopped');
    stop.abort(reason);
    await expect(settled).rejects.toBe(reason);
  });
});
