import type {ChainRef} from '../../src/client/transactions.ts';
import {createHashChain} from '../../src/crypto/hash-chain.ts';
import {nodeIdOf, nodeIdToString} from '../../src/crypto/ids.ts';
import {AnswerAudit} from '../../src/daemon/answer-audit.ts';
import {DutyDrafts} from '../../src/daemon/duty-drafts.ts';
import {DutyLedger} from '../../src/daemon/duty-ledger.ts';
import {DutyRunner} from '../../src/daemon/duty-runner.ts';
import {DutySigner} from '../../src/daemon/duty-signer.ts';
import {PersistentClient} from '../../src/daemon/persistent-client.ts';

import {Reveals} from '../../src/daemon/reveals.ts';
import {PREFIX} from '../../src/messaging/key-space.ts';
import type {ChainClient} from '../../src/protocol/api.ts';
import {type Hash, toHash, toNodeId, toSessionId} from '../../src/protocol/bytes.ts';
import {type KeyValueStore, prefixRange} from '../../src/storage/kv.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {signerOf} from '../client/keys.ts';
import {recordWrites} from '../messaging/put-record.ts';
import {CHAIN, EPOCH_SECONDS, FakeChain, GENESIS_MS} from './fake-chain.ts';
import {loneSets} from './lone-sets.ts';
import {recordingPorts} from './recorder.ts';

const STEPS = 64;

/** Bytes that a node offers: little, so that tests see it used up. */
export const CAPACITY = 5000n;

/** All nodes of these tests are of one owner, so nobody witnesses anybody. */
const NO_PROBES = {observe() {}, report: () => Promise.resolve(new Uint8Array())};

export type TestNodeInit = {
  readonly number: number;
  readonly ledger?: KeyValueStore;
  readonly records?: KeyValueStore;
  readonly takeOver?: boolean;
  readonly chain?: ChainRef;
};

/** One node's duties on a chain, seated at once if it is a fake one; a second one of the same number is a copy of its key. */
export class TestNode {
  readonly nodeIdText: string;
  readonly tip: Hash;
  readonly recorder = recordingPorts();
  readonly dutiesSent: string[] = [];
  readonly ledgerStore: KeyValueStore;
  readonly records: KeyValueStore;
  readonly ledger: DutyLedger;
  readonly runner: DutyRunner;
  readonly #signal = new AbortController();

  constructor(client: ChainClient, init: TestNodeInit) {
    const {number, ledger, records, takeOver = false, chain = CHAIN} = init;
    const signer = signerOf(number);
    const nodeId = nodeIdOf(chain.chainId, signer.publicKey);
    const {ports} = this.recorder;
    this.nodeIdText = nodeIdToString(nodeId);
    this.ledgerStore = ledger ?? new MemoryStore();
    this.records = records ?? new MemoryStore();
    this.ledger = new DutyLedger(this.ledgerStore, {chainId: chain.chainId, nodeId});
    const hashChain = createHashChain(new Uint8Array(32).fill(number), {steps: STEPS});
    const reveals = new Reveals([hashChain]);
    const persistent = new PersistentClient({client, ...ports});
    persistent.epochSeconds = EPOCH_SECONDS;
    const place = {chain, nodeId, dataFolder: '/data', capacity: () => CAPACITY};
    const sets = loneSets(this.records, {chain, nodeId, ports});
    this.runner = new DutyRunner(
      {
        client,
        chain: persistent,
        ledger: this.ledger,
        signer: new DutySigner({ledger: this.ledger, signer}, {chain, nodeId}),
        drafts: new DutyDrafts(
          {sets, reveals, ledger: this.ledger, probes: NO_PROBES, ports},
          place,
        ),
        audit: new AnswerAudit({chain: persistent, sets, ledger: this.ledger, ports}),
        probes: NO_PROBES,
        reveals,
        view: {reach: async () => undefined},
        metrics: {dutySent: (duty) => this.dutiesSent.push(duty)},
        ports,
      },
      {nodeId, epochSeconds: EPOCH_SECONDS, takeOver},
    );
    this.tip = hashChain.tip;
    if (client instanceof FakeChain && !client.nodes.has(this.nodeIdText)) {
      const {tip} = hashChain;
      client.nodes.set(this.nodeIdText, {publicKey: signer.publicKey, tip, owner: '0x'});
    }
  }

  step(): Promise<number> {
    return this.runner.step(this.#signal.signal);
  }

  /** Puts a message into the node's records that every later stored set holds. */
  async store(number: number, genesisMs = GENESIS_MS): Promise<void> {
    const key = {
      account: toSessionId(new Uint8Array(33).fill(7)),
      namespace: 0,
      stamp: {
        clockMs: genesisMs - 5000n,
        counter: number,
        coordinator: toNodeId(new Uint8Array(20)),
      },
      id: toHash(new Uint8Array(32).fill(number)),
    };
    const data = new Uint8Array(1500).fill(number);
    const expiryMs = genesisMs + 10_000_000n;
    await this.records.batch(recordWrites(key, {expiryMs, data}), {sync: false});
  }

  /** Flips one bit of the first message on this node's disk. */
  async damage(): Promise<void> {
    for await (const [key, value] of this.records.iterate(prefixRange(PREFIX.data))) {
      value[0] = (value[0] ?? 0) ^ 1;
      await this.records.batch([{type: 'put', key, value}], {sync: false});
      return;
    }
  }
}
