import {expect, it} from 'vitest';
import {releaseRecords} from '../../src/daemon/release-records.ts';
import type {Holders} from '../../src/messaging/ports.ts';
import type {Released} from '../../src/messaging/releaser.ts';
import {tableAt} from '../messaging/holders.ts';
import {recordingPorts} from './recorder.ts';

const NOTHING: Released = {swarms: 0, records: 0, hints: 0};

/** Runs until all of these were the outcome of a look. */
async function looksWith(outcomes: readonly (Released | Error)[], epochSeconds: number) {
  const {ports, lines, pauses} = recordingPorts();
  const stop = new AbortController();
  const left = [...outcomes];
  const table = tableAt(6, 0);
  const told: (Holders | undefined)[] = [];
  const counted: number[] = [];
  const task = releaseRecords(
    {
      messaging: {
        async release(now) {
          told.push(now());
          const outcome = left.shift() ?? NOTHING;
          if (left.length === 0) stop.abort(new Error('enough'));
          if (outcome instanceof Error) throw outcome;
          return outcome;
        },
      },
      view: {epoch: () => undefined, holders: () => table},
      metrics: {released: (records) => counted.push(records)},
      ports,
    },
    epochSeconds,
  );
  await expect(task(stop.signal)).rejects.toThrow('enough');
  expect(told).toEqual(outcomes.map(() => table));
  return {lines, counted, pauses};
}

it('says and counts what has gone, and nothing when nothing has', async () => {
  const gone = {swarms: 1, records: 32, hints: 3};
  const {lines, counted} = await looksWith([NOTHING, gone, NOTHING, NOTHING], 3600);
  expect(lines).toEqual([
    {level: 'info', event: 'records.released', facts: {epoch: null, ...gone}},
  ]);
  expect(counted).toEqual([32]);
});

it('goes on after a failure of the disk', async () => {
  const gone = {swarms: 1, records: 1, hints: 0};
  const {lines} = await looksWith([new Error('disk full'), gone, NOTHING], 3600);
  expect(lines.map(({event}) => event)).toEqual(['release.failed', 'records.released']);
});

it('looks several times an epoch, so that it misses no table', async () => {
  expect((await looksWith([NOTHING, NOTHING], 3600)).pauses[0]).toBe(10_000);
  expect((await looksWith([NOTHING, NOTHING], 20)).pauses[0]).toBe(5000);
});
