import {describe, expect, it} from 'vitest';
import {bytesToHex, toNodeId, toSessionId} from '../../src/protocol/bytes.ts';
import {preferenceList} from '../../src/swarm/preference-list.ts';

const accountOf = (number: number) => {
  const bytes = new Uint8Array(33);
  new DataView(bytes.buffer).setUint32(1, number);
  return toSessionId(bytes);
};
const members = Array.from({length: 10}, (_, at) => ({
  nodeId: toNodeId(new Uint8Array(20).fill(at + 1)),
}));
const namesOf = (list: readonly (typeof members)[number][]) =>
  list.map(({nodeId}) => bytesToHex(nodeId));

describe('an inbox’s order of preference', () => {
  it('has every member once, in whatever order they are given', () => {
    const list = namesOf(preferenceList(accountOf(7), members));
    expect([...list].sort()).toEqual(namesOf(members).sort());
    expect(namesOf(preferenceList(accountOf(7), members.toReversed()))).toEqual(list);
  });

  it('stays the same among the others when one goes', () => {
    const list = preferenceList(accountOf(7), members);
    for (const gone of members) {
      const left = members.filter((member) => member !== gone);
      expect(preferenceList(accountOf(7), left)).toEqual(list.filter((each) => each !== gone));
    }
  });

  it('begins with each member for about as many inboxes', () => {
    const firsts = new Map<unknown, number>();
    for (let number = 0; number < 2000; number++) {
      const [first] = preferenceList(accountOf(number), members);
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    for (const member of members) {
      expect(firsts.get(member)).toBeGreaterThan(140);
      expect(firsts.get(member)).toBeLessThan(260);
    }
  });
});
