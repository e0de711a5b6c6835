import {expect} from 'vitest';
import {type SessionIdentity, sessionIdentityOf} from '../../src/client/session-identity.ts';
import {toChainId, toKemSeed, toSigningSeed} from '../../src/protocol/bytes.ts';
import {type Person, personOf} from './second-seal.ts';

const seedsOf = (number: number) => ({
  signingSeed: toSigningSeed(new Uint8Array(32).fill(number)),
  kemSeed: toKemSeed(new Uint8Array(64).fill(number)),
});

/** The same person for the same number, in the program and in the second implementation. */
export function identityOf(number: number): SessionIdentity {
  return sessionIdentityOf({kind: 'session', ...seedsOf(number)});
}

export function handMadePerson(number: number): Person {
  const {signingSeed, kemSeed} = seedsOf(number);
  return personOf(signingSeed, kemSeed);
}

export const CHAIN = {networkId: 1337, chainId: toChainId(new Uint8Array(32).fill(7))};
export const NOW_MS = 1_767_225_600_000n;

export const code = (expected: string) => expect.objectContaining({code: expected});
