import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {API_RESULTS} from '../../src/client/api-results.ts';
import {ApiError} from '../../src/client/errors.ts';
import {addressOf} from '../../src/crypto/ids.ts';
import {type Signer, verifySignature} from '../../src/crypto/ml-dsa.ts';
import {type Api, createApi} from '../../src/plugin/api/json-rpc.ts';
import type {AcceptedBlocks} from '../../src/plugin/api-context.ts';
import {EquivocationWatch} from '../../src/plugin/equivocation-watch.ts';
import {SignatureChecker} from '../../src/plugin/signature-checker.ts';
import type {ApiMethod, ApiParams, ApiResults, ChainClient} from '../../src/protocol/api.ts';
import {equalBytes, utf8ToBytes} from '../../src/protocol/bytes.ts';
import {type GenesisInit, parseGenesis} from '../../src/protocol/chain/genesis.ts';
import {hasWork, verifyPending} from '../../src/vm/builder.ts';
import {TxError} from '../../src/vm/errors.ts';
import {parseTx} from '../../src/vm/parsed-tx.ts';
import {signatureSetsOf} from '../../src/vm/signature-sets.ts';
import {Driver} from '../vm/driver.ts';

export type ServedChain = {
  readonly url: string;
  /** Stops time, or lets it go on: what a slow machine needs for a start is no missed duty. */
  pause(isNow: boolean): void;
  close(): Promise<void>;
};

/**
 * The real state machine behind the real API, without node, sockets or clock: the port as the
 * plugin serves it. Time passes by `advance`. Signatures are verified when a transaction comes in.
 */
export class RealChain implements ChainClient {
  readonly driver: Driver;
  readonly #api: Api;
  readonly #equivocations: EquivocationWatch;
  /** Unix ms: the clock of whoever builds blocks. */
  clockMs: bigint;

  constructor(funded: readonly Signer[], rules: NonNullable<GenesisInit['rules']> = {}) {
    const accounts = funded.map(({publicKey}) => ({key: publicKey, address: addressOf(publicKey)}));
    const driver = new Driver({accounts, rules});
    this.driver = driver;
    this.clockMs = driver.now;
    const {blocks} = driver;
    const store: AcceptedBlocks = {
      getBlock: async (id) => blocks.find((block) => equalBytes(block.id, id))?.bytes,
      getBlockIdAtHeight: async (height) => blocks.find((block) => block.height === height)?.id,
      getTxHeight: async (id) =>
        blocks.find(({txs}) => txs.some((tx) => equalBytes(tx.id, id)))?.height,
    };
    const {chain, mempool} = driver;
    const checker = new SignatureChecker();
    this.#equivocations = new EquivocationWatch({chain, mempool, store, checker});
    this.#api = createApi({
      config: driver.config,
      genesis: parseGenesis(driver.genesisBytes),
      chain: driver.chain,
      mempool: driver.mempool,
      version: '0.0.0-test',
      now: () => this.clockMs,
      vmState: () => 'normalOp',
      databaseState: () => 'ok',
      stateSyncInfo: () => ({state: 'none', height: '0', entries: 0}),
      reportInternalError: (error) => {
        throw error;
      },
      store,
      history: {misses: async () => ({misses: [], isLast: true}), missesFrom: 1n},
      refusalOf: () => undefined,
      equivocations: () => this.#equivocations.list(),
      issueTx: async (bytes) => {
        try {
          return this.#admit(bytes);
        } catch (error) {
          if (error instanceof TxError) await this.#equivocations.look(bytes);
          throw error;
        }
      },
    });
  }

  #admit(bytes: Uint8Array) {
    const {chain, mempool, config, state} = this.driver;
    const tx = parseTx(bytes);
    verifyPending(chain, mempool, {tx, nowMs: this.clockMs});
    for (const set of signatureSetsOf(tx, {state, config, inline: new Map()})) {
      if (!verifySignature(set)) throw new TxError('TX_INVALID_SIGNATURE');
    }
    mempool.add(tx);
    return tx.id;
  }

  /** Time passes; a block is built when there is something for one. */
  advance(ms: number): void {
    this.clockMs += BigInt(ms);
    const {chain, mempool} = this.driver;
    if (hasWork(chain, mempool, this.clockMs)) this.driver.block(this.clockMs);
  }

  handle(body: Uint8Array) {
    return this.#api.handle(body);
  }

  async call<M extends ApiMethod>(
    method: M,
    params: ApiParams[M],
    signal?: AbortSignal,
  ): Promise<ApiResults[M]> {
    signal?.throwIfAborted();
    const request = {jsonrpc: '2.0', id: 1, method: `session.${method}`, params};
    const {body} = await this.handle(utf8ToBytes(JSON.stringify(request)));
    const {result, error} = JSON.parse(new TextDecoder().decode(body));
    if (error !== undefined) {
      throw new ApiError(error.data.code, {text: error.message, details: error.data});
    }
    return API_RESULTS[method](result, method);
  }

  /** Serves the API over HTTP, with time passing at `speed` times real time while it is not paused. */
  async serve(speed: number): Promise<ServedChain> {
    const server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', async () => {
        const {status, body} = await this.handle(new Uint8Array(Buffer.concat(chunks)));
        res.writeHead(status).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const tickMs = 50;
    let isPaused = false;
    const timer = setInterval(() => {
      if (!isPaused) this.advance(tickMs * speed);
    }, tickMs);
    return {
      pause(isNow) {
        isPaused = isNow;
      },
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/rpc`,
      close: () =>
        new Promise((resolve) => {
          clearInterval(timer);
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    };
  }
}
