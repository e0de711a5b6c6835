import type {BlockInfo, ChainClient} from '../protocol/api.ts';
import {ClientError} from './errors.ts';
import {parseRpcUrl, RpcChainClient} from './rpc-chain-client.ts';

/**
 * Why a state root may be believed: the caller gave it; two servers or more have it at the same
 * height; or one server said so, and nobody else.
 */
export type RootTrust = 'given' | 'agreed' | 'unverified';

/** A server of the chain's API. */
export type ChainServer = {
  /** Scheme, host and port: URLs that share them are one server. */
  readonly origin: string;
  readonly chain: ChainClient;
};

/** One server for each origin; of several URLs with one origin, the first. @throws ClientError CLIENT_BAD_URL */
export function chainServers(urls: readonly string[], timeoutMs?: number): readonly ChainServer[] {
  const byOrigin = new Map<string, ChainServer>();
  for (const url of urls) {
    const {origin} = parseRpcUrl(url);
    const init = timeoutMs === undefined ? {url} : {url, timeoutMs};
    if (!byOrigin.has(origin)) byOrigin.set(origin, {origin, chain: new RpcChainClient(init)});
  }
  return [...byOrigin.values()];
}

/** A block that servers agree on, and those that do. */
export type AgreedBlock = {
  readonly block: Pick<BlockInfo, 'id' | 'height' | 'stateRoot' | 'timestampMs'>;
  readonly servers: readonly ChainServer[];
};

type Answered<T> = {readonly server: ChainServer; readonly answer: T};

/** The answers of those that gave one; only an abort of the caller ends it early. */
async function askAll<T>(
  servers: readonly ChainServer[],
  ask: (chain: ChainClient) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<readonly Answered<T>[]> {
  const settled = await Promise.allSettled(servers.map(({chain}) => ask(chain)));
  signal?.throwIfAborted();
  return settled.flatMap((outcome, i) => {
    const server = servers[i];
    if (server === undefined || outcome.status === 'rejected') return [];
    return [{server, answer: outcome.value}];
  });
}

/** @throws ClientError CLIENT_ROOTS_TOO_FEW */
function requireTwo(answered: number, asked: number): void {
  if (answered < 2) throw new ClientError('CLIENT_ROOTS_TOO_FEW', {answered, asked, needed: 2});
}

/**
 * The newest block that at least two servers have. All that have it must say the same of it: where
 * two differ, nobody can tell from here which one lies. Servers that are behind, or that do not
 * answer, have no say.
 * @throws ClientError CLIENT_ROOTS_TOO_FEW, CLIENT_ROOTS_DISAGREE
 */
export async function agreeOnBlock(
  servers: readonly ChainServer[],
  signal?: AbortSignal,
): Promise<AgreedBlock> {
  const tips = await askAll(servers, (chain) => chain.call('getLastAccepted', {}, signal), signal);
  const heights = tips.map(({answer}) => BigInt(answer.height)).sort((a, b) => (a < b ? 1 : -1));
  requireTwo(heights.length, servers.length);
  // The second highest: one server alone cannot choose it above what another has.
  const height = heights[1] ?? 0n;
  const having = tips.filter(({answer}) => BigInt(answer.height) >= height);
  const blocks = await askAll(
    having.map(({server}) => server),
    (chain) => chain.call('getBlockByHeight', {height: height.toString()}, signal),
    signal,
  );
  requireTwo(blocks.length, servers.length);
  const [first, ...others] = blocks;
  if (first === undefined) throw new ClientError('CLIENT_ROOTS_TOO_FEW', {answered: 0});
  const {id, stateRoot, timestampMs} = first.answer;
  for (const {server, answer} of others) {
    if (answer.id === id && answer.stateRoot === stateRoot) continue;
    const between = {one: first.server.origin, other: server.origin};
    throw new ClientError('CLIENT_ROOTS_DISAGREE', {height, ...between});
  }
  const block = {id, height: height.toString(), stateRoot, timestampMs};
  return {block, servers: blocks.map(({server}) => server)};
}
