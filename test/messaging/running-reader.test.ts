import {expect, it} from 'vitest';
import {ReaderState} from '../../src/client/reader-state.ts';
import {CONSISTENCY} from '../../src/protocol/overlay/client-protocol.ts';
import {Random} from '../fuzz/random.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';

const MEMBERS = 5;
const MESSAGES = 120;
const SEED = Date.now() % 0x7fffffff;

it(`a reader who follows misses nothing and shows nothing twice, at any member, though their clocks are 10 s apart (${SEED})`, async () => {
  const random = new Random(SEED);
  const swarm = await LocalSwarm.start({members: MEMBERS, timeoutMs: 5000});
  const bob = new LocalOwner(swarm);
  // From 5 s behind to 5 s ahead: what comes later may have a much smaller stamp.
  for (const [index, member] of swarm.members.entries()) member.clockSkewMs = (index - 2) * 2500;
  const state = new ReaderState();
  const shown: string[] = [];
  const stamps: bigint[] = [];
  const read = async (): Promise<void> => {
    const at = random.below(MEMBERS);
    for (;;) {
      const place = {after: state.start, consistency: CONSISTENCY.quorum, maxRecords: 1000};
      const {records, more} = await swarm.ask(at, bob.retrieveRequest(place));
      for (const record of records) {
        if (!state.show(record)) continue;
        shown.push(new TextDecoder().decode(record.data));
        stamps.push(record.stamp.clockMs);
      }
      if (!more) return;
    }
  };
  const texts = Array.from({length: MESSAGES}, (_, index) => `m${index}`);
  let away: readonly number[] = [];
  for (const text of texts) {
    swarm.nowMs += random.below(700);
    // Whoever was away has not heard of the greatest stamps, and has gaps that no read may show.
    const before = away;
    away = random.below(2) === 0 ? [] : [random.below(MEMBERS), random.below(MEMBERS)];
    for (const at of away) swarm.member(at).condition = 'down';
    const up = swarm.members.map((_, at) => at).filter((at) => !away.includes(at));
    const back = before.filter((at) => up.includes(at));
    await bob.store(random.pick(back.length > 0 ? back : up), text);
    for (const at of away) swarm.member(at).condition = 'up';
    if (random.below(3) > 0) await read();
  }
  await read();
  expect(shown.toSorted()).toEqual(texts.toSorted());
  // It was worth testing: many came with a smaller stamp than what had been shown.
  const earlier = stamps.filter((stamp, index) => index > 0 && stamp < (stamps[index - 1] ?? 0n));
  expect(earlier.length).toBeGreaterThan(1);
});
