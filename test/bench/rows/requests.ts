import {randomBytes} from 'node:crypto';
import {nodeIdOf} from '../../../src/crypto/ids.ts';
import {createSigner} from '../../../src/crypto/ml-dsa.ts';
import {createClientOverlay} from '../../../src/network/create-client-overlay.ts';
import {createOverlay} from '../../../src/network/create-overlay.ts';
import type {Overlay, Peer} from '../../../src/network/overlay.ts';
import {toSigningSeed} from '../../../src/protocol/bytes.ts';
import {CHAIN, ECHO, echo, peerOf} from '../../network/network.ts';
import {type Bench, median, perSecond, type Row} from '../row.ts';

const REQUESTS = 2000;
const SINGLE_REQUESTS = 300;
const ROUNDS = 5;
const IN_FLIGHT = 16;
const BODY = new Uint8Array(randomBytes(1024));
/** The bench is one peer that asks for all it can get. */
const LIMITS = {rateBurst: 1_000_000, ratePerSecond: 1_000_000, waitingPerPeer: 10_000};

const ports = {
  nowMs: Date.now,
  onError: (where: string, error: unknown): void => console.error(where, error),
};
const seed = (): Uint8Array => new Uint8Array(randomBytes(32));

async function startPair(): Promise<{readonly server: Overlay; readonly client: Overlay}> {
  const signer = createSigner(toSigningSeed(seed()));
  const server = await createOverlay({
    chain: CHAIN,
    transportSeed: seed(),
    nodeId: nodeIdOf(CHAIN.chainId, signer.publicKey),
    signer,
    keys: {signingKeyOf: async () => undefined},
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: [],
    allowPrivate: true,
    limits: LIMITS,
    ports,
  });
  await server.serve(ECHO, echo);
  const client = await createClientOverlay({
    chain: CHAIN,
    transportSeed: seed(),
    limits: LIMITS,
    ports,
  });
  return {server, client};
}

/** Requests per second with so many in flight. */
async function rate(inFlight: number, count: number, ask: () => Promise<unknown>): Promise<number> {
  let left = count;
  const start = performance.now();
  await Promise.all(
    Array.from({length: inFlight}, async () => {
      while (left-- > 0) await ask();
    }),
  );
  return (count * 1000) / (performance.now() - start);
}

/** What a stream for every request costs: the same frames, opened and closed each time. */
async function askAlone(client: Overlay, peer: Peer): Promise<void> {
  // A subscription has a stream to itself; its one event and its end are the answer.
  for await (const answer of client.caller(ECHO).subscribe(peer, BODY)) {
    if (answer.length !== BODY.length) throw new Error('another answer');
  }
}

async function measure(
  client: Overlay,
  peer: Peer,
  {inFlight, times}: {readonly inFlight: number; readonly times: number},
): Promise<Row> {
  const caller = client.caller(ECHO);
  const [shared, alone]: [number[], number[]] = [[], []];
  // In turn, so that a slow moment of the machine meets both.
  for (let i = 0; i < ROUNDS; i++) {
    shared.push(await rate(inFlight, REQUESTS, () => caller.request(peer, BODY)));
    alone.push(await rate(inFlight, SINGLE_REQUESTS, () => askAlone(client, peer)));
  }
  const [figure, limit] = [median(shared), median(alone)];
  return {
    name: `requests of 1 KB, ${inFlight} in flight`,
    figure: perSecond(figure),
    limit: `a stream for each: ${perSecond(limit)}`,
    ratio: figure / limit,
    target: `≥ ${times} ×`,
    met: figure >= times * limit,
  };
}

/** What a long-lived stream saves; client and server share this process and its cores. */
export const requests: Bench = {
  name: 'overlay requests',
  async run() {
    const {server, client} = await startPair();
    try {
      const peer = peerOf(server);
      await rate(IN_FLIGHT, REQUESTS, () => client.caller(ECHO).request(peer, BODY));
      return [
        // One at a time both ends take turns on one thread: less is there to be saved.
        await measure(client, peer, {inFlight: 1, times: 4}),
        await measure(client, peer, {inFlight: IN_FLIGHT, times: 8}),
      ];
    } finally {
      await client.stop();
      await server.stop();
    }
  },
};
