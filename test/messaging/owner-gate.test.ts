import {expect, it} from 'vitest';
import {signOwnerRequest} from '../../src/client/owner-request.ts';
import {sessionIdentityOf} from '../../src/client/session-identity.ts';
import {OwnerGate} from '../../src/messaging/owner-gate.ts';
import {toChainId, toKemSeed, toSigningSeed} from '../../src/protocol/bytes.ts';
import {decodeKept, encode} from '../../src/protocol/codec.ts';
import {WatchParams} from '../../src/protocol/overlay/client-protocol.ts';
import {OWNER_METHOD, OwnerAuth} from '../../src/protocol/overlay/owner-auth.ts';

it('remembers keys of its own, not the frame that they came in', async () => {
  const seeds = {signingSeed: new Uint8Array(32).fill(1), kemSeed: new Uint8Array(64).fill(2)};
  const owner = sessionIdentityOf({
    kind: 'session',
    signingSeed: toSigningSeed(seeds.signingSeed),
    kemSeed: toKemSeed(seeds.kemSeed),
  });
  const account = owner.sessionId;
  const chain = {networkId: 1, chainId: toChainId(new Uint8Array(32))};
  const params = {account, namespace: 2, after: undefined};
  const request = {chain, method: OWNER_METHOD.watch, codec: WatchParams, params} as const;
  const nowMs = 1_700_000_000_000;
  const gate = new OwnerGate({nowMs: () => nowMs}, setImmediate);
  const signed = (withKeys: boolean): OwnerAuth =>
    signOwnerRequest(owner, request, {timeMs: BigInt(nowMs), withKeys});

  const frame = encode(OwnerAuth, signed(true));
  await gate.admit({...request, account}, decodeKept(OwnerAuth, frame));
  frame.fill(0xff);
  const keys = await gate.admit({...request, account}, signed(false));
  expect(keys.signing).toEqual(owner.keys.signing);
});
