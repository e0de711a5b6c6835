import {idToString} from '../crypto/ids.ts';
import type {ChainId} from '../protocol/bytes.ts';
import type {Codec} from '../protocol/codec.ts';

/** One kind of conversation between two peers, as many requests over one stream. SPEC.md §15.2. */
export type RequestProtocol<Req, Res> = {
  /** `client` or `member`: the part of the protocol id that is its own. */
  readonly name: string;
  readonly request: Codec<Req>;
  readonly answer: Codec<Res>;
  /** Of one request, in ms, on both sides; a subscription has none. */
  readonly timeoutMs: number;
  /** The caller begins each stream with its signed peer record; the server checks it and knows the NodeID. */
  readonly introduces: boolean;
};

const prefixOf = (chainId: ChainId): string => `/sessionvm/${idToString(chainId)}`;

/** What libp2p negotiates; peers of another chain share no protocol. */
export function protocolId(chainId: ChainId, name: string): string {
  return `${prefixOf(chainId)}/${name}/1`;
}

export function dhtProtocolId(chainId: ChainId): string {
  return protocolId(chainId, 'kad');
}
