import {addressOf, nodeIdOf, sha256} from '../reference/hash.ts';
import type {Hex} from '../reference/hex.ts';

/** Who plays: accounts and nodes with made-up keys, the same in every history. */
export type Player = {readonly key: Hex; readonly address: Hex};
export type PlayerNode = {
  readonly key: Hex;
  readonly nodeId: Hex;
  /** Tips of its hash chains: the first at registration, the others at rotations. */
  readonly tips: readonly Hex[];
};

const textHash = (text: string): Hex => sha256(Buffer.from(text).toString('hex'));

export const NETWORK_ID = 1337;
export const CHAIN_ID = textHash('a chain for models');

const ACCOUNTS = 96;
const NODES = 96;
const CHAIN_LINKS = 150;
/** Of the first few nodes, for histories of 800 epochs. */
const LONG_CHAIN_LINKS = 900;
const LONG_CHAINS = 4;
const CHAINS = 2;

/** 1952 bytes. */
const signingKey = (name: string): Hex => textHash(name).repeat(61);

/** An ML-KEM-768 key: coefficients 0x111, then a seed that tells it apart. */
export const kemKey = (name: string): Hex => '11'.repeat(1152) + textHash(name);

/** Its last coefficient is 0xfff. */
export const BAD_KEM_KEY: Hex = '11'.repeat(1151) + 'ff'.repeat(33);

const preimages = new Map<Hex, Hex>();

/** What hashes to a link of anybody's chain; undefined at its end. */
export const preimageOf = (link: Hex): Hex | undefined => preimages.get(link);

function makeTip(seed: string, links: number): Hex {
  let link = textHash(seed);
  for (let i = 1; i < links; i++) {
    const next = sha256(link);
    preimages.set(next, link);
    link = next;
  }
  return link;
}

export const PLAYERS: readonly Player[] = Array.from({length: ACCOUNTS}, (_, i) => {
  const key = signingKey(`account ${i}`);
  return {key, address: addressOf(key)};
});

/** Pays for what keeps a block from being empty; takes no other part. */
export const FILLER: Player = PLAYERS[ACCOUNTS - 1] ?? {key: '', address: ''};

export const NODES_OF_CAST: readonly PlayerNode[] = Array.from({length: NODES}, (_, i) => {
  const key = signingKey(`node ${i}`);
  const links = i < LONG_CHAINS ? LONG_CHAIN_LINKS : CHAIN_LINKS;
  const tips = Array.from({length: CHAINS}, (_, chain) => makeTip(`seed ${i} ${chain}`, links));
  return {key, nodeId: nodeIdOf(CHAIN_ID, key), tips};
});
