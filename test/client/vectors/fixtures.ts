import {type Person, personOf} from '../second-seal.ts';

/** Who and where all vectors are about. */
export const filled = (length: number, first: number): Uint8Array =>
  Uint8Array.from({length}, (_, i) => (first + i) & 0xff);
export const NETWORK_ID = 1337;
export const CHAIN_ID = filled(32, 0xa0);
export const TIME_MS = 1_767_225_600_000n;

export const seeds = [0x10, 0x40].map((first) => ({
  signingSeed: filled(32, first),
  kemSeed: filled(64, first + 0x20),
}));
export const people = seeds.map(({signingSeed, kemSeed}) => personOf(signingSeed, kemSeed));
export const [alice, bob] = people as [Person, Person];
export const chain = {networkId: NETWORK_ID, chainId: CHAIN_ID};
