import {describe, expect, it} from 'vitest';
import {signOwnerRequest} from '../../src/client/owner-request.ts';
import {sessionIdentityOf} from '../../src/client/session-identity.ts';
import {OwnerGate} from '../../src/messaging/owner-gate.ts';
import {toChainId, toKemSeed, toSigningSeed} from '../../src/protocol/bytes.ts';
import {decodeKept, encode} from '../../src/protocol/codec.ts';
import {WatchParams} from '../../src/protocol/overlay/client-protocol.ts';
import {OWNER_METHOD, OwnerAuth} from '../../src/protocol/overlay/owner-auth.ts';

const START_MS = 1_700_000_000_000;
const owner = sessionIdentityOf({
  kind: 'session',
  signingSeed: toSigningSeed(new Uint8Array(32).fill(1)),
  kemSeed: toKemSeed(new Uint8Array(64).fill(2)),
});
const account = owner.sessionId;
const chain = {networkId: 1, chainId: toChainId(new Uint8Array(32))};
const params = {account, namespace: 2, after: undefined};
const request = {chain, method: OWNER_METHOD.watch, codec: WatchParams, params} as const;

function openGate() {
  const machine = {nowMs: START_MS};
  const gate = new OwnerGate({nowMs: () => machine.nowMs}, setImmediate);
  return {machine, admit: (auth: OwnerAuth) => gate.admit({...request, account}, auth)};
}

/** Made so many ms after the start. */
const signedAt = (ms: number, withKeys = true): OwnerAuth =>
  signOwnerRequest(owner, request, {timeMs: BigInt(START_MS + ms), withKeys});

it('remembers keys of its own, not the frame that they came in', async () => {
  const {admit} = openGate();
  const frame = encode(OwnerAuth, signedAt(0));
  await admit(decodeKept(OwnerAuth, frame));
  frame.fill(0xff);
  const keys = await admit(signedAt(0, false));
  expect(keys.signing).toEqual(owner.keys.signing);
});

describe('a request', () => {
  it.each([1, -1])(
    'counts up to 60 s away from the member’s clock, in direction %d',
    async (to) => {
      const {admit} = openGate();
      await expect(admit(signedAt(to * 60_000))).resolves.toBeDefined();
      await expect(admit(signedAt(to * 60_001))).rejects.toThrow('MESSAGING_REQUEST_EXPIRED');
    },
  );

  it.each([
    ['within it', [0], 1000, 2000],
    ['over the change to the next half', [0], 119_000, 121_000],
    ['from its first to its last instant', [], 0, 120_000],
    ['while others come', [0, 60_000], 0, 120_000],
  ])('counts once in its window: %s', async (_name, othersMs, firstMs, againMs) => {
    const {machine, admit} = openGate();
    const auth = signedAt(firstMs + 60_000);
    const instants = new Set([...othersMs, firstMs, againMs]);
    for (const ms of [...instants].sort((a, b) => a - b)) {
      machine.nowMs = START_MS + ms;
      if (othersMs.includes(ms)) await admit(signedAt(ms));
      if (ms === firstMs) await admit(auth);
    }
    await expect(admit(auth)).rejects.toThrow('MESSAGING_REPLAYED');
    await expect(admit(signedAt(againMs))).resolves.toBeDefined();
  });
});
