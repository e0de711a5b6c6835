import {createHashChain} from '../../src/crypto/hash-chain.ts';
import {nodeIdOf, nodeIdToString} from '../../src/crypto/ids.ts';
import {DutyDrafts} from '../../src/daemon/duty-drafts.ts';
import {DutyLedger} from '../../src/daemon/duty-ledger.ts';
import {DutyRunner} from '../../src/daemon/duty-runner.ts';
import {DutySigner} from '../../src/daemon/duty-signer.ts';
import {PersistentClient} from '../../src/daemon/persistent-client.ts';
import {RecordSets} from '../../src/daemon/record-sets.ts';
import {Reveals} from '../../src/daemon/reveals.ts';
import {recordWrites} from '../../src/messaging/record-space.ts';
import {toHash, toNodeId, toSessionId} from '../../src/protocol/bytes.ts';
import type {KeyValueStore} from '../../src/storage/kv.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {signerOf} from '../client/keys.ts';
import {CHAIN, EPOCH_SECONDS, type FakeChain, GENESIS_MS} from './fake-chain.ts';
import {recordingPorts} from './recorder.ts';

const STEPS = 64;

export type TestNodeInit = {
  readonly number: number;
  readonly ledger?: KeyValueStore;
  readonly records?: KeyValueStore;
  readonly takeOver?: boolean;
};

/** One node's duties on a fake chain; a second one of the same number is a copy of its key. */
export class TestNode {
  readonly nodeIdText: string;
  readonly recorder = recordingPorts();
  readonly ledgerStore: KeyValueStore;
  readonly records: KeyValueStore;
  readonly ledger: DutyLedger;
  readonly runner: DutyRunner;
  readonly #signal = new AbortController();

  constructor(chain: FakeChain, {number, ledger, records, takeOver = false}: TestNodeInit) {
    const signer = signerOf(number);
    const nodeId = nodeIdOf(CHAIN.chainId, signer.publicKey);
    const {ports} = this.recorder;
    this.nodeIdText = nodeIdToString(nodeId);
    this.ledgerStore = ledger ?? new MemoryStore();
    this.records = records ?? new MemoryStore();
    this.ledger = new DutyLedger(this.ledgerStore, {chainId: CHAIN.chainId, nodeId});
    const hashChain = createHashChain(new Uint8Array(32).fill(number), {steps: STEPS});
    const reveals = new Reveals(hashChain);
    const persistent = new PersistentClient({client: chain, ...ports});
    persistent.epochSeconds = EPOCH_SECONDS;
    const init = {chain: CHAIN, nodeId, dataFolder: '/data', capacity: 5000n};
    this.runner = new DutyRunner(
      {
        client: chain,
        chain: persistent,
        ledger: this.ledger,
        signer: new DutySigner({ledger: this.ledger, signer}, {chain: CHAIN, nodeId}),
        drafts: new DutyDrafts({sets: new RecordSets(this.records), reveals, ports}, init),
        reveals,
        ports,
      },
      {nodeId, epochSeconds: EPOCH_SECONDS, takeOver},
    );
    if (!chain.nodes.has(this.nodeIdText)) {
      const {tip} = hashChain;
      chain.nodes.set(this.nodeIdText, {publicKey: signer.publicKey, tip, owner: '0x'});
    }
  }

  step(): Promise<number> {
    return this.runner.step(this.#signal.signal);
  }

  /** Puts a message into the node's records that every later stored set holds. */
  async store(number: number): Promise<void> {
    const key = {
      account: toSessionId(new Uint8Array(33).fill(7)),
      namespace: 0,
      stamp: {
        clockMs: GENESIS_MS - 5000n,
        counter: number,
        coordinator: toNodeId(new Uint8Array(20)),
      },
      id: toHash(new Uint8Array(32).fill(number)),
    };
    const data = new Uint8Array(1500).fill(number);
    const expiryMs = GENESIS_MS + 10_000_000n;
    await this.records.batch(recordWrites(key, {expiryMs, data}), {sync: false});
  }
}
