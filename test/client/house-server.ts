import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {encodeCb58} from '../../src/crypto/cb58.ts';
import {sha256} from '../../src/crypto/hash.ts';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';

/** A method of the house's chains: arguments as they came; a thrown Error is its refusal. */
type Method = (args: Readonly<Record<string, unknown>>) => unknown;

/** How the next answers are spoiled. */
export type Fault =
  | 'none'
  | 'hang'
  | 'status500'
  | 'noJson'
  | 'list'
  | 'oversized'
  | 'endless'
  | 'redirect'
  | 'otherId'
  | 'cut';

const MAX_REQUEST = 65_536;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_REQUEST) throw new Error('request too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * A chain of the house as Go's gorilla rpc v2 with its plain JSON codec serves it: one object in
 * `params`, the method's name exact to the letter, `error` a text or null, status 200 for both; what
 * is no request gets status 400 and plain text.
 */
export class HouseServer {
  readonly methods = new Map<string, Method>();
  readonly calls: string[] = [];
  fault: Fault = 'none';
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response).catch(() => response.destroy());
  });

  static async start(): Promise<HouseServer> {
    const house = new HouseServer();
    house.#server.listen(0, '127.0.0.1');
    await once(house.#server, 'listening');
    return house;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ext/bc/I/rpc`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const {fault} = this;
    if (fault === 'hang') return;
    if (fault === 'cut') return void response.destroy();
    if (fault === 'redirect') return void response.writeHead(302, {location: '/else'}).end();
    if (fault === 'status500') return void response.writeHead(500).end('internal server error');
    if (fault === 'endless') return this.#endless(response);
    const answer = this.#answer(body);
    if (answer === undefined) {
      response.writeHead(400, {'content-type': 'text/plain'}).end('rpc: not understood');
      return;
    }
    response.writeHead(200, {'content-type': 'application/json; charset=utf-8'});
    response.end(spoiled(answer, fault));
  }

  #endless(response: ServerResponse): void {
    response.writeHead(200);
    const more = setInterval(() => response.write(' '.repeat(10_000)), 1);
    response.on('close', () => clearInterval(more));
  }

  #answer(body: string): {id: unknown; result: unknown; error: unknown} | undefined {
    const {method, params, id} = JSON.parse(body) as Record<string, unknown>;
    if (typeof method !== 'string' || !Array.isArray(params) || params.length !== 1) {
      return undefined;
    }
    const found = this.methods.get(method);
    if (found === undefined) return undefined;
    this.calls.push(method);
    try {
      return {result: found(params[0]), error: null, id};
    } catch (error) {
      return {result: null, error: (error as Error).message, id};
    }
  }
}

function spoiled(answer: {id: unknown; result: unknown; error: unknown}, fault: Fault): string {
  if (fault === 'noJson') return '<html>';
  if (fault === 'list') return JSON.stringify([answer]);
  if (fault === 'otherId') return JSON.stringify({...answer, id: 0});
  if (fault === 'oversized') return JSON.stringify({...answer, padding: 'x'.repeat(70_000)});
  return JSON.stringify(answer);
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export type IdentityDocument = {
  readonly did: string;
  readonly publicKey: string;
  readonly metadata?: object | null;
  readonly services?: readonly object[];
};

/** The identity chain: of the rewrite (flat answers), or of the demo before it (nested). */
export function serveIdentities(
  house: HouseServer,
  documents: Map<string, IdentityDocument>,
  generation: 'flat' | 'nested' = 'flat',
): void {
  house.methods.set('identity.ResolveIdentity', ({did}) => {
    const document = documents.get(String(did));
    if (document === undefined) throw new Error('identity not found');
    const created = '2026-11-01T00:00:00Z';
    if (generation === 'flat') return {created, ...document};
    return {identity: {created, updated: created, services: [], ...document}};
  });
}

export type HouseKey = {
  readonly name: string;
  readonly algorithm: string;
  readonly publicKey: Uint8Array;
  readonly status: string;
};

/** The key chain: asked by id or by name. */
export function serveKeys(house: HouseServer, keys: Map<string, HouseKey>): void {
  house.methods.set('kchain.GetKey', ({id, name}) => {
    const found = [...keys.values()].find((key) => key.name === name || keyIdOf(key.name) === id);
    if (found === undefined) throw new Error('key not found');
    const {publicKey, ...key} = found;
    const stamps = {createdAt: 1_790_000_000, updatedAt: 1_790_000_000};
    const sharing = {
      threshold: 1,
      totalShares: 1,
      commitments: ['AA=='],
      committee: [],
      owner: '00',
    };
    return {
      key: {id: keyIdOf(key.name), ...key, publicKey: base64(publicKey), ...sharing, ...stamps},
    };
  });
}

/** Id of a key by its name, as the key chain makes it. */
export function keyIdOf(name: string): string {
  return encodeCb58(sha256(utf8ToBytes(`keyvm/key/${name}`)));
}
