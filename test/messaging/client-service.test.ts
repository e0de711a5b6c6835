import {expect, it} from 'vitest';
import type {Cursor} from '../../src/protocol/overlay/client-protocol.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';

/** One that lists what was deleted, one that helps out, and the one that is asked. */
const [OTHER, HELPER, READER] = [0, 1, 2];

it.each([
  ['some', 1, ['m1', 'm2', 'm3']],
  ['all', 2, ['m2', 'm3']],
])(
  'a page shows nothing behind what a majority has listed, though %s of that has ended',
  async (_name, deleted, left) => {
    const swarm = await LocalSwarm.start({members: 3});
    const bob = new LocalOwner(swarm);
    /** While a member is down, and then all who are up have it. */
    const without = async <T>(at: number, change: () => Promise<T>): Promise<T> => {
      swarm.member(at).condition = 'down';
      swarm.nowMs += 60_000;
      const answer = await change();
      await swarm.followUp();
      swarm.member(at).condition = 'up';
      swarm.nowMs += 60_000;
      return answer;
    };
    const toAll = async (text: string) => {
      swarm.nowMs += 1;
      const {id} = await bob.store(OTHER, text);
      await swarm.followUp();
      return id;
    };
    const ids = [await toAll('m0'), await toAll('m1')];
    await without(OTHER, () => bob.delete(READER, ids.slice(0, deleted)));
    await without(READER, () => bob.store(OTHER, 'm2'));
    await toAll('m3');
    swarm.member(HELPER).condition = 'down';
    const seen: string[] = [];
    for (let after: Cursor | undefined, more = true; more; ) {
      const page = await swarm.ask(READER, bob.retrieveRequest({after, maxRecords: 2}));
      // Whoever gets nothing would ask for the same again.
      expect(page.records).not.toEqual([]);
      seen.push(...page.records.map(({data}) => new TextDecoder().decode(data)));
      after = page.records.at(-1);
      more = page.more;
    }
    expect(seen).toEqual(left);
  },
);
