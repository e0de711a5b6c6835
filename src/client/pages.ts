import type {ChainClient, ServiceNodeInfo, SwarmInfo} from '../protocol/api.ts';
import {ClientError} from './errors.ts';

/** More pages than any real chain has: a server that never ends its list is cut off. */
const MAX_PAGES = 1000;

/** All service nodes. @throws ClientError, ApiError */
export async function listAllServiceNodes(
  client: ChainClient,
  signal?: AbortSignal,
): Promise<ServiceNodeInfo[]> {
  return collect((cursor) => client.call('listServiceNodes', cursor, signal));
}

/** All swarms. @throws ClientError, ApiError */
export async function listAllSwarms(
  client: ChainClient,
  signal?: AbortSignal,
): Promise<SwarmInfo[]> {
  return collect((cursor) => client.call('listSwarms', cursor, signal));
}

type Page<Item> = {readonly items: readonly Item[]; readonly cursor?: string};

async function collect<Item>(
  ask: (params: {readonly cursor?: string}) => Promise<Page<Item>>,
): Promise<Item[]> {
  const all: Item[] = [];
  let params: {readonly cursor?: string} = {};
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const {items, cursor} = await ask(params);
    all.push(...items);
    if (cursor === undefined) return all;
    params = {cursor};
  }
  throw new ClientError('CLIENT_BAD_RESPONSE', {problem: 'the list does not end'});
}
