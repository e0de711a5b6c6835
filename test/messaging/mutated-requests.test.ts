import {expect, it} from 'vitest';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {SessionError} from '../../src/protocol/errors.ts';
import {ClientRequest} from '../../src/protocol/overlay/client-protocol.ts';
import {mutate} from '../fuzz/mutate.ts';
import {Random} from '../fuzz/random.ts';
import {LocalOwner} from './local-owner.ts';
import {CHAIN, LocalSwarm} from './local-swarm.ts';
import {needsNoOwner, signedRequests} from './signed-requests.ts';

const MUTATIONS = 10_000;
const TIMEOUT_MS = 120_000;

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = bytes.slice();
  const at = random.below(bytes.length);
  changed[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return changed;
}

/** What a member makes of bytes: the code of its refusal, or `ok`. */
async function outcomeOf(swarm: LocalSwarm, bytes: Uint8Array): Promise<string> {
  const stop = new AbortController();
  try {
    const request = decode(ClientRequest, bytes);
    const answer = swarm.member(0).messaging.clients.answer(request, stop);
    if (Symbol.asyncIterator in answer) await answer[Symbol.asyncIterator]().next();
    else await answer;
    return 'ok';
  } catch (error) {
    if (error instanceof SessionError) return error.code;
    throw error;
  } finally {
    stop.abort();
  }
}

it(
  'takes no signed request of which a bit was changed, and fails at none',
  async () => {
    const swarm = await LocalSwarm.start({members: 3});
    const owner = new LocalOwner(swarm);
    const chosen = {chain: CHAIN, nowMs: swarm.nowMs};
    const valid = signedRequests(owner.identity, chosen).map((each) => encode(ClientRequest, each));
    const random = new Random(5);
    const counts = new Map<string, number>();
    for (let made = 0; made < MUTATIONS; ) {
      const original = random.pick(valid);
      const bytes = made % 2 === 0 ? mutate(original, random) : flipBit(original, random);
      if (bytesToHex(bytes) === bytesToHex(original) || needsNoOwner(bytes)) continue;
      made += 1;
      const outcome = await outcomeOf(swarm, bytes);
      if (outcome === 'ok') throw new Error(`accepted: ${bytesToHex(bytes)}`);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    const strange = [...counts.keys()].filter((code) => !/^(MESSAGING|CODEC)_/.test(code));
    expect(strange).toEqual([]);
    // Many still decode: it is keys and signature that they fail at.
    expect(counts.get('MESSAGING_WRONG_KEYS')).toBeGreaterThan(MUTATIONS / 10);
    expect(counts.get('MESSAGING_BAD_SIGNATURE')).toBeGreaterThan(MUTATIONS / 10);
    expect(swarm.members.flatMap(({errors}) => errors)).toEqual([]);
    // None of it was stored, and the requests themselves are good.
    for (const bytes of valid) expect(await outcomeOf(swarm, bytes)).toBe('ok');
    expect(await owner.read(1, {namespace: 2})).toHaveLength(1);
  },
  TIMEOUT_MS,
);
